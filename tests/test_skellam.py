"""Skellam's law against mpmath: masses from one to beyond the range of exp, tails, quantile, and rates of 0."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from test_numerics import DTYPES
from test_numerics_bessel import exact_log

import expectax as ex
from expectax import numerics

pytestmark = pytest.mark.slow
RATES = (1e-10, 1e-3, 0.5, 3.0, 50.0, 1e3, 1e5, 1e8)


@functools.cache
def masses():
    """(k, λ₁, λ₂, log P and its derivatives in the rates): the body and far tails of each pair of rates."""
    rows = []
    for a in map(np.float32, RATES):
        for b in map(np.float32, RATES):
            mean, deviation = float(a) - float(b), (float(a) + float(b)) ** 0.5
            for z in (-40, -3, 0, 1, 6):
                k = float(np.float32(np.round(mean + z * max(deviation, 0.3))))
                r, s = mpmath.mpf(float(a)), mpmath.mpf(float(b))
                x = 2 * mpmath.sqrt(r * s)
                own, less, more = (exact_log(abs(k + j), x, 1) for j in (0, -1, 1))
                value = -r - s + k / 2 * mpmath.log(r / s) + own
                by_rates = (
                    mpmath.exp(less - own) * mpmath.sqrt(s / r) - 1,
                    mpmath.exp(more - own) * mpmath.sqrt(r / s) - 1,
                )
                rows.append((k, a, b, value, *by_rates))
    return rows


@DTYPES
def test_log_prob_and_score(dtype, x64):
    rows = masses()
    k, a, b = (np.array([row[i] for row in rows], np.float32).astype(dtype) for i in range(3))
    eps = np.finfo(dtype).eps
    got = jax.jit(lambda k, a, b: ex.Skellam(a, b).log_prob(k))(k, a, b)
    score = jax.jit(lambda k, a, b: ex.Skellam(a, b).score(k))(k, a, b)
    for g, by1, by2, (_, r, s, value, d1, d2) in zip(got, score.rate1, score.rate2, rows, strict=True):
        r, s = float(r), float(s)
        condition = max(1, abs(value), abs(r * d1) + abs(s * d2))
        assert abs(mpmath.mpf(float(g)) - value) < 10 * eps * condition
        # either derivative is a quotient of probabilities less 1
        assert abs(mpmath.mpf(float(by1)) - d1) < 30 * eps * (1 + abs(d1 + 1))
        assert abs(mpmath.mpf(float(by2)) - d2) < 30 * eps * (1 + abs(d2 + 1))


@functools.cache
def tails():
    """(k, λ₁, λ₂, log P(X <= k), log P(X > k)) from sums of masses."""
    rows = []
    for a, b in ((0.5, 0.5), (3.0, 10.0), (2**-10, 2.0), (50.0, 0.5), (300.0, 200.0)):

        def mass(j, a=a, b=b):
            return mpmath.exp(-a - b + mpmath.log(mpmath.mpf(a) / b) * j / 2) * mpmath.besseli(
                abs(j), 2 * mpmath.sqrt(a * b)
            )

        for z in (-9, -1, 0, 4):
            k = int(np.floor(a - b + z * max((a + b) ** 0.5, 0.3)))
            low, j = k < a - b, k if k < a - b else k + 1
            total, term = mpmath.mpf(0), mpmath.mpf(1)
            while term > total * 1e-25:
                term = mass(j)
                total, j = total + term, j - 1 if low else j + 1
            small, large = mpmath.log(total), mpmath.log1p(-total)
            rows.append((k, a, b, *((small, large) if low else (large, small))))
    return rows


@pytest.mark.slow
@DTYPES
def test_tails(dtype, x64):
    rows = tails()
    k, a, b = (np.array([row[i] for row in rows], dtype) for i in range(3))
    got = jax.jit(numerics.skellam_log_tails)(k, a, b)
    limit = 50 if dtype == np.float32 else 500
    for i, (count, r, s, *truth) in enumerate(rows):
        for side in range(2):
            t = truth[side]
            deviation = abs(count - (r - s)) / (r + s) ** 0.5
            condition = max(abs(t), min(1, abs(t)) * max(1, (r + s) ** 0.5 * (1 + deviation)))
            assert abs(mpmath.mpf(float(got[side][i])) - t) < limit * np.finfo(dtype).eps * condition, rows[i]


@pytest.mark.slow
def test_derivative_of_the_tails_and_quantile(x64):
    for k, a, b in ((2.0, 3.0, 1.5), (-4.0, 1.0, 2.0), (0.0, 0.3, 5.0)):
        slopes = jax.grad(lambda a, b, k=k: numerics.skellam_log_tails(k, a, b)[0], (0, 1))(
            jnp.asarray(a), jnp.asarray(b)
        )
        dist = ex.Skellam(a, b)
        # ∂F(k)/∂λ₁ = -P(k) and ∂F(k)/∂λ₂ = P(k + 1)
        np.testing.assert_allclose(slopes[0], -dist.prob(k) / dist.cdf(k), rtol=1e-11)
        np.testing.assert_allclose(slopes[1], dist.prob(k + 1) / dist.cdf(k), rtol=1e-11)
    count = np.arange(-30.0, 40.0)
    dist = ex.Skellam(30.0, 25.0)
    middle = dist.cdf(count) - 0.5 * dist.prob(count)
    np.testing.assert_array_equal(dist.quantile(middle), count)


def test_rates_of_zero():
    for rates, k in (
        ((0.0, 0.0), 0),
        ((2.0, 0.0), 3),
        ((0.0, 2.0), -3),
        ((0.0, 2.0), 0),
        ((0.0, 2.0), 1),
        ((0.0, 0.0), 1),
    ):
        dist = ex.Skellam(*map(np.float32, rates))
        poisson = ex.Poisson(np.float32(sum(rates)))
        possible = k == 0 or rates[k < 0] > 0
        expected = poisson.log_prob(float(abs(k))) if possible else -np.inf
        np.testing.assert_allclose(dist.log_prob(float(k)), expected, rtol=1e-6)
        gradient = jax.grad(lambda d, k=k: d.log_prob(float(k)))(dist)
        assert not np.isnan([gradient.rate1, gradient.rate2]).any()
    at_zero = jax.grad(lambda d: d.log_prob(0.0))(ex.Skellam(np.float32(0.0), np.float32(0.5)))
    np.testing.assert_allclose([at_zero.rate1, at_zero.rate2], [-0.5, -1.0], rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("rates", [(1e-3, 0.2), (3.0, 2.0), (40.0, 90.0), (1e4, 3e3), (1e7, 1e7)])
def test_entropy(rates, x64):
    a, b = rates
    reach = np.ceil(12 * (a + b) ** 0.5 + 30)
    k = np.arange(np.round(a - b) - reach, np.round(a - b) + reach)
    log_p = np.asarray(ex.Skellam(a, b).log_prob(k))
    truth = -np.sum(np.where(np.isfinite(log_p), np.exp(log_p) * log_p, 0.0))
    np.testing.assert_allclose(ex.Skellam(a, b).entropy(), truth, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["log_prob", "log_cdf"])
def test_second_derivatives(method, x64):
    for k, a, b in ((3.0, 2.0, 1.0), (-7.0, 40.0, 30.0)):
        gradient = jax.jit(jax.grad(lambda a, b, k=k: getattr(ex.Skellam(a, b), method)(k), (0, 1)))
        hessian = jax.jit(jax.jacfwd(gradient, (0, 1)))(a, b)
        for i in range(2):
            h = 1e-5 * a
            high, low = (gradient(a + s * (i == 0), b + s * (i == 1)) for s in (h, -h))
            for j in range(2):
                np.testing.assert_allclose(hessian[j][i], (high[j] - low[j]) / (2 * h), rtol=1e-7, atol=1e-9)
