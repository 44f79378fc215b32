"""Multinomial: masses against exact arithmetic, draws against the exact law, edges of the simplex."""

import itertools
import math

import jax
import mpmath
import numpy as np
import pytest
from scipy import stats

import expectax as ex

Z_LIMIT = 6.0


def exact(x, p):
    x, p = [mpmath.mpf(float(v)) for v in x], [mpmath.mpf(float(v)) for v in p]
    out = mpmath.loggamma(sum(x) + 1) - sum(mpmath.loggamma(v + 1) for v in x)
    return out + sum(v * mpmath.log(q) for v, q in zip(x, p, strict=True) if v)


@pytest.mark.parametrize("scale", [3, 40, 10**4, 10**7])
def test_mass_in_single_precision(scale):
    p = np.array([0.5, 0.25, 0.1875, 0.0625], np.float32)  # exact, and of sum 1
    x = np.round(scale * p * np.array([1.0, 1.1, 0.9, 1.0])).astype(np.float32)
    got = ex.Multinomial(float(x.sum()), probs=p).log_prob(x)
    expected = float(exact(x, p))
    assert abs(got - expected) <= 16 * 2.0**-23 * max(1.0, abs(expected))


def test_sums_to_one_and_slopes(x64):
    p, n = np.array([0.2, 0.3, 0.5]), 4
    counts = np.array([c for c in itertools.product(range(n + 1), repeat=3) if sum(c) == n], np.float64)
    for dist in (ex.Multinomial(float(n), probs=p), ex.Multinomial(float(n), logits=np.log(p) + 7)):
        assert np.exp(dist.log_prob(counts)).sum() == pytest.approx(1, abs=1e-13)
        assert dist.log_prob(np.array([1.0, 1.0, 1.0])) == -np.inf
        assert dist.log_prob(np.array([-1.0, 2.0, 3.0])) == -np.inf
        assert dist.log_prob(np.array([0.5, 0.5, 3.0])) == -np.inf
    logits = jax.grad(lambda v: ex.Multinomial(4.0, logits=v).log_prob(counts[5]))(np.log(p))
    np.testing.assert_allclose(logits, counts[5] - n * p, atol=1e-13)
    probs = jax.grad(lambda q: ex.Multinomial(4.0, probs=q).log_prob(counts[5]))(p)
    np.testing.assert_allclose(probs, counts[5] / p, rtol=1e-13)
    total = jax.grad(lambda n: ex.Multinomial(n, probs=p).log_prob(counts[5]))(4.0)
    np.testing.assert_allclose(total, float(mpmath.digamma(5)), rtol=1e-12)


def test_impossible_outcomes():
    for dist in (
        ex.Multinomial(5.0, probs=np.array([0.5, 0.0, 0.5, 0.0], np.float32)),
        ex.Multinomial(5.0, logits=np.array([1.0, -np.inf, 1.0, -np.inf], np.float32)),
    ):
        draws = np.asarray(dist.sample(jax.random.key(1), (1000,)))
        assert not draws[:, 1::2].any()
        assert (draws.sum(1) == 5).all()
        x = np.array([2.0, 0.0, 3.0, 0.0], np.float32)
        assert dist.log_prob(x) == pytest.approx(math.log(10 / 32), rel=1e-6)
        assert dist.log_prob(np.array([2.0, 1.0, 2.0, 0.0], np.float32)) == -np.inf
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jax.grad(lambda d, x=x: d.log_prob(x))(dist)))
    none = ex.Multinomial(0.0, probs=np.array([0.5, 0.5], np.float32))
    assert none.log_prob(np.zeros(2, np.float32)) == 0
    assert not none.sample(jax.random.key(1), (3,)).any()


@pytest.mark.parametrize("count", [3.0, 1000.0])
def test_law_of_draws(count, key):
    p, draws = np.array([0.1, 0.6, 0.05, 0.25], np.float32), 200_000
    x = np.asarray(ex.Multinomial(count, probs=p).sample(key, (draws,)), np.float64)
    assert (x.sum(1) == count).all()
    exact_p = p.astype(np.float64) / p.astype(np.float64).sum()
    for i in range(4):  # each count is binomial
        values, found = np.unique(x[:, i], return_counts=True)
        expected = draws * stats.binom(count, exact_p[i]).pmf(values)
        z = (found - expected) / np.sqrt(expected * (1 - expected / draws) + 1e-9)
        assert (np.abs(z[expected > 20]) < Z_LIMIT).all()
    covariance = count * (np.diag(exact_p) - np.outer(exact_p, exact_p))
    centred = x - count * exact_p
    products = centred[:, :, None] * centred[:, None, :]
    assert (np.abs(products.mean(0) - covariance) < Z_LIMIT * products.std(0) / draws**0.5 + 1e-6).all()


def test_lanes_and_nan(key):
    logits = np.zeros((300, 3), np.float32)
    draw = jax.jit(lambda v, k: ex.Multinomial(20.0, logits=v).sample(k))
    with jax.debug_key_reuse(False):
        before = np.asarray(draw(logits, key))
        logits[::3] += np.array([1.0, 0.0, 0.0], np.float32)
        logits[1, 2] = np.nan
        after = np.asarray(draw(logits, key))
    same = np.arange(300) % 3 == 2
    np.testing.assert_array_equal(before[same], after[same])
    assert np.isnan(after[1]).all()
