"""Laws on the positive half line beyond the common tests: 50-digit values, limits, special cases, edges."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import expectax as ex
from expectax import numerics

LOG = mpmath.log


def close(got, want, ulp: float = 16, dtype: type = np.float64):
    """Every value within so many ulp of max(1, |value|)."""
    got, want = np.asarray(got), np.array([float(w) for w in np.ravel(want)])
    assert got.dtype == dtype
    error = np.abs(np.ravel(got).astype(np.float64) - want) / np.maximum(1.0, np.abs(want))
    assert (error <= ulp * np.finfo(dtype).eps).all(), (got, want)


def exactly(*values):
    return [mpmath.mpf(float(v)) for v in values]


# --- Special cases of one another ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: ex.Chi2(2.0), lambda: ex.Exponential(0.5)),
        (lambda: ex.Chi(1.0), lambda: ex.HalfNormal(1.0)),
        (lambda: ex.Chi(2.0), lambda: ex.Rayleigh(1.0)),
        (lambda: ex.GeneralizedExtremeValue(3.0, 1.0, 0.5), lambda: ex.Frechet(2.0, 1.0, 2.0)),
        (lambda: ex.GeneralizedExtremeValue(1.0, 2.0, 0.0), lambda: ex.Gumbel(1.0, 2.0)),
        (lambda: ex.GeneralizedPareto(0.0, 2.0, 0.0), lambda: ex.Exponential(0.5)),
        (lambda: ex.GeneralizedPareto(1.0, 2.0, -1.0), lambda: ex.Uniform(1.0, 3.0)),
        (lambda: ex.NoncentralChi2(3.0, 0.0), lambda: ex.Chi2(3.0)),
        (lambda: ex.Rayleigh(2.0), lambda: ex.Weibull(2.0, 8.0**0.5)),
    ],
    ids=lambda make: type(make()).__name__,
)
def test_special_cases(one, other, x64):
    one, other = (jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), make()) for make in (one, other))
    x = np.array([1.1, 1.7, 2.9])
    for method in ("log_prob", "log_cdf", "log_sf"):
        np.testing.assert_allclose(getattr(one, method)(x), getattr(other, method)(x), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(one.quantile(np.array([1e-3, 0.4, 0.9])), other.quantile(np.array([1e-3, 0.4, 0.9])))
    for moment in ("mean", "variance", "entropy"):
        if one._has(f"_{moment}"):
            np.testing.assert_allclose(getattr(one, moment)(), getattr(other, moment)(), rtol=1e-12)


# --- Gamma's kin ---


def test_small_shapes_in_log_space(key):
    data = jax.random.key_data(key)

    def total(a):
        key = jax.random.wrap_key_data(data)
        log_x, log_rest = ex.Beta(a, 2 * a).sample_log(key, (1000,))
        return ex.Gamma(a).sample_log(jax.random.fold_in(key, 1), (1000,)).sum() + (log_x + log_rest).sum()

    value, slope = jax.value_and_grad(total)(jnp.float32(1e-4))
    assert np.isfinite([value, slope]).all()
    draws = np.asarray(ex.Gamma(1e-4).sample_log(jax.random.fold_in(jax.random.wrap_key_data(data), 2), (4000,)))
    # -1e-4 log X is nearly Exponential(1): its mean within 6 standard errors
    assert abs(-1e-4 * draws.mean() - 1) < 6 / 4000**0.5
    assert ex.Dirichlet(np.full((2, 3), 1e-4, np.float32)).sample_log(key, (5,)).shape == (5, 2, 3)


def test_log_of_a_draw_is_the_draw_of_the_log(key):
    draw = ex.Gamma(2.5, 3.0).sample(key, (7,))
    np.testing.assert_allclose(jnp.log(draw), ex.Gamma(2.5, 3.0).sample_log(jax.random.clone(key), (7,)), rtol=1e-5)


def test_exp_gamma_far_below(x64):
    a, x = np.array([1e-4, 1e-4, 3.0, 3.0]), np.array([-1e4, -800.0, -800.0, 2.0])
    dist = ex.ExpGamma(a)
    exact = [exactly(*pair) for pair in zip(a, x, strict=True)]
    close(dist.log_prob(x), [a * x - mpmath.exp(x) - mpmath.loggamma(a) for a, x in exact])
    # the first terms of the series: P(a, m) = m^a/Γ(a + 1) (1 - m a/(a + 1) + ...)
    series = [mpmath.hyp1f1(a, a + 1, -mpmath.exp(x)) for a, x in exact]
    close(dist.log_cdf(x), [a * x - mpmath.loggamma(a + 1) + LOG(s) for (a, x), s in zip(exact, series, strict=True)])
    np.testing.assert_allclose(dist.quantile(dist.cdf(x)), np.where(dist.cdf(x) > 0, x, -np.inf), rtol=1e-12)


def test_chi_where_the_square_underflows_and_where_the_variance_cancels(x64):
    x, a = np.float32(1e-30), mpmath.mpf(float(np.float32(0.05))) / 2
    square = mpmath.mpf(float(x)) ** 2 / 2
    close(ex.Chi(np.float32(0.05)).log_cdf(x), LOG(mpmath.gammainc(a, 0, square, regularized=True)), 16, np.float32)
    df = np.array([1e-3, 1.0, 30.0, 1e6])
    ratio = [2 * (mpmath.gamma((v + 1) / 2) / mpmath.gamma(v / 2)) ** 2 for v in exactly(*df)]
    close(ex.Chi(df).variance(), [v - r for v, r in zip(exactly(*df), ratio, strict=True)])


def test_noncentral_chi2(x64):
    df, noncentrality, x = np.array([0.5, 3.0, 3.0]), np.array([2.0, 50.0, 1e-3]), np.array([0.01, 20.0, 30.0])
    dist = ex.NoncentralChi2(df, noncentrality)
    want = [
        -LOG(2) - (x + n) / 2 + (k / 4 - 0.5) * LOG(x / n) + LOG(mpmath.besseli(k / 2 - 1, mpmath.sqrt(n * x)))
        for k, n, x in (exactly(*row) for row in zip(df, noncentrality, x, strict=True))
    ]
    close(dist.log_prob(x), want, 64)
    p = np.array([1e-6, 0.4, 1 - 1e-6])
    np.testing.assert_allclose(dist.cdf(dist.quantile(p)), p, rtol=1e-11)


# --- A tail index ---


@pytest.mark.parametrize("family", [ex.GeneralizedPareto, ex.GeneralizedExtremeValue])
def test_derivatives_through_a_tail_index_of_zero(family, x64):
    def exact(xi):
        y = mpmath.log1p(xi * mpmath.mpf("1.3")) / xi if xi else mpmath.mpf("1.3")
        return -(1 + xi) * y - (mpmath.exp(-y) if family is ex.GeneralizedExtremeValue else 0)

    fn = lambda xi: family(0.0, 1.0, xi).log_prob(1.3)  # noqa: E731
    at = mpmath.mpf("1e-12")
    for order in range(4):
        for xi in (0.0, 1e-12):
            np.testing.assert_allclose(fn(xi), float(mpmath.diff(exact, at, order)), rtol=1e-10)
        fn = jax.grad(fn)


def test_moments_through_a_tail_index_of_zero(x64):
    xi = np.array([-3.0, -0.3, -0.2, -1e-7, 0.0, 1e-7, 0.2, 0.3, 0.45])
    dist = ex.GeneralizedExtremeValue(0.0, 1.0, xi)
    once = [mpmath.gamma(1 - v) for v in exactly(*xi)]
    twice = [mpmath.gamma(1 - 2 * v) for v in exactly(*xi)]
    mean = [(g - 1) / v if v else mpmath.euler for g, v in zip(once, exactly(*xi), strict=True)]
    variance = [
        (h - g * g) / v**2 if v else mpmath.pi**2 / 6 for g, h, v in zip(once, twice, exactly(*xi), strict=True)
    ]
    close(dist.mean(), mean)
    close(dist.variance(), variance)
    heavy = ex.GeneralizedExtremeValue(0.0, 1.0, np.array([0.5, 0.75, 1.0]))
    np.testing.assert_array_equal(heavy.variance(), [np.inf, np.inf, np.nan])
    assert heavy.mean()[2] == np.inf


def test_far_upper_tails(x64):
    for dtype in (np.float32, np.float64):
        close(ex.Frechet(dtype(100.0)).log_sf(dtype(1000.0)), -100 * LOG(1000), 16, dtype)
        close(ex.GeneralizedExtremeValue(dtype(0.0), dtype(1.0), dtype(0.0)).log_sf(dtype(900.0)), -900, 16, dtype)


# --- Closed forms, against quadrature ---


def test_gompertz_moments(x64):
    c = np.array([1e-8, 0.5, 1.5, 30.0])
    means, variances = [], []
    for v in exactly(*c):
        survive = lambda t, v=v: mpmath.exp(-v * mpmath.expm1(t))  # noqa: E731
        ends = [0, 1 / (1 + v), mpmath.log1p(1 / v), mpmath.log1p(200 / v)]
        means.append(mpmath.exp(v) * mpmath.e1(v))
        variances.append(2 * mpmath.quad(lambda t, s=survive: t * s(t), ends) - means[-1] ** 2)
    close(ex.Gompertz(c).mean(), means)
    close(ex.Gompertz(c).variance(), variances, 64)
    slopes = [m - 1 / v for m, v in zip(means, exactly(*c), strict=True)]
    np.testing.assert_allclose(jax.vmap(jax.grad(numerics.scaled_expint))(c), [float(s) for s in slopes], rtol=1e-13)


def test_levy_moves_with_its_parameters(key, x64):
    """x = μ + c/ε²; differences of a distribution function so near 1 would see rounding only."""
    data = jax.random.key_data(key)

    def draw(loc, scale):
        return ex.Levy(loc, scale).sample(jax.random.wrap_key_data(data), (20,))

    one, zero = jnp.float64(1.0), jnp.float64(0.0)
    x, by_loc = jax.jvp(draw, (one, 2 * one), (one, zero))
    np.testing.assert_array_equal(by_loc, 1.0)
    np.testing.assert_allclose(jax.jvp(draw, (one, 2 * one), (zero, one))[1], (x - 1) / 2, rtol=1e-12)


def test_levy(x64):
    x = np.array([0.6, 2.0, 1e6])
    distance = [v - mpmath.mpf("0.5") for v in exactly(*x)]
    dist = ex.Levy(np.float64(0.5), np.float64(2.0))
    close(dist.log_prob(x), [-LOG(mpmath.pi) / 2 - 1.5 * LOG(d) - 1 / d for d in distance])
    close(dist.log_cdf(x), [LOG(mpmath.erfc(1 / mpmath.sqrt(d))) for d in distance])
    close(dist.log_sf(x), [LOG(mpmath.erf(1 / mpmath.sqrt(d))) for d in distance])
    p = np.array([1e-12, 0.3, 0.7, 1 - 1e-12])
    np.testing.assert_allclose(dist.cdf(dist.quantile(p)), p, rtol=1e-12)
    np.testing.assert_allclose(dist.sf(dist.quantile(p)), 1 - p, rtol=1e-10)
    assert np.asarray(dist.mean()) == np.inf
    assert np.isnan(dist.variance())


@pytest.mark.parametrize("ratio", [1e-4, 1.0, 300.0])
def test_inverse_gaussian(ratio, x64):
    dist = ex.InverseGaussian(np.float64(2.0), np.float64(2 * ratio))
    p = np.array([1e-9, 0.2, 0.5, 0.9, 0.9999])
    x = dist.quantile(p)
    with mpmath.workdps(60 + int(2 * ratio)):
        m, c = exactly(2.0, 2 * ratio)
        cdf = []
        for v in exactly(*x):
            root = mpmath.sqrt(c / v)
            cdf.append(mpmath.ncdf(root * (v / m - 1)) + mpmath.exp(2 * c / m) * mpmath.ncdf(-root * (v / m + 1)))
        condition = np.maximum(1.0, np.asarray(x * dist.prob(x)) / np.minimum(p, 1 - p))
        for got, want in ((dist.log_cdf(x), cdf), (dist.log_sf(x), [1 - v for v in cdf])):
            error = np.abs(np.asarray(got) - [float(LOG(v)) for v in want])
            assert (error <= 32 * np.finfo(np.float64).eps * np.maximum(condition, -np.log(1e-9))).all()
    np.testing.assert_allclose([float(v) for v in cdf], p, rtol=1e-11)


def test_inverse_gaussian_entropy(x64):
    def density(u):
        x = mpmath.exp(u)
        return mpmath.sqrt(3 / (2 * mpmath.pi * x**3)) * mpmath.exp(-3 * (x - 2) ** 2 / (8 * x))

    ends = [-6, -2, -1, 0, 1, 2, 3, 5]
    want = -mpmath.quad(lambda u: mpmath.exp(u) * density(u) * LOG(density(u)), ends)
    close(ex.InverseGaussian(np.float64(2.0), np.float64(3.0)).entropy(), want)


# --- Edges ---


@pytest.mark.parametrize(
    ("dist", "edge", "want"),
    [
        (ex.Chi(0.5), 0.0, np.inf),
        (ex.Chi(3.0), 0.0, -np.inf),
        (ex.Chi2(2.0), 0.0, np.log(0.5)),
        (ex.Frechet(2.0), 0.0, -np.inf),
        (ex.GeneralizedExtremeValue(0.0, 1.0, -0.5), 2.0, -np.inf),
        (ex.GeneralizedExtremeValue(0.0, 1.0, 0.5), -2.0, -np.inf),
        (ex.GeneralizedPareto(0.0, 2.0, -1.0), 2.0, np.log(0.5)),
        (ex.GeneralizedPareto(0.0, 1.0, -2.0), 0.5, np.inf),
        (ex.InverseGaussian(1.0, 1.0), 0.0, -np.inf),
        (ex.Levy(0.0, 1.0), 0.0, -np.inf),
        (ex.NoncentralChi2(2.0, 3.0), 0.0, -1.5 + np.log(0.5)),
        (ex.Rayleigh(1.0), 0.0, -np.inf),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, ex.AbstractDistribution) else "",
)
def test_density_at_the_edge(dist, edge, want):
    np.testing.assert_allclose(dist.log_prob(edge), want, rtol=1e-6)
    for x in (edge, np.inf, -1e30):
        slopes = jax.grad(lambda d, x=x: d.log_prob(x))(dist)
        assert not any(np.isnan(v) for v in jax.tree.leaves(slopes)), x
    assert {float(dist.cdf(-np.inf)), float(dist.cdf(np.inf))} == {0.0, 1.0}
    assert dist.log_prob(np.inf) == -np.inf
