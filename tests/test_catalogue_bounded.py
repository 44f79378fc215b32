"""Laws on an interval beyond the common tests: 50-digit values, limits, special cases, edges."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import expectax as ex
from expectax import numerics


def exactly(*values):
    return [mpmath.mpf(float(v)) for v in values]


def close(got, want, ulp: float = 16, dtype: type = np.float64):
    """Every value within so many ulp of max(1, |value|)."""
    got, want = np.asarray(got), np.array([float(w) for w in np.ravel(want)])
    assert got.dtype == dtype
    error = np.abs(np.ravel(got).astype(np.float64) - want) / np.maximum(1.0, np.abs(want))
    assert (error <= ulp * np.finfo(dtype).eps).all(), (got, want)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: ex.AffineBeta(2.0, 3.0, 0.0, 1.0), lambda: ex.Beta(2.0, 3.0)),
        (lambda: ex.Bates(1), lambda: ex.Uniform()),
        (lambda: ex.Bates(2), lambda: ex.Triangular()),
        (lambda: ex.ContinuousBernoulli(probs=0.5), lambda: ex.Uniform()),
        (lambda: ex.Triangular(0.0, 1.0, 1.0), lambda: ex.Beta(2.0, 1.0)),
    ],
    ids=lambda make: type(make()).__name__,
)
def test_special_cases(one, other, x64):
    one, other = (jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), make()) for make in (one, other))
    x, p = np.array([0.01, 0.3, 0.7, 0.99]), np.array([0.0, 1e-3, 0.4, 0.9, 1.0])
    for method in ("log_prob", "log_cdf", "log_sf"):
        np.testing.assert_allclose(getattr(one, method)(x), getattr(other, method)(x), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(one.quantile(p), other.quantile(p), rtol=1e-11)
    for moment in ("mean", "variance", "entropy"):
        if one._has(f"_{moment}"):
            np.testing.assert_allclose(getattr(one, moment)(), getattr(other, moment)(), rtol=1e-12, atol=1e-14)


# --- Bates ---


def irwin_hall(z, n, power):
    """The textbook's alternating sum for F (power n) and f (n - 1), in enough digits."""
    with mpmath.workdps(60 + 2 * n):
        terms = ((-1) ** k * mpmath.binomial(n, k) * (z - k) ** power for k in range(int(z) + 1))
        return mpmath.log(mpmath.fsum(terms) / mpmath.factorial(power))


@pytest.mark.parametrize("n", [1, 3, 40, 41, 150])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sum_of_uniforms(n, dtype, x64):
    z = np.array([0.04, 0.2, 0.4, 0.49, 0.5], dtype) * dtype(n)
    exact = exactly(*z)
    for got, power in ((numerics.irwin_hall_log_density(z, n), n - 1), (numerics.irwin_hall_log_cdf(z, n), n)):
        want = [irwin_hall(v, n, power) for v in exact]
        # z ∂/∂z is n at most near 0, and n (½ - z/n) · 6 in the middle
        close(got, want, 4 + 0.5 * n, dtype)


@pytest.mark.parametrize("n", [3, 50, 10_000])
def test_bates_quantile_and_normal_limit(n, x64):
    dist = ex.Bates(n, np.float64(-1.0), np.float64(3.0))
    p = np.array([1e-9, 0.2, 0.5, 0.8, 1 - 1e-9])
    np.testing.assert_allclose(dist.cdf(dist.quantile(p)), p, rtol=1e-10)
    if n == 10_000:
        z = np.array([-2.0, 0.0, 1.0])
        normal = ex.Normal(dist.mean(), dist.stddev())
        # Edgeworth's first term: the excess kurtosis is -1.2/n
        edgeworth = 1 - 1.2 / n / 24 * (z**4 - 6 * z**2 + 3)
        x = np.asarray(dist.mean() + z * dist.stddev())
        np.testing.assert_allclose(dist.prob(x) / normal.prob(x), edgeworth, rtol=1e-8)


def test_bates_slope_is_the_density(x64):
    for n in (5, 60):
        dist = ex.Bates(n, np.float64(0.0), np.float64(1.0))
        x = np.array([0.15, 0.45, 0.8])
        np.testing.assert_allclose(jax.vmap(jax.grad(dist.cdf))(x), dist.prob(x), rtol=1e-11)
        step = 1e-6
        slope = (dist.log_prob(x + step) - dist.log_prob(x - step)) / (2 * step)
        np.testing.assert_allclose(jax.vmap(jax.grad(dist.log_prob))(x), slope, rtol=1e-6)


# --- ContinuousBernoulli ---


def test_continuous_bernoulli_through_one_half(x64):
    fn = lambda eta: ex.ContinuousBernoulli(logits=eta).log_prob(0.8)  # noqa: E731
    # η (x - ½) - log(sinh(η/2)/(η/2)), whose series begins with η²/24
    for want in (0.0, 0.3, -1 / 12):
        np.testing.assert_allclose(fn(0.0), want, rtol=1e-13, atol=1e-15)
        fn = jax.grad(fn)
    slope = jax.grad(lambda p: ex.ContinuousBernoulli(probs=p).log_prob(0.8))(0.5)
    np.testing.assert_allclose(slope, 4 * 0.3, rtol=1e-13)
    np.testing.assert_allclose(
        jax.grad(lambda e: ex.ContinuousBernoulli(logits=e).quantile(0.3))(0.0), 0.105, rtol=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_continuous_bernoulli_at_every_steepness(dtype, x64):
    eta = np.array([-1e3, -3.0, -0.9, 1e-4, 0.5, 2.5, 61.0], dtype)
    dist = ex.ContinuousBernoulli(logits=eta)
    exact = exactly(*eta)
    log_c = [mpmath.log(e / mpmath.expm1(e)) for e in exact]
    mean = [1 / (1 - mpmath.exp(-e)) - 1 / e for e in exact]
    np.testing.assert_allclose(dist.mean(), [float(m) for m in mean], rtol=4 * np.finfo(dtype).eps)
    variance = [1 / e**2 - 1 / (4 * mpmath.sinh(e / 2) ** 2) for e in exact]
    np.testing.assert_allclose(dist.variance(), [float(v) for v in variance], rtol=8 * np.finfo(dtype).eps)
    close(dist.entropy(), [-(c + e * m) for c, e, m in zip(log_c, exact, mean, strict=True)], 4, dtype)
    for p in (dtype(1e-5), dtype(0.3), dtype(0.7), dtype(0.999)):
        want = [mpmath.log1p(mpmath.mpf(float(p)) * mpmath.expm1(e)) / e for e in exact]
        np.testing.assert_allclose(dist.quantile(p), [float(w) for w in want], rtol=16 * np.finfo(dtype).eps)
    assert (np.asarray(dist.log_cdf(dtype(0.999))) <= 0).all()


# --- Ends and peaks ---


def test_log_uniform_variance_of_a_narrow_interval(x64):
    low, high = np.float64(1.0), np.float64(1.001)
    (h,) = exactly(high)
    width = mpmath.log(h)
    want = (h * h - 1) / (2 * width) - ((h - 1) / width) ** 2
    np.testing.assert_allclose(ex.LogUniform(low, high).variance(), float(want), rtol=4e-13)  # h/(h - l) ulp of h


def test_a_narrow_interval_far_from_zero_keeps_the_beta_kernel():
    dist = ex.AffineBeta(1.0, 1.0, 100.0, 0.125)
    x = np.array([100.01, 100.05, 100.12], np.float32)
    np.testing.assert_allclose(dist.log_prob(x), np.log(8.0), rtol=1e-6)


@pytest.mark.parametrize("make", [lambda m: ex.Triangular(0.0, 1.0, m), lambda m: ex.PERT(0.0, m, 1.0)])
def test_the_peak_lies_between_the_ends(make):
    with pytest.raises(ValueError, match="peak: expected a number in"):
        make(1.5)
    assert np.isnan(jax.jit(lambda m: make(m).log_prob(0.5))(1.5))
    for peak in (0.0, 1.0):
        dist = make(peak)
        assert dist.mode() == peak
        assert np.isfinite(dist.log_prob(0.5))
        slopes = jax.grad(lambda d: d.log_prob(0.5))(dist)
        assert np.isfinite(jax.tree.leaves(slopes)).all()


@pytest.mark.parametrize(
    "make",
    [lambda: ex.LogUniform(2.0, 1.0), lambda: ex.Bates(2, 1.0, 1.0), lambda: ex.PERT(1.0, 0.5, 0.0)],
)
def test_an_empty_interval_is_an_error(make):
    with pytest.raises(ValueError, match="a number > low"):
        make()


@pytest.mark.parametrize("count", [0, 2.5, True])
def test_bates_counts_its_uniforms(count):
    with pytest.raises(ValueError, match="total_count: expected a positive integer"):
        ex.Bates(count)


@pytest.mark.parametrize(
    ("dist", "low", "high"),
    [
        (ex.AffineBeta(1.0, 0.5, -1.0, 2.0), np.log(0.25), np.inf),
        (ex.Bates(3, -1.0, 1.0), -np.inf, -np.inf),
        (ex.ContinuousBernoulli(logits=0.0), 0.0, 0.0),
        (ex.LogUniform(1.0, np.e), 0.0, -1.0),
        (ex.Triangular(-1.0, 1.0, -1.0), 0.0, -np.inf),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, ex.AbstractDistribution) else "",
)
def test_density_at_the_ends(dist, low, high):
    ends = dist.support.bounds
    np.testing.assert_allclose([dist.log_prob(e) for e in ends], [low, high], rtol=1e-6, atol=1e-6)
    for x in (*ends, -5.0, np.inf):
        slopes = jax.grad(lambda d, x=x: d.log_prob(x))(dist)
        assert not any(np.isnan(v) for v in jax.tree.leaves(slopes)), x
