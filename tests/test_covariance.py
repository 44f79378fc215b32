"""Covariances of vectors against those of draws, and which families have none."""

import numpy as np
import pytest
from case import array

import expectax as ex

TRIL = array([2.0, 0.0], [1.0, 1.5])
NORTH = array(0.6, 0.0, 0.8)
DISTS = [
    ex.Dirichlet(array(2.5, 1.0, 4.0)),
    ex.OneHotCategorical(probs=array(0.25, 0.5, 0.25)),
    ex.MultivariateNormal(array(1.0, -1.0), scale_tril=TRIL),
    ex.LowRankMultivariateNormal(array(1.0, 0.0, -2.0), array([1.0], [2.0], [-1.0]), array(0.5, 1.0, 2.0)),
    ex.MultivariateStudentT(9.0, array(1.0, -1.0), TRIL),
    ex.MultivariateLaplace(array(1.0, -1.0), TRIL),
    ex.MatrixNormal(np.zeros((2, 2), np.float32), TRIL, array([1.0, 0.0], [-0.5, 0.25])),
    ex.GaussianRandomWalk(2.0, 3),
    ex.CAR(array(0.0, 1.0, 2.0), 0.7, 2.0, array([0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0])),
    ex.VonMisesFisher(NORTH, 3.0),
    ex.PowerSpherical(NORTH, 3.0),
    ex.SphericalUniform(3),
    ex.ProjectedNormal(2 * NORTH),
    ex.Wishart(5.5, scale_tril=TRIL),
    ex.InverseWishart(40.0, scale_tril=TRIL),
    ex.LKJ(3, 1.5),
    ex.ZeroSumNormal(2.0, (4,)),
    ex.ZeroSumNormal(2.0, (2, 3)),
    ex.MixtureSameFamily(
        ex.Categorical(probs=array(0.25, 0.75)),
        ex.MultivariateNormal(array([1.0, -1.0], [0.0, 3.0]), scale_tril=np.stack([TRIL, 0.5 * TRIL])),
    ),
]


@pytest.mark.parametrize("dist", DISTS, ids=lambda d: d._label)
def test_covariance_is_that_of_draws(dist, key):
    draws = np.asarray(dist.sample(key, (100_000,)), np.float64).reshape(100_000, -1)
    n = draws.shape[1]
    got = np.asarray(dist.covariance())
    assert got.shape == 2 * dist.event_shape
    got = got.reshape(n, n)
    np.testing.assert_allclose(got, np.cov(draws.T), atol=6 * np.abs(got).max() / 200)
    np.testing.assert_allclose(np.diagonal(got), np.ravel(dist.variance()), rtol=1e-6)


def test_covariance_that_does_not_exist():
    """Like the variance, and where it is infinite NaN beside the diagonal."""
    got = np.asarray(ex.MultivariateStudentT(array(0.5, 1.5, np.inf), np.zeros(2, np.float32), TRIL).covariance())
    np.testing.assert_array_equal(got[:2], [np.full((2, 2), np.nan), [[np.inf, np.nan], [np.nan, np.inf]]])
    np.testing.assert_allclose(got[2], TRIL @ TRIL.T, rtol=1e-6)
    with pytest.raises(NotImplementedError, match="covariance"):
        ex.MixtureSameFamily(ex.Categorical(probs=array(0.5, 0.5)), ex.Normal(array(0.0, 1.0), 1.0)).covariance()


def test_covariance_of_independent_events():
    inner = ex.MultivariateNormal(np.zeros((2, 3, 2), np.float32), scale_tril=array([2.0, 0.0], [1.0, 1.5]))
    got = np.asarray(ex.Independent(inner, 1).covariance())
    assert got.shape == (2, 3, 2, 3, 2)
    for i, j in np.ndindex(3, 3):
        np.testing.assert_allclose(got[0, i, :, j], inner.covariance()[0, 0] if i == j else np.zeros((2, 2)))
    np.testing.assert_allclose(ex.Independent(ex.Normal(0.0, array(1.0, 2.0)), 1).covariance(), np.diag([1.0, 4.0]))
    for dist in (ex.Normal(0.0, 1.0), ex.Independent(ex.Normal(0.0, 1.0), 0), ex.Empirical(array(1.0, 2.0))):
        with pytest.raises(NotImplementedError, match="covariance"):
            dist.covariance()


def test_where_the_covariance_of_an_inverse_wishart_ends():
    assert np.isnan(ex.InverseWishart(5.0, scale_tril=TRIL).covariance()).all()
    assert np.isfinite(ex.InverseWishart(5.5, scale_tril=TRIL).covariance()).all()
