"""Binomial-like masses and their slopes against mpmath, in units of what rounding the arguments may move."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from expectax import numerics

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
pytestmark = pytest.mark.slow
COUNT = 60


def random_points(seed):
    rng = np.random.default_rng(seed)
    n = np.floor(10 ** rng.uniform(0, 7.2, COUNT))
    logits = np.where(np.arange(COUNT) % 3 == 0, rng.uniform(-80, 80, COUNT), rng.normal(0, 2, COUNT))
    logits[::7] *= 1e-5
    p = 1 / (1 + np.exp(-logits))
    near = np.clip(np.round(n * p + 3 * rng.normal(size=COUNT) * np.sqrt(n * p * (1 - p))), 0, n)
    k = np.where(np.arange(COUNT) % 4 == 0, np.floor(n * rng.uniform(size=COUNT)), near)
    r = 10 ** rng.uniform(-10, 10, COUNT)
    a, b = 10 ** rng.uniform(-8, 8, (2, COUNT))
    return [np.float64(np.float32(v)) for v in (k, n - k, logits, r, a, b)]


def errors(got, truth, dtype):
    """Units of roundoff, of the larger of the value and what else is given as its size."""
    exact = [
        float(abs(mpmath.mpf(float(g)) - v) / max(abs(v), size, mpmath.mpf(10) ** -300))
        for g, (v, size) in zip(got, truth, strict=True)
    ]
    return max(exact) / np.finfo(dtype).eps


def check(fn, exact, points, dtype, bounds, slopes):
    """The value, and the slopes in the arguments `slopes`; exact: (value, its size, {argument: (slope, its size)})."""
    arrays = [jnp.asarray(v, dtype) for v in points]
    truth = [exact(*(mpmath.mpf(float(v)) for v in row)) for row in zip(*points, strict=True)]
    assert errors(jax.jit(fn)(*arrays), [(v, max(1, size)) for v, size, _ in truth], dtype) < bounds[0]
    for i in slopes:
        got = jax.jit(jax.grad(lambda *x: fn(*x).sum(), i))(*arrays)
        assert errors(got, [t[2][i] for t in truth], dtype) < bounds[1], i


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


def log_choose(k, r):
    return mpmath.loggamma(k + r + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(r + 1)


def binomial(k, r, logits):
    p, q = 1 / (1 + mpmath.exp(-logits)), 1 / (1 + mpmath.exp(logits))
    slope = k * q - r * p
    value = log_choose(k, r) - k * softplus(-logits) - r * softplus(logits)
    return value, abs(logits * slope), {2: (slope, abs(logits * (k + r) * p * q) + mpmath.mpf(10) ** -37)}


def binomial_of_probs(k, r, p):
    slope = k / p - r / (1 - p)
    value = log_choose(k, r) + k * mpmath.log(p) + r * mpmath.log1p(-p)
    return value, abs(p * slope), {2: (slope, k / p + p * r / (1 - p) ** 2)}


def negative_binomial(k, r, logits):
    value, _, slopes = binomial(k, r, logits)
    slope = mpmath.digamma(k + r) - mpmath.digamma(r) - softplus(logits)
    p = 1 / (1 + mpmath.exp(-logits))
    size = abs(r * (mpmath.psi(1, k + r) - mpmath.psi(1, r))) + abs(logits * p)
    by_logits, own = slopes[2]
    moved = abs(logits * by_logits) + abs(r * slope)
    return value - mpmath.log1p(k / r), moved, {1: (slope, size), 2: (by_logits, own + r * p)}


def beta_binomial(k, m, a, b):
    gamma, psi = mpmath.loggamma, mpmath.psi
    value = log_choose(k, m) + gamma(a + k) + gamma(b + m) - gamma(a + b + k + m) + gamma(a + b) - gamma(a) - gamma(b)

    def slopes(order):
        shared = psi(order, a + b) - psi(order, a + b + k + m)
        return psi(order, a + k) - psi(order, a) + shared, psi(order, b + m) - psi(order, b) + shared, shared

    (by_a, by_b, _), (aa, bb, ab) = slopes(0), slopes(1)
    moved = abs(a * by_a) + abs(b * by_b)
    return value, moved, {2: (by_a, abs(a * aa) + abs(b * ab)), 3: (by_b, abs(b * bb) + abs(a * ab))}


@DTYPES
def test_binomial_mass(dtype, x64):
    k, rest, logits, *_ = random_points(1)
    check(numerics.log_binomial_mass, binomial, (k, rest, logits), dtype, (4, 3), (2,))


@DTYPES
def test_binomial_mass_of_probs(dtype, x64):
    k, rest, logits, *_ = random_points(2)
    p = np.float64(np.float32(np.clip(1 / (1 + np.exp(-logits)), 1e-30, 1 - 2**-20)))
    check(numerics.log_binomial_mass_of_probs, binomial_of_probs, (k, rest, p), dtype, (4, 3), (2,))


@DTYPES
def test_negative_binomial_mass(dtype, x64):
    k, _, logits, r, *_ = random_points(3)
    check(numerics.log_negative_binomial_mass, negative_binomial, (k, r, logits), dtype, (4, 6), (1, 2))


@DTYPES
def test_beta_binomial_mass(dtype, x64):
    k, rest, _, _, a, b = random_points(4)
    k[::5], rest[1::5] = 0, 0
    check(numerics.log_beta_binomial_mass, beta_binomial, (k, rest, a, b), dtype, (4, 5), (2, 3))


@DTYPES
def test_digamma_gaps(dtype, x64):
    rng = np.random.default_rng(5)
    a, d, e = np.float64(np.float32(10 ** rng.uniform(-8, 8, (3, COUNT))))
    psi = mpmath.digamma

    def exact(fn):
        return [(fn(*(mpmath.mpf(float(v)) for v in row)), 0) for row in zip(a, d, e, strict=True)]

    arrays = [jnp.asarray(v, dtype) for v in (a, d, e)]
    assert errors(numerics.digamma_gap(*arrays[:2]), exact(lambda a, d, _: psi(a + d) - psi(a)), dtype) < 5
    cross = exact(lambda a, d, e: psi(a + d) - psi(a) - psi(a + d + e) + psi(a + e))
    assert errors(numerics.digamma_cross_gap(*arrays), cross, dtype) < 12


@DTYPES
@pytest.mark.parametrize("a", [0.5, 20.0, 1e4, 1e7])
def test_slope_of_the_beta_kernel_at_its_mean(a, dtype, x64):
    """Where log(x n/a) is 0: the difference of what ψ is beside the logarithm, with nothing larger in it."""
    by_a = jax.grad(numerics.log_beta_kernel)(*map(dtype, (a, a, 0.5, 0.5)))
    truth, before = (mpmath.digamma(v) - mpmath.log(v) for v in (2 * mpmath.mpf(a), mpmath.mpf(a)))
    np.testing.assert_allclose(by_a, float(truth - before), rtol=8 * np.finfo(dtype).eps)


@pytest.mark.slow
def test_second_derivatives(x64):
    point, step = tuple(map(jnp.float64, (7.0, 4.0, 2.5, 0.75))), 1e-5

    def along(fn, point, i):
        slope = jax.jit(jax.grad(fn, i))
        high, low = ([v + s * (i == j) for j, v in enumerate(point)] for s in (step, -step))
        np.testing.assert_allclose(
            jax.jit(jax.grad(slope, i))(*point), (slope(*high) - slope(*low)) / (2 * step), rtol=1e-6
        )

    for i in range(4):
        along(numerics.log_beta_binomial_mass, point, i)
    for i in range(3):
        along(numerics.log_negative_binomial_mass, point[:3], i)
        along(numerics.log_binomial_mass_of_probs, (*point[:2], jnp.float64(0.3)), i)


def test_slopes_in_counts(x64):
    point = tuple(map(mpmath.mpf, ("7", "4", "2.5", "0.75")))
    got = [
        float(jax.jit(jax.grad(numerics.log_beta_binomial_mass, i))(*map(jnp.float64, map(float, point))))
        for i in (0, 1)
    ]
    for i, slope in enumerate(got):
        curve = lambda t, i=i: beta_binomial(*(t if i == j else v for j, v in enumerate(point)))[0]  # noqa: E731
        assert abs(slope - float(mpmath.diff(curve, point[i]))) < 1e-12


@pytest.mark.parametrize("logits", [-np.inf, np.inf, -1e30, 1e30, -200.0, 200.0])
def test_ends_of_the_logits(logits):
    for k, r in ((0.0, 5.0), (5.0, 0.0), (2.0, 3.0), (0.0, 0.0)):
        for fn in (numerics.log_binomial_mass, numerics.log_negative_binomial_mass):
            if fn is numerics.log_negative_binomial_mass and r == 0:
                continue
            value, slope = jax.value_and_grad(fn, 2)(jnp.float32(k), jnp.float32(r), jnp.float32(logits))
            rare = k if logits < 0 else r  # the trials that went the unlikely way
            np.testing.assert_allclose(slope, rare if logits < 0 else -rare, atol=1e-30)
            sure = -rare * abs(np.float32(logits)) if rare else 0.0
            np.testing.assert_allclose(value, sure, rtol=1e-4 if np.isfinite(sure) and abs(sure) > 1e9 else 0.03)


@pytest.mark.parametrize(("k", "r", "logits"), [(0.0, 1e7, -100.0), (1e7, 0.0, 100.0)])
def test_slope_in_logits_where_a_probability_underflows(k, r, logits):
    slope = jax.grad(numerics.log_binomial_mass, 2)(*map(jnp.float32, (k, r, logits)))
    np.testing.assert_allclose(slope, (k - r) * np.exp(-100.0), rtol=2e-5)  # σ(-100) is no normal number


def test_no_forward_derivative_is_nan_at_the_ends_of_probs():
    for p, k, r in ((0.0, 0.0, 4.0), (1.0, 4.0, 0.0), (0.0, 2.0, 2.0), (1.0, 2.0, 2.0)):
        for fn in (numerics.log_binomial_mass_of_probs, numerics.log_negative_binomial_mass_of_probs):
            args = tuple(map(jnp.float32, (k, r or 1e-3, p)))
            for i in range(3):
                ones = tuple(jnp.float32(i == j) for j in range(3))
                assert not np.isnan(jax.jvp(fn, args, ones)[1]), (p, k, r, i)


@DTYPES
@pytest.mark.parametrize("shapes", [(2.5, 1.25), (0.25, 0.5), (40.0, 3e3)])
def test_beta_binomial_cdf(shapes, dtype, x64):
    n, (a, b) = 400, shapes
    masses = [mpmath.exp(beta_binomial(mpmath.mpf(k), n - k, mpmath.mpf(a), mpmath.mpf(b))[0]) for k in range(n + 1)]
    k = np.array([0, 1, 3, 63, 64, 65, 200], dtype)
    truth = [(mpmath.log(sum(masses[: int(v) + 1])), 1) for v in k]
    full = jnp.full(k.shape, 1, dtype)
    got = numerics.log_beta_binomial_cdf(jnp.asarray(k), n - k, a * full, b * full)
    assert errors(got, truth, dtype) < 60


@pytest.mark.slow
def test_beta_binomial_cdf_derivative(x64):
    (k, m, b), step = map(jnp.float64, (12.0, 40.0, 3.0)), 1e-6
    for a in map(jnp.float64, (0.5, 4.0)):
        slope = jax.grad(numerics.log_beta_binomial_cdf, 2)(k, m, a, b)
        high, low = (numerics.log_beta_binomial_cdf(k, m, a + s, b) for s in (step, -step))
        np.testing.assert_allclose(slope, (high - low) / (2 * step), rtol=1e-7)


@pytest.mark.parametrize(("n", "p"), [(0, 0.3), (1, 0.5), (300, 0.1), (1000, 0.3), (200_000, 0.5), (10_000_000, 0.4)])
def test_binomial_entropy(n, p, x64):
    from scipy import stats

    width = 40 * (n * p * (1 - p)) ** 0.5 + 40
    k = np.arange(max(0, int(n * p - width)), min(n, int(n * p + width)) + 1)
    log_p = stats.binom(n, p).logpmf(k)
    finite = np.where(np.isfinite(log_p), log_p, 0.0)
    got = numerics.binomial_entropy(jnp.float64(n), jnp.float64(p))
    np.testing.assert_allclose(got, -(np.exp(finite) * finite)[np.isfinite(log_p)].sum(), rtol=1e-8, atol=1e-14)


def test_slopes_in_counts_of_the_binomial_masses(x64):
    k, r, logits = map(mpmath.mpf, ("7", "4", "0.75"))
    for fn, law in ((numerics.log_binomial_mass, binomial), (numerics.log_negative_binomial_mass, negative_binomial)):
        by_k, by_r = jax.jit(jax.grad(fn, (0, 1)))(*map(float, (k, r, logits)))
        assert abs(by_k - float(mpmath.diff(lambda t, law=law: law(t, r, logits)[0], k))) < 1e-12
        assert abs(by_r - float(mpmath.diff(lambda t, law=law: law(k, t, logits)[0], r))) < 1e-12
