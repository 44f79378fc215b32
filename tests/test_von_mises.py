"""The von Mises law against mpmath: density, tails, quantile, draws and every derivative, from κ = 0 to 1e8."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from test_numerics import DTYPES, worst

import expectax as ex
from expectax import numerics

pytestmark = pytest.mark.slow
CONCENTRATIONS = (1e-30, 1e-3, 0.3, 1.0, 4.0, 11.9, 12.1, 26.0, 300.0, 1e4, 1e8)


def log_density(z, k):
    return -2 * k * mpmath.sin(z / 2) ** 2 - mpmath.log(2 * mpmath.pi * mpmath.besseli(0, k)) + k


def pieces(size, k):
    """Where to cut [|z|, π]: the density falls by steps of a few e-folds."""
    if k == 0:
        return [size, mpmath.pi]
    sine = mpmath.sin(size / 2) ** 2
    cuts = [2 * mpmath.asin(mpmath.sqrt(min(1, sine + d / k))) for d in (0, 1, 2, 4, 8, 16, 32, 64) if sine + d / k < 1]
    return [*cuts, mpmath.pi]


def tail_over_density(size, k, weight=lambda t: 1):
    middle = mpmath.sin(size / 2) ** 2
    return mpmath.quad(
        lambda t: weight(t) * mpmath.exp(-2 * k * (mpmath.sin(t / 2) ** 2 - middle)), pieces(size, k), maxdegree=8
    )


def slope(z, k):
    """-F_κ/f by the whole tail, in 40 digits."""
    size = abs(z)
    mean = mpmath.besseli(1, k) / mpmath.besseli(0, k)
    return -mpmath.sign(z) * tail_over_density(size, k, lambda t: mean - mpmath.cos(t))


def exact(v):
    return mpmath.mpf(float(v))


def points(dtype):
    """(z, κ): body and tails of each concentration, and the ends of the circle."""
    pairs = []
    for k in CONCENTRATIONS:
        width = min(1.0, (k + 0.1) ** -0.5)
        pairs += [(width * s, k) for s in (1e-6, 0.01, 0.5, 1.0, 1.9, 3.0)]
        pairs += [(s, k) for s in (1.5, 2.9, 3.14159)] if k < 1e4 else []
    z, k = np.array(pairs, np.float32).astype(dtype).T  # the same points in both widths
    return z, k


@DTYPES
def test_bessel_parts(dtype, x64):
    k = np.concatenate([np.geomspace(1e-30, 1e8, 200), [0.0, 11.99, 12.0, 24.99, 25.0]]).astype(dtype)
    truth = [mpmath.log(mpmath.besseli(0, exact(v))) - exact(v) for v in k]
    assert worst(numerics.log_i0e(k), truth, dtype) < 3
    deficit = [1 - mpmath.besseli(1, exact(v)) / mpmath.besseli(0, exact(v)) for v in k]
    got = numerics.i0_deficit(k)
    assert worst(got[k < 1], [d for d, v in zip(deficit, k, strict=True) if v < 1], dtype, scale=0) < 3
    assert worst(got, deficit, dtype) < 3  # below 25 it is one minus a quotient near 1
    assert worst(got[k >= 25], [d for d, v in zip(deficit, k, strict=True) if v >= 25], dtype, scale=0) < 4
    assert worst(jax.vmap(jax.grad(numerics.log_i0e))(k), [-d for d in deficit], dtype) < 4


@DTYPES
def test_density_and_its_derivatives(dtype, x64):
    z, k = points(dtype)
    sides = np.concatenate([z, -z, z + dtype(2 * np.pi)])
    kappa = np.concatenate([k, k, k])
    keep = (kappa < 1e4) | (np.abs(sides) < 3)
    sides, kappa = sides[keep], kappa[keep]
    truth = [log_density(exact(a), exact(b)) for a, b in zip(sides, kappa, strict=True)]
    condition = [max(1, abs(t), abs(a * b * np.sin(a))) for t, a, b in zip(truth, sides, kappa, strict=True)]
    got = np.asarray(numerics.von_mises_log_density(sides, kappa), np.float64)
    ulps = [abs(g - t) / c for g, t, c in zip(map(float, got), truth, condition, strict=True)]
    assert max(ulps) < 5 * np.finfo(dtype).eps
    by_z, by_kappa = jax.vmap(jax.grad(numerics.von_mises_log_density, (0, 1)))(sides, kappa)
    for g, a, b in zip(by_z, sides, kappa, strict=True):
        a, b = exact(a), exact(b)
        assert abs(exact(g) + b * mpmath.sin(a)) <= 4 * np.finfo(dtype).eps * b * (abs(mpmath.sin(a)) + abs(a))
    for g, a, b in zip(by_kappa, sides, kappa, strict=True):
        a, b = exact(a), exact(b)
        truth = mpmath.cos(a) - mpmath.besseli(1, b) / mpmath.besseli(0, b)
        quotient = b < (12 if dtype == np.float32 else 25)  # its deficit from 1 has an error relative to 1
        assert abs(exact(g) - truth) <= np.finfo(dtype).eps * (3 if quotient else 0) + 8 * np.finfo(dtype).eps * max(
            abs(truth), abs(a * mpmath.sin(a)), 1 / (1 + b)
        )


@functools.cache
def exact_tails(z, k):
    """(P(Z > z)/f(z), -F_κ/f) at z > 0."""
    a, b = exact(z), exact(k)
    return tail_over_density(a, b), slope(a, b)


@DTYPES
def test_tails_and_slope(dtype, x64):
    z, k = points(dtype)
    eps = np.finfo(dtype).eps
    limit = 60 if dtype == np.float32 else 400  # in double precision that of the quadrature's weights
    log_cdf, log_sf = numerics.von_mises_log_cdf(-z, k), numerics.von_mises_log_cdf(z, k)
    got_slope = numerics.von_mises_slope(z, k)
    for i, (a, b) in enumerate(zip(z, k, strict=True)):
        mills, truth = exact_tails(float(a), float(b))
        a, b = exact(a), exact(b)
        log_tail = log_density(a, b) + mpmath.log(mills)
        condition = max(1, b * abs(a * mpmath.sin(a)), a / mills)
        assert abs(exact(log_cdf[i]) - log_tail) < limit * eps * condition, (a, b)
        upper = mpmath.log1p(-mpmath.exp(log_tail))
        assert abs(exact(log_sf[i]) - upper) <= limit * eps * condition * mpmath.exp(log_tail) + np.finfo(dtype).tiny
        assert abs(exact(got_slope[i]) - truth) < 3 * limit * eps * abs(truth), (a, b, got_slope[i], truth)


@DTYPES
def test_derivatives_of_the_tails(dtype, x64):
    z = jnp.asarray([-2.9, -1.0, -0.1, 0.3, 2.0], dtype)
    k = jnp.asarray([0.5, 30.0, 2.0, 1e3, 5.0], dtype)
    by_z, by_k = jax.vmap(jax.grad(numerics.von_mises_log_cdf, (0, 1)))(z, k)
    density = jnp.exp(numerics.von_mises_log_density(z, k) - numerics.von_mises_log_cdf(z, k))
    tolerance = 1e-3 if dtype == np.float32 else 1e-10
    np.testing.assert_allclose(by_z, density, rtol=tolerance)
    np.testing.assert_allclose(by_k, -density * numerics.von_mises_slope(z, k), rtol=tolerance)


@pytest.mark.slow
@DTYPES
def test_quantile(dtype, x64):
    eps = np.finfo(dtype).eps
    p = np.array([1e-30, 1e-6, 0.01, 0.3, 0.49999, 0.5, 0.51, 0.9, 0.999], dtype)
    concentrations = np.array([0.0, 1e-3, 1.0, 4.0, 100.0, 1e6], dtype)
    p, kappa = np.tile(p, 6), np.repeat(concentrations, len(p))
    z = jax.jit(numerics.von_mises_quantile)(p, kappa)
    back = jax.jit(numerics.von_mises_log_cdf)(z, kappa)
    density = jnp.exp(numerics.von_mises_log_density(z, kappa))
    error = jnp.abs(jnp.exp(back) - p) / density
    scale = jnp.maximum(jnp.abs(z), p / density)
    assert (error <= (20 if dtype == np.float32 else 400) * eps * scale).all()
    assert numerics.von_mises_quantile(dtype(0.5), dtype(3.0)) == 0
    np.testing.assert_array_equal(
        numerics.von_mises_quantile(np.array([0.0, 1.0, 0.5], dtype), np.array([2.0, 2.0, np.nan], dtype)),
        np.array([-np.pi, np.pi, np.nan], dtype),
    )


@pytest.mark.slow
@DTYPES
def test_edges(dtype, x64):
    value_and_slopes = jax.jit(jax.vmap(jax.value_and_grad(numerics.von_mises_log_cdf, (0, 1))))
    z = np.array([-4.0, -np.pi, 0.0, np.pi, 4.0, -3.1415925, 1e-30, -np.inf, np.inf], dtype)
    for k in (0.0, 1e-30, 1.0, 1e30):
        value, slopes = value_and_slopes(z, np.full_like(z, k))
        assert not np.isnan(value).any()
        assert all(np.isfinite(s).all() for s in slopes), k
        assert np.isfinite(numerics.von_mises_slope(z[1:4], np.full(3, k, dtype))).all()
    assert np.isnan(numerics.von_mises_log_cdf(dtype(np.nan), dtype(1.0)))
    assert np.isnan(numerics.von_mises_log_cdf(dtype(1.0), dtype(np.nan)))


@pytest.mark.parametrize("k", [0.0, 1e-3, 0.7, 20.0, 1e4, 1e12])
def test_moments_at_any_concentration(k, x64):
    truth = 2 * mpmath.quad(lambda t: t**2 * mpmath.exp(log_density(t, mpmath.mpf(k))), pieces(mpmath.mpf(0), k))
    np.testing.assert_allclose(ex.VonMises(0.0, k).variance(), float(truth), rtol=1e-12)
    entropy = mpmath.log(2 * mpmath.pi * mpmath.besseli(0, k)) - k * mpmath.besseli(1, k) / mpmath.besseli(0, k)
    np.testing.assert_allclose(ex.VonMises(0.0, k).entropy(), float(entropy), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("k", [0.0, 1e-20, 1e-3, 0.7, 20.0, 1e4, 1e20])
def test_draws_at_any_concentration(k, key):
    z = np.asarray(ex.VonMises(0.0, k).sample(key, (100_000,)), np.float64)
    assert (np.abs(z) <= np.pi + 1e-6).all()
    variance = float(ex.VonMises(0.0, k).variance())
    assert abs(z.mean()) < 6 * (variance / len(z)) ** 0.5
    assert abs((z**2).mean() - variance) < 6 * (z**2).std() / len(z) ** 0.5


@pytest.mark.slow
def test_a_draw_moves_as_its_quantile(key, x64):
    data = jax.random.key_data(key)

    def draws(loc, k):
        return ex.VonMises(loc, k).sample(jax.random.wrap_key_data(data), (20,))

    for k in (0.0, 0.4, 8.0, 1e5):
        loc, kappa = jnp.asarray(0.3), jnp.asarray(k)
        z = draws(loc, kappa)
        by_loc = jax.jvp(lambda v, kappa=kappa: draws(v, kappa), (loc,), (jnp.ones(()),))[1]
        np.testing.assert_array_equal(by_loc, np.ones(20))
        by_kappa = jax.jvp(lambda v, loc=loc: draws(loc, v), (kappa,), (jnp.ones(()),))[1]
        truth = [float(slope(exact(v) - exact(loc), mpmath.mpf(k))) for v in z]
        np.testing.assert_allclose(by_kappa, truth, rtol=1e-9)


@pytest.mark.slow
def test_second_derivatives(x64):
    z, k, step = -0.8, 3.0, 1e-5
    for fn in (numerics.von_mises_log_cdf, numerics.von_mises_slope, numerics.von_mises_log_density):
        gradient = jax.jit(jax.grad(fn, (0, 1)))
        hessian = jax.hessian(fn, (0, 1))(z, k)
        for i, (dz, dk) in enumerate(((step, 0.0), (0.0, step))):
            high, low = gradient(z + dz, k + dk), gradient(z - dz, k - dk)
            for j in range(2):
                np.testing.assert_allclose(hessian[j][i], (high[j] - low[j]) / (2 * step), rtol=1e-7, atol=1e-9)
