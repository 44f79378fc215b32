"""Bessel functions of real order and Marcum's Q against mpmath, with their derivatives, over thirty orders of magnitude."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from test_numerics import DTYPES

from expectax import numerics
from expectax.numerics import _quadrature

pytestmark = pytest.mark.slow
ORDERS = (0.0, 0.3, 1.0, 7.5, 11.0, 13.0, 24.5, 26.0, 100.0, 1e4, 1e6)
ARGUMENTS = (1e-30, 1e-5, 0.3, 1.0, 9.0, 11.5, 13.0, 22.0, 26.0, 100.0, 1e3, 1e5, 1e10)
V, X = (np.ravel(g).astype(np.float32) for g in np.meshgrid(ORDERS, ARGUMENTS))
W = np.hypot(V.astype(float), X)
CONDITION = np.maximum(1, W + V * np.log((V + W) / X))


@functools.cache
def debye(order):
    """u_k of DLMF 10.41.9 as {power: coefficient}."""
    terms = [{0: mpmath.mpf(1)}]
    for _ in range(order):
        new = {}
        for n, c in terms[-1].items():
            for power, factor in ((n + 1, mpmath.mpf(n) / 2 + mpmath.mpf(1) / (8 * (n + 1))),
                                  (n + 3, -mpmath.mpf(n) / 2 - mpmath.mpf(5) / (8 * (n + 3)))):  # fmt: skip
                new[power] = new.get(power, 0) + c * factor
        terms.append(new)
    return terms


def exact_log(v, x, sign):
    """log I_v(x) (sign = 1) or log K_v(x) (-1): mpmath's, or 25 of Debye's terms where w is large."""
    v, x = (t if isinstance(t, mpmath.mpf) else mpmath.mpf(float(t)) for t in (v, x))
    w = mpmath.sqrt(v * v + x * x)
    if w < 200:
        return mpmath.log(mpmath.besseli(v, x) if sign > 0 else mpmath.besselk(v, x))
    terms = enumerate(debye(24))
    total = mpmath.fsum(sign**k * c * (v / w) ** (n - k) / w**k for k, u in terms for n, c in u.items())
    scale = -mpmath.log(2 * mpmath.pi * w) / 2 if sign > 0 else mpmath.log(mpmath.pi / (2 * w)) / 2
    return sign * (w - v * mpmath.asinh(v / x)) + scale + mpmath.log(total)


@functools.cache
def exact_values():
    i, k, above = ([exact_log(v + step, x, sign) for v, x in zip(V.astype(float), X, strict=True)]
                   for sign, step in ((1, 0), (-1, 0), (1, 1)))  # fmt: skip
    return i, k, [mpmath.exp(b - a) for a, b in zip(i, above, strict=True)]


def ulps(got, truth, scale, dtype):
    gaps = [abs(mpmath.mpf(float(g)) - t) / s for g, t, s in zip(np.asarray(got), truth, scale, strict=True)]
    return float(max(gaps)) / np.finfo(dtype).eps


@DTYPES
def test_logarithms_and_ratio(dtype, x64):
    v, x = V.astype(dtype), X.astype(dtype)
    i, k, ratio = exact_values()
    assert ulps(jax.jit(numerics.log_iv)(v, x), i, CONDITION, dtype) < 4
    assert ulps(jax.jit(numerics.log_kv)(v, x), k, CONDITION, dtype) < 8
    assert ulps(jax.jit(numerics.log_kv)(-v, x), k, CONDITION, dtype) < 8
    normal = [j for j, r in enumerate(ratio) if r > np.finfo(np.float32).tiny]
    got = np.asarray(jax.jit(numerics.iv_ratio)(v, x))[normal]
    truth = [ratio[j] for j in normal]
    assert ulps(got, truth, truth, dtype) < 6


@pytest.mark.slow
@DTYPES
def test_first_derivatives(dtype, x64):
    v, x = V.astype(dtype), X.astype(dtype)
    _, _, ratio = exact_values()
    step = mpmath.mpf(10) ** -12
    by_x = [r + mpmath.mpf(float(a)) / mpmath.mpf(float(b)) for r, a, b in zip(ratio, v, x, strict=True)]
    for fn, sign in ((numerics.log_iv, 1), (numerics.log_kv, -1)):
        got_v, got_x = jax.jit(jax.vmap(jax.grad(fn, (0, 1))))(v, x)
        inner = [j for j in range(len(v)) if v[j] > 0]
        truth = [(exact_log_at(v[j], x[j], step, sign) - exact_log_at(v[j], x[j], -step, sign)) / (2 * step * max(1, float(v[j])))
                 for j in inner]  # fmt: skip
        assert ulps(np.asarray(got_v)[inner], truth, [max(1, abs(t)) for t in truth], dtype) < 20
        assert np.isfinite(got_v).all()
        if sign > 0:
            keep = [j for j, t in enumerate(by_x) if t < np.finfo(np.float32).max]
            assert ulps(np.asarray(got_x)[keep], [by_x[j] for j in keep], [by_x[j] for j in keep], dtype) < 6


def exact_log_at(v, x, shift, sign):
    with mpmath.workdps(50):
        v = mpmath.mpf(float(v))
        return exact_log(v + shift * max(1, v), x, sign)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["log_iv", "log_kv", "iv_ratio"])
def test_second_derivatives(name, x64):
    fn, step = getattr(numerics, name), 1e-5
    gradient, hessian = (jax.jit(d(fn, (0, 1))) for d in (jax.grad, jax.hessian))
    for v, x in ((0.4, 0.7), (3.0, 8.0), (40.0, 20.0), (30.0, 1e-3)):
        second = hessian(v, x)
        for i, scale in enumerate((max(v, 1.0), x)):
            h = step * scale
            high, low = (gradient(v + s * (i == 0), x + s * (i == 1)) for s in (h, -h))
            for j in range(2):
                np.testing.assert_allclose(second[j][i], (high[j] - low[j]) / (2 * h), rtol=2e-6, atol=1e-8)


@functools.cache
def exact_tails(order, a, b):
    """(log(1 - Q), log Q): the smaller as a mixture of gamma tails with Poisson weights."""
    order, x, y = mpmath.mpf(order), mpmath.mpf(a) ** 2 / 2, mpmath.mpf(b) ** 2 / 2
    upper = y > order + x
    total, weight, n = mpmath.mpf(0), mpmath.exp(-x), 0
    while n < 2 * x + 2 * y + 20 and (n < max(x, y) or weight > total * 1e-30):
        part = (
            mpmath.gammainc(order + n, y, regularized=True)
            if upper
            else mpmath.gammainc(order + n, 0, y, regularized=True)
        )
        total, weight, n = total + weight * part, weight * x / (n + 1), n + 1
    return (mpmath.log1p(-total), mpmath.log(total)) if upper else (mpmath.log(total), mpmath.log1p(-total))


MARCUM = [(1.0, 2.0, 1.0), (1.0, 0.5, 6.0), (3.5, 4.0, 12.0), (3.5, 4.0, 1.0), (40.0, 3.0, 6.0), (40.0, 10.0, 20.0),
          (0.5, 1.0, 3.0), (0.5, 2.0, 0.3), (0.1, 0.5, 0.2), (2.0, 0.0, 3.0), (1.0, 20.0, 5.0),
          (100.0, 30.0, 35.0), (300.0, 5.0, 20.0), (0.3, 25.0, 30.0)]  # fmt: skip
_RNG = np.random.default_rng(7)
# orders below 1, from both sides of the mean and close to the branch point; ways down to it; P beyond roundoff of 1
MARCUM += [(0.7, 0.7, 1.3), (0.7, 0.0, 1.1), (1.25, 0.0, 1.5), (0.1, 0.1, 0.6), (0.01, 0.0, 0.15), (1e-3, 0.0, 0.05),
           (1e-3, 0.1, 0.2), (0.3, 0.0, 0.9), (30.0, 0.5, 2.0), (1e-12, 0.0, 1e-6)]  # fmt: skip
MARCUM += list(zip(np.exp(_RNG.uniform(-3, 4, 40)), _RNG.uniform(0, 8, 40), _RNG.uniform(0, 12, 40), strict=True))


@pytest.mark.slow
@DTYPES
def test_marcum_q(dtype, x64):
    order, a, b = np.array(MARCUM, np.float32).astype(dtype).T
    truth = [exact_tails(*map(float, row)) for row in zip(order, a, b, strict=True)]
    limit = 20
    for fn, side in ((numerics.log_marcum_p, 0), (numerics.log_marcum_q, 1)):
        got = jax.jit(fn)(order, a, b)
        expected = [t[side] for t in truth]
        # a and b are conditioned by b² and ab, the smaller tail's exponent
        scale = [
            max(abs(t), min(1, abs(t)) * max(1, float(y * (y + x)))) for t, x, y in zip(expected, a, b, strict=True)
        ]
        scale = [s + float(np.finfo(dtype).tiny) / limit / float(np.finfo(dtype).eps) for s in scale]  # may be flushed
        assert ulps(got, expected, scale, dtype) < limit, fn
    edge, two = np.array([0.0, np.inf, np.nan], dtype), np.full(3, 2.0, dtype)
    np.testing.assert_array_equal(numerics.log_marcum_q(two, two, edge), [0, -np.inf, np.nan])
    np.testing.assert_array_equal(numerics.log_marcum_p(two, two, edge), [-np.inf, 0, np.nan])
    for ends in (edge, two):
        assert np.isnan(numerics.log_marcum_q(two * dtype(np.nan), two, ends)).all()
        assert np.isnan(numerics.log_marcum_q(two, two * dtype(np.nan), ends)).all()


@pytest.mark.slow
@DTYPES
def test_marcum_q_is_finite(dtype, x64):
    """Of an order near 0 nearly all mass is at 0: the chance of it may be rounded to 1, not beyond."""
    rng = np.random.default_rng(5)
    order = np.exp(rng.uniform(-60, 0, 4000))
    x = np.exp(rng.uniform(-60, 2, 4000)) * (rng.uniform(size=4000) < 0.5)
    y = (order + x) * rng.uniform(0, 1.5, 4000)
    for found in jax.jit(numerics.log_noncentral_gamma)(*(v.astype(dtype) for v in (order, x, y))):
        assert not np.isnan(found).any()
        assert (np.asarray(found) <= 0).all()


def test_the_end_of_a_quadrature_has_no_derivative():
    assert jax.grad(_quadrature.cut_off)(2.0) == 0
    assert jax.grad(lambda x: jnp.log(_quadrature.cut_off(x * x)))(2.0) == 0


@pytest.mark.slow
def test_derivatives_of_marcum_q(x64):
    fn, everything = jax.jit(numerics.log_marcum_q), (0, 1, 2)
    gradient, hessian = (jax.jit(d(numerics.log_marcum_q, everything)) for d in (jax.grad, jax.hessian))
    for point in ((1.5, 2.0, 1.0), (3.5, 4.0, 7.0), (3.5, 4.0, 5.0), (0.7, 1.0, 2.5), (2.0, 1.0, 0.3)):
        first, second, h = gradient(*point), np.array(hessian(*point)), 1e-5
        for i in everything:
            high, low = ([p + s * (i == j) for j, p in enumerate(point)] for s in (h, -h))
            np.testing.assert_allclose(first[i], (fn(*high) - fn(*low)) / (2 * h), rtol=1e-6, atol=1e-9)
            by_differences = (np.array(gradient(*high)) - np.array(gradient(*low))) / (2 * h)
            np.testing.assert_allclose(second[:, i], by_differences, rtol=1e-5, atol=1e-8)


@pytest.mark.slow
def test_zero_order_and_nan(x64):
    for dtype in (jnp.float32, jnp.float64):
        zero, one, nan = (jnp.asarray(t, dtype) for t in (0.0, 1.0, jnp.nan))
        assert numerics.iv_ratio(one, zero) == 0
        assert np.isfinite(jax.grad(numerics.log_iv)(zero, one))
        for fn in (numerics.log_iv, numerics.log_kv, numerics.iv_ratio):
            assert np.isnan(fn(nan, one))
            assert np.isnan(fn(one, nan))
