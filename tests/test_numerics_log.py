"""Logarithms, powers, Stirling's error, gamma differences and polygamma: values and derivatives against mpmath."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from test_numerics_normal import DTYPES, gradients, numbers, worst_ulp

from expectax import numerics

pytestmark = pytest.mark.slow


def spread(low, high, dtype, count=80):
    return np.geomspace(low, high, count).astype(dtype)


@DTYPES
def test_log1pexp_and_its_inverse(dtype, x64):
    x = np.concatenate([-spread(1e-4, 80, dtype), spread(1e-4, 1e4, dtype)])
    assert worst_ulp(numerics.log1pexp(x), [mp.log1p(mp.exp(v)) for v in numbers(x)], dtype) < 4
    y = spread(1e-10, 1e4, dtype)
    truth = [mp.log(mp.expm1(v)) for v in numbers(y)]
    assert worst_ulp(numerics.softplus_inverse(y), truth, dtype, floor=1.0) < 4
    (slope,) = gradients(numerics.softplus_inverse, y)
    assert worst_ulp(slope, [-1 / mp.expm1(-v) for v in numbers(y)], dtype) < 4


@DTYPES
def test_expm1(dtype, x64):
    top = 88.72 if dtype == np.float32 else 709.7
    x = np.concatenate(
        [-spread(1e-30, 60, dtype, 400), spread(1e-30, top, dtype, 400), np.linspace(-3, 3, 401, dtype=dtype)]
    )
    assert worst_ulp(numerics.expm1(x), [mp.expm1(v) for v in numbers(x)], dtype) < 2.5
    (slope,) = gradients(numerics.expm1, x)
    assert worst_ulp(slope, [mp.exp(v) for v in numbers(x)], dtype) < 2.5
    ends = np.array([0, -np.inf, np.inf, np.nan, 3e38], dtype)
    np.testing.assert_array_equal(numerics.expm1(ends), np.array([0, -1, np.inf, np.nan, np.inf], dtype))


@DTYPES
def test_logsubexp(dtype, x64):
    a, gap = spread(1e-3, 50, dtype), spread(1e-4, 60, dtype)
    b = (a - gap).astype(dtype)
    exact = list(zip(numbers(a), numbers(b), strict=True))
    truth = [mp.log(mp.exp(p) - mp.exp(q)) for p, q in exact]
    condition = [1 + float(abs(p) + abs(q)) / float(1 - mp.exp(q - p)) for p, q in exact]
    errors = np.abs(np.asarray(numerics.logsubexp(a, b), np.float64) - np.array(truth, float)) / condition
    assert errors.max() < 2 * np.finfo(dtype).eps
    by_a, by_b = gradients(numerics.logsubexp, a, b)
    np.testing.assert_allclose(by_a, [float(1 / (1 - mp.exp(q - p))) for p, q in exact], rtol=8 * np.finfo(dtype).eps)
    np.testing.assert_allclose(np.asarray(by_a) + np.asarray(by_b), 1, atol=8 * np.finfo(dtype).eps * np.max(by_a))


def test_ends_of_the_logarithms():
    inf = jnp.inf
    a, b = jnp.array([1.0, 1.0, -inf, 1.0]), jnp.array([1.0, -inf, -inf, 2.0])
    np.testing.assert_array_equal(numerics.logsubexp(a, b), [-np.inf, 1, -np.inf, np.nan])
    by_a, by_b = gradients(numerics.logsubexp, a[:2], b[:2])
    np.testing.assert_array_equal(by_a, [np.inf, 1])
    np.testing.assert_array_equal(by_b, [-np.inf, 0])
    (slope,) = gradients(numerics.log1mexp, jnp.array([-inf, -1e-30, -50.0]))
    np.testing.assert_allclose(slope, [0, -1e30, -np.exp(-50.0)], rtol=1e-6)
    (second,) = gradients(jax.grad(numerics.log1mexp), jnp.array([-1e30, -1e3, -1.0]))
    np.testing.assert_allclose(second, [0, 0, -np.e / (np.e - 1) ** 2], rtol=1e-6)
    zero = jnp.zeros(1)
    by_x, by_y = gradients(numerics.xlogy, zero, zero)
    assert by_x == -np.inf
    assert by_y == 0
    by_x, by_y = gradients(numerics.divide, jnp.array([1e-30]), jnp.array([1e-25]))
    np.testing.assert_allclose([by_x[0], by_y[0]], [1e25, -1e20], rtol=1e-6)  # JAX's own: y⁻² overflows


@DTYPES
def test_log_ratio_and_its_derivatives(dtype, x64):
    y = spread(1e-30, 1e30, dtype)
    for factor in (1 + 1e-4, 0.7, 1e5):
        x = (y * dtype(factor)).astype(dtype)
        truth = [mp.log(p / q) for p, q in zip(numbers(x), numbers(y), strict=True)]
        assert worst_ulp(numerics.log_ratio(x, y), truth, dtype) < 4
        by_x, by_y = gradients(numerics.log_ratio, x, y)
        np.testing.assert_allclose(by_x, 1 / x, rtol=4 * np.finfo(dtype).eps)
        np.testing.assert_allclose(by_y, -1 / y, rtol=4 * np.finfo(dtype).eps)


@DTYPES
def test_log_ratio_where_the_quotient_over_or_underflows(dtype, x64):
    low, high = np.finfo(dtype).tiny * dtype(4), np.finfo(dtype).max / dtype(4)
    x, y = np.array([[low, high], [high, low], [low, 1], [high, 0.5]], dtype).T
    truth = [mp.log(mp.mpf(float(a)) / mp.mpf(float(b))) for a, b in zip(x, y, strict=True)]
    assert worst_ulp(numerics.log_ratio(x, y), truth, dtype) < 4


@DTYPES
def test_powers_of_a_quotient(dtype, x64):
    rng = np.random.default_rng(0)
    y, k = (10 ** rng.uniform(-3, 3, 60)).astype(dtype), (10 ** rng.uniform(-1, 1.3, 60)).astype(dtype)
    x = (y * np.exp(rng.uniform(-3, 3, 60) / k)).astype(dtype)
    exact = list(zip(numbers(x), numbers(y), numbers(k), strict=True))
    power = [(p / q) ** r for p, q, r in exact]
    gap = [r * mp.log(p / q) - v for v, (p, q, r) in zip(power, exact, strict=True)]
    assert worst_ulp(numerics.power_ratio(x, y, k), power, dtype) < 16
    assert worst_ulp(numerics.power_gap(x, y, k), gap, dtype, floor=20.0) < 4
    by_x, _, by_k = (np.asarray(g, np.float64) for g in gradients(numerics.power_gap, x, y, k))
    eps = np.finfo(dtype).eps
    u = np.array([float(r * mp.log(p / q)) for p, q, r in exact])
    size = np.exp(np.abs(u)) + np.abs(u)
    truth = np.array([float(r * (1 - v) / p) for v, (p, q, r) in zip(power, exact, strict=True)])
    assert (np.abs(by_x - truth) * x / k < 8 * eps * size).all()
    truth = np.array([float(mp.log(p / q) * (1 - v)) for v, (p, q, r) in zip(power, exact, strict=True)])
    assert (np.abs(by_k - truth) * k < 8 * eps * size * (1 + np.abs(u))).all()


@DTYPES
def test_stirlings_error_and_its_derivatives(dtype, x64):
    a = spread(1e-6, 1e8, dtype)
    exact = numbers(a)

    def error(v):
        return mp.loggamma(v) - ((v - 0.5) * mp.log(v) - v + mp.log(2 * mp.pi) / 2)

    assert worst_ulp(numerics.stirling_error(a[a >= 1]), [error(v) for v in exact if v >= 1], dtype) < 6
    assert worst_ulp(numerics.stirling_error(a), [error(v) for v in exact], dtype, floor=1.0) < 4
    slopes = [mp.psi(0, v) - mp.log(v) + 1 / (2 * v) for v in exact]
    curvatures = [mp.psi(1, v) - 1 / v - 1 / (2 * v * v) for v in exact]
    (slope,) = gradients(numerics.stirling_error, a)
    assert worst_ulp(slope, slopes, dtype) < 24
    (curvature,) = gradients(numerics.stirling_slope, a)
    assert worst_ulp(curvature, curvatures, dtype) < 24
    assert numerics.stirling_error(jnp.asarray(jnp.inf, dtype)) == 0
    assert worst_ulp(numerics.digamma_error(a), [mp.psi(0, v) - mp.log(v) for v in exact], dtype) < 8


@DTYPES
def test_log_gamma_of_1_plus(dtype, x64):
    a = np.concatenate([spread(1e-10, 1e8, dtype), np.linspace(0.4, 2.6, 60).astype(dtype)])
    truth = [mp.loggamma(1 + v) for v in numbers(a)]
    near_zero = [float(abs(t)) < 0.05 and 0.3 < v < 2 for t, v in zip(truth, a, strict=True)]
    floor = np.array([1e-2 if n else 0 for n in near_zero])
    for g, t, f in zip(np.asarray(numerics.log_gamma1p_any(a)), truth, floor, strict=True):
        assert abs(float(g) - float(t)) < 8 * float(np.finfo(dtype).eps) * max(abs(float(t)), f)


@DTYPES
def test_gamma_and_digamma_differences(dtype, x64):
    rng = np.random.default_rng(3)
    a, d = (10 ** rng.uniform(-3, 8, 80)).astype(dtype), (10 ** rng.uniform(-6, 4, 80)).astype(dtype)
    exact = list(zip(numbers(a), numbers(d), strict=True))
    truth = [mp.loggamma(p + q) - mp.loggamma(p) for p, q in exact]
    got = np.asarray(numerics.log_gamma_difference(a, d), np.float64)
    size = np.array(
        [max(float(abs(t)), float(q) * (1 + abs(float(mp.log(p + q))))) for t, (p, q) in zip(truth, exact, strict=True)]
    )
    assert (np.abs(got - np.array(truth, float)) < 8 * np.finfo(dtype).eps * size).all()
    by_a, by_d = gradients(numerics.log_gamma_difference, a, d)
    assert worst_ulp(by_a, [mp.psi(0, p + q) - mp.psi(0, p) for p, q in exact], dtype) < 30
    assert worst_ulp(by_d, [mp.psi(0, p + q) for p, q in exact], dtype, floor=1.0) < 16


@DTYPES
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_polygamma(n, dtype, x64):
    x = spread(1e-3, 1e6, dtype)
    truth = [mp.psi(n, v) for v in numbers(x)]
    assert worst_ulp(numerics.polygamma(n, x), truth, dtype, floor=1.0 if n == 0 else 0.0) < 12
    slope = jax.vmap(jax.grad(lambda v: numerics.polygamma(n, v)))(x)
    assert worst_ulp(slope, [mp.psi(n + 1, v) for v in numbers(x)], dtype) < 12


@DTYPES
def test_log_cosh_and_artanh(dtype, x64):
    x = np.concatenate([-spread(1e-6, 300, dtype), spread(1e-6, 300, dtype)])
    assert worst_ulp(numerics.log_cosh(x), [mp.log(mp.cosh(v)) for v in numbers(x)], dtype, floor=1.0) < 3
    inner = np.concatenate([spread(1e-20, 0.5, dtype), (1 - spread(1e-6, 0.5, dtype)).astype(dtype)])
    assert worst_ulp(numerics.artanh(inner), [mp.atanh(v) for v in numbers(inner)], dtype) < 6
    (slope,) = gradients(numerics.log1msquare, inner)
    assert worst_ulp(slope, [-2 * v / (1 - v * v) for v in numbers(inner)], dtype) < 6
