"""Covariances of vectors against those of draws, and which families have none."""

import jax
import numpy as np
import pytest
from case import array

import expectax as ex


def test_covariance_of_other_vectors(key):
    dists = (
        ex.Dirichlet(array(2.5, 1.0, 4.0)),
        ex.OneHotCategorical(probs=array(0.25, 0.5, 0.25)),
        ex.MultivariateNormal(array(1.0, -1.0), scale_tril=array([2.0, 0.0], [1.0, 1.5])),
        ex.LowRankMultivariateNormal(array(1.0, 0.0, -2.0), array([1.0], [2.0], [-1.0]), array(0.5, 1.0, 2.0)),
    )
    for dist, own in zip(dists, jax.random.split(key, 4), strict=True):
        draws = np.asarray(dist.sample(own, (100_000,)), np.float64)
        got = np.asarray(dist.covariance())
        np.testing.assert_allclose(got, np.cov(draws.T), atol=6 * np.abs(got).max() / 200)
        np.testing.assert_allclose(np.diagonal(got), dist.variance(), rtol=1e-6)


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
