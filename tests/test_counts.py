"""Binomial, negative binomial and beta-binomial at the ends of their parameters, and their draws and quantiles."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex
from expectax import numerics

Z = 6.0


@pytest.mark.parametrize(
    ("make", "parameter", "x", "value", "slope"),
    [
        (lambda p: ex.Binomial(10.0, probs=p), 0.0, 0.0, 0.0, -10.0),
        (lambda p: ex.Binomial(10.0, probs=p), 1.0, 10.0, 0.0, 10.0),
        (lambda p: ex.Binomial(10.0, probs=p), 0.0, 3.0, -np.inf, None),
        (lambda p: ex.Binomial(0.0, logits=p), 1.0, 0.0, 0.0, 0.0),
        (lambda p: ex.Binomial(10.0, logits=p), -200.0, 1.0, -200 + np.log(10), 1.0),
        (lambda p: ex.Binomial(10.0, logits=p), np.inf, 10.0, 0.0, 0.0),
        (lambda p: ex.NegativeBinomial(5.0, logits=p), -200.0, 0.0, 0.0, 0.0),
        (lambda p: ex.NegativeBinomial(5.0, probs=p), 0.0, 0.0, 0.0, -5.0),
        (lambda p: ex.BetaBinomial(0.0, p, 1.0), 2.0, 0.0, 0.0, 0.0),
        (lambda p: ex.BetaBinomial(4.0, p, 1.0), 1.0, 2.0, -np.log(5), None),
    ],
)
def test_degenerate_parameters(make, parameter, x, value, slope):
    got, grad = jax.value_and_grad(lambda p: make(p).log_prob(x))(jnp.float32(parameter))
    np.testing.assert_allclose(got, value, rtol=2e-6, atol=1e-6)
    assert not np.isnan(grad)
    if slope is not None:
        np.testing.assert_allclose(grad, slope, rtol=1e-6)


@pytest.mark.parametrize(
    "dist", [ex.Binomial(4.0, probs=0.5), ex.BetaBinomial(4.0, 2.0, 1.0), ex.NegativeBinomial(4.0, probs=0.5)]
)
def test_outside_the_support(dist):
    outside = [-1.0, 1.5] + ([5.0] if dist._label != "NegativeBinomial" else [])
    for x in outside:
        value, slopes = jax.value_and_grad(lambda d, x=x: d.log_prob(x))(dist)
        assert value == -np.inf
        assert all(s == 0 for s in jax.tree.leaves(slopes))


def test_tails_where_a_probability_underflows():
    # P(X > k) ~ C(n, k + 1) p^(k + 1), P(X <= k) ~ C(k + r, k) q^r
    binomial = ex.Binomial(5.0, logits=np.float32(-200))
    np.testing.assert_allclose(binomial.log_sf(1.0), -400 + np.log(10), rtol=1e-6)
    np.testing.assert_allclose(ex.Binomial(5.0, logits=np.float32(200)).log_cdf(3.0), -400 + np.log(10), rtol=1e-6)
    negative = ex.NegativeBinomial(2.0, logits=np.float32(200))
    np.testing.assert_allclose(negative.log_cdf(3.0), -400 + np.log(10), rtol=1e-6)
    np.testing.assert_allclose(
        ex.NegativeBinomial(2.0, logits=np.float32(-200)).log_sf(0.0), -200 + np.log(2), rtol=1e-6
    )


@pytest.mark.parametrize(("n", "p"), [(7, 0.2), (5000, 0.5), (1_000_000, 3e-5), (10_000_000, 0.3), (10_000_000, 0.9)])
def test_binomial_draws_at_any_size(n, p, key):
    draws = np.asarray(ex.Binomial(float(n), probs=p).sample(key, (50_000,)), np.float64)
    p = float(np.float32(p))
    mean, variance = n * p, n * p * (1 - p)
    assert draws.min() >= 0
    assert draws.max() <= n
    assert (draws % 1 == 0).all()
    assert abs(draws.mean() - mean) < Z * (variance / len(draws)) ** 0.5 + 1e-7 * mean
    assert abs(draws.var() / variance - 1) < Z * ((2 + 1 / variance) / len(draws)) ** 0.5


@pytest.mark.parametrize(
    ("dist", "law"),
    [
        (ex.Binomial(1000.0, probs=0.125), stats.binom(1000, 0.125)),
        (ex.NegativeBinomial(0.25, probs=0.75), stats.nbinom(0.25, 0.25)),
    ],
    ids=["Binomial", "NegativeBinomial"],
)
def test_quantile_is_the_smallest_count_that_reaches(dist, law):
    p = np.array([0.0, 1e-20, 1e-3, 0.3, 0.5, 0.7, 0.99, 1 - 2**-20, 1.0], np.float32)
    got = np.asarray(dist.quantile(p), np.float64)
    assert (got[1:] == law.ppf(p.astype(np.float64))[1:]).all()
    assert got[0] == 0
    assert jax.grad(dist.quantile)(jnp.float32(0.3)) == 0


@pytest.mark.timeout(60)
def test_a_sum_of_masses_that_are_nan_ends():
    k, nan = np.float32(1e30), np.float32(np.nan)
    assert np.isnan(numerics.log_beta_binomial_cdf(k, nan, np.float32(2.0), np.float32(3.0)))
    assert np.isnan(numerics.log_beta_binomial_cdf(k, np.float32(5.0), np.float32(2.0), nan))
