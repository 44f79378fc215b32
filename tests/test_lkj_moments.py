"""Entropies and moments of the LKJ laws, against draws, a beta distribution, and the limits of their parameters."""

import numpy as np
import pytest
from scipy import stats

import expectax as ex

DRAWS = 200_000


@pytest.mark.parametrize("concentration", [0.75, 1.0, 4.0])
@pytest.mark.parametrize("dimension", [2, 4])
@pytest.mark.parametrize("family", [ex.LKJ, ex.LKJCholesky])
def test_entropy(family, dimension, concentration, key):
    """Within 5 standard errors of the mean of -log_prob: a false alarm in 100,000 tests; sees a fault of 0.05."""
    dist = family(dimension, concentration)
    values = -np.asarray(dist.log_prob(dist.sample(key, (DRAWS // 10,))), float)
    assert abs(values.mean() - dist.entropy()) < 5 * values.std() / len(values) ** 0.5 + 1e-5


@pytest.mark.parametrize("concentration", [0.5, 2.0, 40.0])
def test_two_variables_are_a_beta(concentration):
    r = stats.beta(concentration, concentration, -1, 2)
    np.testing.assert_allclose(ex.LKJ(2, concentration).entropy(), r.entropy(), rtol=1e-5)
    np.testing.assert_allclose(ex.LKJ(2, concentration).covariance()[0, 1], [[0, r.var()], [r.var(), 0]], rtol=1e-5)
    diagonal = r.expect(lambda x: np.sqrt(1 - x * x))
    factor = ex.LKJCholesky(2, concentration)
    np.testing.assert_allclose(factor.mean(), [[1, 0], [0, diagonal]], rtol=1e-5)
    np.testing.assert_allclose(factor.variance(), [[0, 0], [r.var(), 1 - r.var() - diagonal**2]], rtol=1e-3, atol=1e-7)


def test_moments_of_factors(key):
    dist = ex.LKJCholesky(4, np.float32([0.75, 3.0]))
    draws = np.asarray(dist.sample(key, (DRAWS,)), float)
    np.testing.assert_allclose(dist.mean(), draws.mean(0), atol=6 / DRAWS**0.5)
    np.testing.assert_allclose(dist.variance(), draws.var(0), atol=6 / DRAWS**0.5)
    np.testing.assert_allclose(ex.LKJCholesky(1, 2.0).mean(), [[1.0]])
    assert ex.LKJCholesky(1, 2.0).entropy() == 0


def test_modes():
    mode = ex.LKJCholesky(3, np.float32([0.5, 1.0, 2.0])).mode()
    assert np.isnan(mode[0]).all()
    np.testing.assert_array_equal(mode[1:], np.broadcast_to(np.eye(3), (2, 3, 3)))
    assert ex.SphericalUniform(3).support.contains(ex.SphericalUniform(3).mode())
