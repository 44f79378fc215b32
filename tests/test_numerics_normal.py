"""The normal distribution function, what belongs to it, Owen's T and Lambert's W, against mpmath."""

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from expectax import numerics

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
pytestmark = pytest.mark.slow


def worst_ulp(got, truths, dtype, floor=0.0):
    """Largest error in spacings at the value (or at a floor); results below the smallest normal number may be 0."""
    worst = 0.0
    for value, truth in zip(np.asarray(got, np.float64).ravel(), truths, strict=True):
        size = max(abs(float(truth)), floor)
        if size < 4 * float(np.finfo(dtype).tiny):
            continue
        error = float(abs(mp.mpf(float(value)) - truth))
        worst = max(worst, error / float(np.spacing(dtype(size)))) if np.isfinite(value) else np.inf
    return worst


def numbers(values):
    return [mp.mpf(float(v)) for v in values]


def points(dtype, low, high, count=120):
    """Both signs, from near 0 to far out."""
    rng = np.random.default_rng(0)
    return (10 ** rng.uniform(low, high, count) * rng.choice([-1, 1], count)).astype(dtype)


def gradients(fn, *args):
    return jax.vmap(jax.grad(lambda *a: fn(*a), tuple(range(len(args)))))(*map(jnp.asarray, args))


def hazard(z):
    return mp.sqrt(2 / mp.pi) * mp.exp(-z * z / 2) / mp.erfc(z / mp.sqrt(2))


@DTYPES
def test_distribution_function_and_its_logarithm_in_both_tails(dtype, x64):
    z = points(dtype, -6, 1.5)
    exact = numbers(z)
    assert worst_ulp(numerics.ndtr(z), [mp.erfc(-v / mp.sqrt(2)) / 2 for v in exact], dtype) < 8
    logs = [mp.log(mp.erfc(-v / mp.sqrt(2)) / 2) if v < 0 else mp.log1p(-mp.erfc(v / mp.sqrt(2)) / 2) for v in exact]
    assert worst_ulp(numerics.log_ndtr(z), logs, dtype) < 8
    (slope,) = gradients(numerics.log_ndtr, z)
    assert worst_ulp(slope, [hazard(-v) for v in exact], dtype) < 10
    (curvature,) = gradients(lambda v: jax.grad(numerics.log_ndtr)(v), z)
    assert worst_ulp(curvature, [-hazard(-v) * (hazard(-v) + v) for v in exact], dtype) < 40


@DTYPES
def test_scaled_complementary_error_function(dtype, x64):
    x = points(dtype, -6, 0.9)
    exact = numbers(x)
    assert worst_ulp(numerics.erfcx(x), [mp.exp(v * v) * mp.erfc(v) for v in exact], dtype) < 8
    (slope,) = gradients(numerics.erfcx, x)
    assert worst_ulp(slope, [2 * v * mp.exp(v * v) * mp.erfc(v) - 2 / mp.sqrt(mp.pi) for v in exact], dtype) < 30


def test_ends_of_the_normal_functions():
    ends = jnp.array([-jnp.inf, jnp.inf, jnp.nan])
    np.testing.assert_array_equal(numerics.ndtr(ends), [0, 1, np.nan])
    np.testing.assert_array_equal(numerics.log_ndtr(ends), [-np.inf, 0, np.nan])
    np.testing.assert_array_equal(
        numerics.ndtri_exp(jnp.array([-jnp.inf, 0.0, jnp.nan, 1.0])), [-np.inf, np.inf, np.nan, np.nan]
    )
    np.testing.assert_allclose(jax.vmap(jax.grad(jax.grad(numerics.log_ndtr)))(jnp.array([-1e18, 1e18])), [-1, 0])


@DTYPES
def test_inverse_of_the_logarithm(dtype, x64):
    """log Φ(z) = log p, to what rounding log p and z does."""
    log_p = -(10 ** np.linspace(-12, 12, 90)).astype(dtype)
    z = numerics.ndtri_exp(log_p)
    truths = []
    for target, guess in zip(numbers(log_p), np.asarray(z, np.float64), strict=True):
        root = mp.mpf(float(guess))
        for _ in range(4):
            value = mp.log(mp.erfc(-root / mp.sqrt(2)) / 2) if root < 3 else mp.log1p(-mp.erfc(root / mp.sqrt(2)) / 2)
            root += (target - value) / hazard(-root)
        truths.append(root)
    assert worst_ulp(z, truths, dtype, floor=0.5) < 8
    (slope,) = gradients(numerics.ndtri_exp, log_p)
    assert worst_ulp(slope, [1 / hazard(-t) for t in truths], dtype) < 64


@DTYPES
def test_slope_of_the_inverse(dtype, x64):
    """1/φ(z) at the z that is returned."""
    p = np.concatenate([10 ** np.linspace(-36, -0.4, 60), 1 - 10 ** np.linspace(-6, -0.4, 20)]).astype(dtype)
    (slope,) = gradients(numerics.ndtri, p)
    assert worst_ulp(slope, [1 / mp.npdf(z) for z in numbers(numerics.ndtri(p))], dtype) < 8
    second = gradients(jax.grad(numerics.ndtri), p[p > 1e-12])[0]
    truth = [z / mp.npdf(z) ** 2 for z in numbers(numerics.ndtri(p[p > 1e-12]))]
    assert worst_ulp(second, truth, dtype) < 24


@DTYPES
def test_slopes_of_the_inverses_at_their_ends(dtype, x64):
    ends = {numerics.ndtri: ([0.0, 1.0], [np.inf, np.inf], [-np.inf, np.inf])}
    ends[numerics.ndtri_exp] = ([-np.inf, 0.0], [0.0, np.inf], [0.0, np.inf])
    for fn, (at, first, second) in ends.items():
        at = jnp.array(at, dtype)
        np.testing.assert_array_equal(gradients(fn, at)[0], first)
        for mode in (jax.grad, jax.jacfwd):  # a cotangent of 0 must not meet an infinite slope
            np.testing.assert_array_equal(jax.vmap(mode(jax.grad(fn)))(at), second)
        assert np.isnan(gradients(fn, jnp.array([2.0, jnp.nan], dtype))[0]).all()


@DTYPES
@pytest.mark.parametrize("centre", [0.0, -0.4, 3.0, -9.0, 40.0])
def test_difference_of_two_distribution_functions(centre, dtype, x64):
    width = np.array([1e-6, 1e-3, 0.3, 2.0, 9.0])
    a, b = (centre - width / 3).astype(dtype), (centre + width).astype(dtype)
    a, b = a[a < b], b[a < b]

    def truth(a, b):
        if a + b > 0:
            a, b = -b, -a
        return mp.log((mp.erfc(-b / mp.sqrt(2)) - mp.erfc(-a / mp.sqrt(2))) / 2)

    exact = list(zip(numbers(a), numbers(b), strict=True))
    sizes = [
        abs(truth(*p)) + abs(p[0]) / (p[1] - p[0]) + abs(p[1]) / (p[1] - p[0]) + abs(centre) ** 2 + 1 for p in exact
    ]
    got = np.asarray(numerics.log_ndtr_difference(a, b), np.float64)
    errors = [abs(g - float(truth(*p))) / float(s) for g, p, s in zip(got, exact, sizes, strict=True)]
    assert max(errors) < 8 * np.finfo(dtype).eps
    by_a, by_b = gradients(numerics.log_ndtr_difference, a, b)
    assert np.isfinite(by_a).all()
    assert np.isfinite(by_b).all()
    for (lo, hi), s, da, db in zip(exact, sizes, by_a, by_b, strict=True):
        density = lambda v, lo=lo, hi=hi: mp.exp(-v * v / 2 - truth(lo, hi)) / mp.sqrt(2 * mp.pi)  # noqa: E731
        np.testing.assert_allclose(
            float(da), float(-density(lo)), rtol=float(16 * s * np.finfo(dtype).eps), atol=np.finfo(dtype).tiny
        )
        np.testing.assert_allclose(
            float(db), float(density(hi)), rtol=float(16 * s * np.finfo(dtype).eps), atol=np.finfo(dtype).tiny
        )


def test_differences_at_infinite_and_equal_ends():
    inf = jnp.inf
    a, b = jnp.array([-inf, -inf, 1.0, 2.0, 3.0]), jnp.array([inf, 1.0, inf, 2.0, 2.0])
    expected = [0.0, numerics.log_ndtr(1.0), numerics.log_ndtr(-1.0), -np.inf, np.nan]
    np.testing.assert_allclose(numerics.log_ndtr_difference(a, b), expected, rtol=1e-6)
    by_a, by_b = gradients(numerics.log_ndtr_difference, a[:3], b[:3])
    at_1 = float(hazard(mp.mpf(-1))), float(hazard(mp.mpf(1)))  # an infinite end has no derivative
    np.testing.assert_allclose(by_a, [0, 0, -at_1[1]], rtol=1e-6)
    np.testing.assert_allclose(by_b, [0, at_1[0], 0], rtol=1e-6)


@DTYPES
@pytest.mark.parametrize("width", [0.5, 40.0, np.inf])
@pytest.mark.parametrize("loc", [0.0, 2000.0])
def test_truncations_take_distances_before_they_standardise(loc, width, dtype, x64):
    """All differences are exact: what is lost is lost in the quotients."""
    scale, low, x = 3.0, 1000.0, 1000.25
    value = numerics.truncated_normal_log_prob(*map(dtype, (x, loc, scale, low, low + width)))
    z, a, b = ((mp.mpf(v) - loc) / scale for v in (x, low, low + width))
    a, b = (-b, -a) if b < 0 else (a, b)
    mass = (mp.erfc(a / mp.sqrt(2)) - mp.erfc(b / mp.sqrt(2))) / 2
    truth = mp.log(mp.npdf(z) / (scale * mass))
    assert abs(float(value) - float(truth)) < 64 * np.finfo(dtype).eps * max(1, abs(float(truth)))


@DTYPES
def test_owens_t(dtype, x64):
    rng = np.random.default_rng(1)
    h = (10 ** rng.uniform(-3, 1.0, 40)).astype(dtype)
    a = (10 ** rng.uniform(-3, 3, 40) * rng.choice([-1, 1], 40)).astype(dtype)

    def truth(h, a):
        end = min(abs(a), 14 / h)
        panels = [mp.mpf(0), *(end * mp.mpf(2) ** -k for k in range(10, -1, -1))]
        return mp.sign(a) * mp.quad(lambda x: mp.exp(-h * h * (1 + x * x) / 2) / (1 + x * x), panels) / (2 * mp.pi)

    with mp.workdps(30):
        exact = list(zip(numbers(h), numbers(a), strict=True))
        assert worst_ulp(numerics.owens_t(h, a), [truth(*p) for p in exact], dtype) < 20
        by_h, by_a = gradients(numerics.owens_t, h, a)
        slopes_h = [-mp.npdf(p) * mp.erf(p * q / mp.sqrt(2)) / 2 for p, q in exact]
        slopes_a = [mp.exp(-p * p * (1 + q * q) / 2) / (2 * mp.pi * (1 + q * q)) for p, q in exact]
        assert worst_ulp(by_h, slopes_h, dtype) < 30
    keep = [i for i, s in enumerate(slopes_a) if s > 1e-30]  # its relative error grows with (h a)²
    scale = [1 + float((exact[i][0] * exact[i][1]) ** 2) for i in keep]
    for i, s in zip(keep, scale, strict=True):
        np.testing.assert_allclose(float(by_a[i]), float(slopes_a[i]), rtol=8 * s * float(np.finfo(dtype).eps))


def test_owens_t_at_its_ends():
    inf = jnp.inf
    h, a = jnp.array([0.0, 0.0, 1.0, inf, 0.0]), jnp.array([inf, 1.0, inf, 2.0, -inf])
    np.testing.assert_allclose(numerics.owens_t(h, a), [0.25, 0.125, 0.5 * 0.15865525, 0.0, -0.25], rtol=1e-6)
    by_h, by_a = gradients(numerics.owens_t, h, a)
    np.testing.assert_allclose(by_h, [0, 0, -0.5 * float(mp.npdf(1)), 0, 0], rtol=1e-6)
    np.testing.assert_allclose(by_a, [0, 0.25 / np.pi, 0, 0, 0], rtol=1e-6)


@DTYPES
@pytest.mark.parametrize("branch", [0, -1])
def test_lambert_w(branch, dtype, x64):
    rng = np.random.default_rng(2)
    near = -np.exp(-1) * (1 - 10 ** rng.uniform(-5, -0.01, 40))
    outer = -(10 ** rng.uniform(-20, -1, 20)) if branch else 10 ** rng.uniform(-10, 20, 40)
    x = np.concatenate([near, outer]).astype(dtype)
    exact = [mp.lambertw(v, branch).real for v in numbers(x)]
    assert worst_ulp(numerics.lambert_w(x, branch), exact, dtype) < 4
    slope = jax.vmap(jax.grad(lambda v: numerics.lambert_w(v, branch)))(x)
    condition = np.array([float(1 + abs(w / (1 + w) ** 2)) for w in exact])
    truth = np.array([float(mp.exp(-w) / (1 + w)) for w in exact])
    size = np.array([float(1 + abs(w)) for w in exact])
    assert (np.abs(np.asarray(slope) / truth - 1) < 8 * condition * size * np.finfo(dtype).eps).all()


def test_lambert_w_outside_its_domain_and_of_exponentials(x64):
    np.testing.assert_array_equal(numerics.lambert_w(jnp.array([-0.5, 0.0, jnp.inf])), [np.nan, 0, np.inf])
    np.testing.assert_array_equal(numerics.lambert_w(jnp.array([0.0, 0.1]), -1), [-np.inf, np.nan])
    np.testing.assert_allclose(numerics.lambert_w(jnp.array(-np.exp(-1.0))), -1.0)
    t = np.concatenate([np.linspace(-60, 1e3, 200), np.linspace(0.5, 3, 60)])  # the start is farthest off below 1
    w = np.asarray(numerics.lambert_w_exp(t))
    np.testing.assert_allclose(w[t > 0] + np.log(w[t > 0]), t[t > 0], rtol=1e-15)
    np.testing.assert_allclose(w[t < 0], [float(mp.lambertw(mp.exp(v)).real) for v in numbers(t[t < 0])], rtol=2e-14)
    assert numerics.lambert_w_exp(jnp.array(1e300)) == pytest.approx(1e300)
    (slope,) = gradients(numerics.lambert_w_exp, np.append(t, np.inf))
    np.testing.assert_allclose(slope, np.append(w / (1 + w), 1.0), rtol=1e-15)
    with pytest.raises(ValueError, match="branches 0 and -1"):
        numerics.lambert_w(jnp.array(1.0), 1)
