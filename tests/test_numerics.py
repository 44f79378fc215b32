"""Numerical helpers against mpmath, and their derivatives of every order against differences."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import special, stats

import expectax as ex
from expectax import numerics

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
pytestmark = pytest.mark.numbers


def worst(got, expected, dtype, scale=1.0):
    """Largest error in units of roundoff of max(scale, |expected|)."""
    got = np.asarray(got, np.float64)
    expected = np.array([float(e) for e in expected])
    return float(np.max(np.abs(got - expected) / np.maximum(scale, np.abs(expected))) / np.finfo(dtype).eps)


def spread(low, high, count, dtype):
    return np.geomspace(low, high, count).astype(dtype)


def exact(fn, *arrays):
    # mpmath leaves an imaginary part of rounding size in some incomplete beta functions
    return [mpmath.re(fn(*(mpmath.mpf(float(v)) for v in values))) for values in zip(*arrays, strict=True)]


@DTYPES
def test_log1p(dtype, x64):
    x = np.concatenate([-spread(1e-6, 0.999, 300, dtype), spread(1e-6, 1e6, 300, dtype)])
    assert worst(numerics.log1p(x), exact(mpmath.log1p, x), dtype, scale=0) < 3


@DTYPES
def test_log1mexp(dtype, x64):
    x = -spread(1e-5, 50, 300, dtype)
    assert worst(numerics.log1mexp(x), exact(lambda v: mpmath.log(-mpmath.expm1(v)), x), dtype, scale=0) < 4
    assert numerics.log1mexp(jnp.zeros((), dtype)) == -np.inf


@DTYPES
def test_log1p_over_and_expm1_rest(dtype, x64):
    x = spread(1e-8, 1e3, 300, dtype)
    assert worst(numerics.log1p_over(x), exact(lambda v: mpmath.log1p(v) / v, x), dtype, scale=0) < 4
    slope = jax.vmap(jax.grad(numerics.log1p_over))(x[x < 1])
    truth = exact(lambda v: (v / (1 + v) - mpmath.log1p(v)) / v**2, x[x < 1])
    assert worst(slope, truth, dtype, scale=0) < 40
    y = np.concatenate([-x[x < 20], x[x < 20]])
    assert worst(numerics.expm1_rest(y), exact(lambda v: mpmath.expm1(v) - v, y), dtype, scale=0) < 8


@DTYPES
def test_stirling_error(dtype, x64):
    a = spread(1e-3, 1e8, 200, dtype)

    def truth(v):
        return mpmath.loggamma(v) - ((v - 0.5) * mpmath.log(v) - v + 0.5 * mpmath.log(2 * mpmath.pi))

    assert worst(numerics.stirling_error(a), exact(truth, a), dtype) < 8
    slope = exact(lambda v: mpmath.digamma(v) - mpmath.log(v) + 1 / (2 * v), a)
    assert worst(numerics.stirling_slope(a) * a, [s * float(v) for s, v in zip(slope, a, strict=True)], dtype) < 20
    assert numerics.stirling_error(jnp.asarray(jnp.inf, dtype)) == 0


@DTYPES
def test_deviance_near_and_far_from_its_zero(dtype, x64):
    m = spread(1e-3, 1e6, 200, dtype)
    for factor in (1 + 1e-3, 0.95, 0.6, 3.0, 1e-4):
        x = (m * dtype(factor)).astype(dtype)
        expected = exact(lambda x, m: x * mpmath.log(x / m) + m - x, x, m)
        assert worst(numerics.deviance(x, m), expected, dtype, scale=0) < 30, factor
        slope = jax.vmap(jax.grad(numerics.deviance))(x, m)
        assert worst(slope, exact(lambda x, m: mpmath.log(x / m), x, m), dtype, scale=0) < 4, factor


@DTYPES
def test_gamma_kernel_and_beta(dtype, x64):
    a = spread(1e-2, 1e7, 200, dtype)
    m = (a * np.linspace(0.98, 1.02, 200)).astype(dtype)
    expected = exact(lambda a, m: a * mpmath.log(m) - m - mpmath.loggamma(a), a, m)
    scale = 1 + np.abs(a - m).astype(np.float64)  # what a rounding of m does
    assert (
        worst(
            np.asarray(numerics.log_gamma_kernel(a, m), np.float64) / scale,
            [e / s for e, s in zip(expected, scale, strict=True)],
            dtype,
        )
        < 16
    )
    b = a[::-1].copy()
    log_beta = exact(lambda a, b: mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b), a, b)
    assert worst(numerics.log_beta(a, b), log_beta, dtype) < 16


@pytest.mark.parametrize(
    ("fn", "sign", "scale", "x"),
    [
        (numerics.gamma_log_density, 1, 1e-20, 1e-30),
        (numerics.gamma_log_density, 1, 1e30, 1e-30),
        (numerics.inverse_gamma_log_density, -1, 1e-20, 1e30),
        (numerics.inverse_gamma_log_density, -1, 1e-10, 1e-12),
    ],
)
def test_gamma_densities_where_the_argument_is_no_normal_number_and_where_it_is(fn, sign, scale, x):
    point = (2.5, scale, x)
    value, slopes = jax.value_and_grad(fn, (0, 1, 2))(*map(jnp.float32, point))
    a, scale, x = (mpmath.mpf(float(np.float32(v))) for v in point)
    m = scale * x**sign
    log_m = mpmath.log(scale) + sign * mpmath.log(x)
    truth = [
        a * log_m - m - mpmath.loggamma(a) - mpmath.log(x),
        log_m - mpmath.digamma(a),
        (a - m) / scale,
        (sign * (a - m) - 1) / x,
    ]
    np.testing.assert_allclose([value, *slopes], [float(t) for t in truth], rtol=1e-6)


def test_gamma_density_where_the_product_overflows():
    slopes = jax.grad(numerics.gamma_log_density, (0, 1, 2))(*map(jnp.float32, (2.5, 1e20, 1e20)))
    np.testing.assert_allclose(slopes, [np.log(1e40) - special.digamma(2.5), -1e20, -1e20], rtol=1e-6)


@pytest.mark.parametrize("rate", [2.0, 1e30])
def test_slopes_of_the_gamma_density_at_zero(rate):
    value, slopes = jax.value_and_grad(numerics.gamma_log_density, (0, 1, 2))(*map(jnp.float32, (1.0, rate, 0.0)))
    np.testing.assert_allclose([value, *slopes], [np.log(rate), -np.inf, 1 / rate, -rate], rtol=1e-6)


def test_beta_density_and_its_slopes_at_its_ends():
    at = lambda *point: jax.value_and_grad(numerics.beta_log_density, (0, 1, 2))(*map(jnp.float32, point))  # noqa: E731
    for point, truth in [
        ((1.0, 4.0, 0.0), (np.log(4), -np.inf, 0.25, -3.0)),
        ((4.0, 1.0, 1.0), (np.log(4), 0.25, -np.inf, 3.0)),
        ((2.0, 3.0, 0.0), (-np.inf, -np.inf, 7 / 12, np.inf)),
        ((2.0, 0.5, 1.0), (np.inf, special.digamma(2.5) - special.digamma(2.0), -np.inf, np.inf)),
    ]:
        value, slopes = at(*point)
        np.testing.assert_allclose([value, *slopes], truth, rtol=1e-6)


@pytest.mark.parametrize("family", [ex.Gamma, ex.InverseGamma, ex.Beta])
@pytest.mark.parametrize("x", [-1.0, 0.0, 0.5, 1.0])
def test_no_value_hides_a_bad_parameter_of_a_gamma_density(family, x):
    density = jax.jit(lambda a, b: family(a, b).log_prob(x))
    for point in [(np.nan, 1.0), (1.0, np.nan), (0.5, np.nan), (-1.0, 1.0), (2.0, -1.0)]:
        assert np.isnan(density(*point)), point


@pytest.mark.parametrize("a", [0.3, 1.0, 4.0])
@pytest.mark.parametrize(
    "fn",
    [
        numerics.gamma_log_density,
        numerics.inverse_gamma_log_density,
        numerics.beta_log_density,
        lambda a, b, x: numerics.student_t_log_prob(a, 1 - x, x, b),
    ],
)
def test_densities_have_second_derivatives(fn, a, x64):
    point, step = np.array([a, 1.5, 0.4]), 1e-5
    gradient = jax.jit(jax.grad(lambda p: fn(*p)))
    columns = [(gradient(point + step * e) - gradient(point - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(jax.jit(jax.jacfwd(gradient))(point), np.array(columns), rtol=1e-6, atol=1e-8)
    value = jax.jit(lambda p: fn(*p))
    first = [(value(point + step * e) - value(point - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(gradient(point), first, rtol=1e-6, atol=1e-8)


@DTYPES
def test_log_gamma1p_is_relative_to_its_argument(dtype, x64):
    a = spread(1e-12, 1, 200, dtype)
    expected = exact(lambda v: mpmath.loggamma(1 + v) / v, a)
    assert worst(np.asarray(numerics.log_gamma1p(a)) / a, expected, dtype) < 8


@DTYPES
def test_incomplete_gamma_in_both_tails(dtype, x64):
    rng = np.random.default_rng(1)
    a = np.exp(rng.uniform(np.log(1e-3), np.log(1e4), 60)).astype(dtype)
    x = np.maximum(np.abs(a * np.exp(rng.uniform(-6, 6, 60) / np.sqrt(np.maximum(a, 0.3)))), 1e-20).astype(dtype)
    lower = exact(lambda a, x: mpmath.log(mpmath.gammainc(a, 0, x, regularized=True)), a, x)
    upper = exact(lambda a, x: mpmath.log(mpmath.gammainc(a, x, mpmath.inf, regularized=True)), a, x)
    assert worst(numerics.log_gammainc(a, x), lower, dtype) < 64
    assert worst(numerics.log_gammaincc(a, x), upper, dtype) < 64


@DTYPES
def test_incomplete_gamma_on_both_sides_of_its_switches(dtype, x64):
    """Series to integral at a = 1 and 2, upper to lower tail at max(a, 1): all digits of both tails and of the slope."""
    shapes = (1e-3, 0.05, 0.3, 0.95, 1.05, 1.5, 1.95, 2.05, 3.0, 15.5, 40.0, 200.0)
    points = [(a, max(a, 1) * f) for a in shapes for f in (0.05, 0.5, 0.9, 0.99, 1.01, 1.3, 1.9, 2.9)]
    a, x = np.array(points, np.float32).astype(dtype).T
    tail = lambda a, *ends: mpmath.gammainc(a, *ends, regularized=True)  # noqa: E731
    lower, upper = exact(lambda a, x: tail(a, 0, x), a, x), exact(lambda a, x: tail(a, x), a, x)
    assert worst(numerics.log_gammainc(a, x), map(mpmath.log, lower), dtype) < 10
    assert worst(numerics.log_gammaincc(a, x), map(mpmath.log, upper), dtype) < 10
    density = lambda a, x: mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a))  # noqa: E731
    change = lambda a, x: mpmath.diff(lambda t: -tail(t, 0, x) if x < a else tail(t, x), a)  # noqa: E731
    slope = exact(lambda a, x: change(a, x) / density(a, x), a, x)
    assert worst(numerics.log_gamma_slope(a, x, np.log(x)), slope, dtype, scale=0) < 10


@DTYPES
@pytest.mark.parametrize("a", [0.5, 1.0, 2.5, 40.0])
def test_incomplete_gamma_at_its_ends(a, dtype, x64):
    """Outside (0, ∞) both are constant: derivatives 0, not those of a logarithm of 0."""
    shape, ends = np.full(2, a, dtype), np.array([0.0, np.inf], dtype)
    for fn, values in ((numerics.log_gammainc, [-np.inf, 0]), (numerics.log_gammaincc, [0, -np.inf])):
        value, slopes = jax.vmap(jax.value_and_grad(fn, (0, 1)))(shape, ends)
        np.testing.assert_array_equal(value, values)
        np.testing.assert_array_equal(slopes, np.zeros((2, 2)))


@DTYPES
def test_incomplete_beta_in_both_tails(dtype, x64):
    rng = np.random.default_rng(2)
    a, b = (np.exp(rng.uniform(np.log(0.05), np.log(300), 40)).astype(dtype) for _ in range(2))
    x = (rng.integers(20, 1000, 40) / 1024).astype(dtype)  # 1 - x is exact
    lower = exact(lambda a, b, x: mpmath.log(mpmath.betainc(a, b, 0, x, regularized=True)), a, b, x)
    # the other tail by symmetry: mpmath's own difference of the two loses all digits
    upper = exact(lambda a, b, x: mpmath.log(mpmath.betainc(b, a, 0, 1 - x, regularized=True)), a, b, x)
    assert worst(numerics.log_betainc(a, b, x, 1 - x), lower, dtype, scale=1) < 200
    assert worst(numerics.log_betainc(b, a, 1 - x, x), upper, dtype, scale=1) < 200


@DTYPES
def test_incomplete_beta_on_both_sides_of_its_switches(dtype, x64):
    """Power series, continued fraction and integral; lane by lane: a batch takes as many terms as any lane needs."""
    points = [(4000, 450, 0.9), (450, 4000, 0.1), (550, 0.3, 0.998), (0.3, 450, 0.0025), (90, 1e-4, 0.99), (7, 0.04, 0.5),
              (2.5, 450, 0.0022), (3500, 0.96, 0.9998), (0.3, 0.96, 0.14), (0.96, 1.05, 0.16), (7, 90, 0.0642), (90, 7, 0.92),
              (550, 450, 0.55), (550, 450, 0.49), (600, 700, 0.45), (4000, 4000, 0.5), (3e4, 90, 0.9971)]  # fmt: skip
    a, b, x = np.array(points).T
    a, b, x = np.float32(a).astype(dtype), np.float32(b).astype(dtype), (np.round(x * 4096) / 4096).astype(dtype)

    def logs(a, b, x):
        """(log I, log(1 - I)), the smaller by a series of positive terms (DLMF 8.17.8)."""
        if x * (a + b) > a:
            return logs(b, a, 1 - x)[::-1]
        value = a * mpmath.log(x) + b * mpmath.log1p(-x) - mpmath.log(a * mpmath.beta(a, b))
        value += mpmath.log(mpmath.hyp2f1(a + b, 1, a + 1, x))
        return value, mpmath.log1p(-mpmath.exp(value))

    lane_by_lane = jax.jit(lambda *lanes: jax.lax.map(lambda lane: numerics.log_betainc(*lane), lanes))
    scale = np.maximum(1, np.abs(a * (1 - x) - b * x).astype(np.float64))
    truth = [logs(*map(mpmath.mpf, map(float, row))) for row in zip(a, b, x, strict=True)]
    for side, args in enumerate(((a, b, x, 1 - x), (b, a, 1 - x, x))):
        got = np.asarray(lane_by_lane(*args), np.float64) / scale
        assert worst(got, [t[side] / s for t, s in zip(truth, scale, strict=True)], dtype) < 10


@DTYPES
def test_student_t_tails(dtype, x64):
    df = np.repeat(np.array([0.3, 1, 2.5, 10, 50, 1e4]), 12).astype(dtype)
    z = np.tile(np.array([-1e10, -1e4, -100, -10, -3, -1, -0.1, 0.1, 1, 3, 10, 1e4]), 6).astype(dtype)

    def truth(v, t):
        tail = mpmath.betainc(v / 2, 0.5, 0, v / (v + t * t), regularized=True) / 2
        return mpmath.log(tail) if t < 0 else mpmath.log1p(-tail)

    assert worst(numerics.student_t_log_cdf(df, z), exact(truth, df, z), dtype) < 64


def far_tail(t):
    """log P(T > t) = log(x^(ν/2) / (ν B(ν/2, ½))), x = ν/t², as a function of ν, to 1/t²."""
    return lambda v: v / 2 * mpmath.log(v / t**2) - mpmath.log(v * mpmath.beta(v / 2, 0.5))


@pytest.mark.slow
def test_student_t_tail_where_its_square_overflows():
    df, far = np.array([0.3, 1.0, 10.0], np.float32), np.full(3, -1e30, np.float32)
    tail = far_tail(mpmath.mpf("1e30"))
    exact = [mpmath.mpf(float(v)) for v in df]
    value, second = jax.jit(
        lambda v, t: (
            numerics.student_t_log_cdf(v, t),
            jax.vmap(jax.grad(jax.grad(numerics.student_t_log_cdf)))(v, t),
        )
    )(df, far)
    np.testing.assert_allclose(value, [float(tail(v)) for v in exact], rtol=1e-6)
    np.testing.assert_allclose(second, [float(mpmath.diff(tail, v, 2)) for v in exact], rtol=2e-5)


@DTYPES
def test_student_t_far_tail_by_the_integral(dtype, x64):
    """Also where 1 + t²/ν, and sinh of points further out, overflow."""
    df = np.array([16.0, 50.0, 50.0], dtype)
    far = np.array([1e20, 1e25, 3e38] if dtype == np.float32 else [1e155, 1e160, 1e308], dtype)
    both = jax.jit(jax.vmap(jax.value_and_grad(numerics.student_t_log_cdf, (0, 1))))
    value, (by_df, by_z) = both(df, -far)
    exact = [(mpmath.mpf(float(v)), mpmath.mpf(float(t))) for v, t in zip(df, far, strict=True)]
    truth = np.array([float(far_tail(t)(v)) for v, t in exact])
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(value, truth, rtol=32 * eps)
    np.testing.assert_allclose(by_df, [float(mpmath.diff(far_tail(t), v)) for v, t in exact], rtol=32 * eps)
    error = np.abs(np.asarray(by_z, float) / [float(v / t) for v, t in exact] - 1)
    assert (error <= 8 * eps * np.abs(truth)).all()
    np.testing.assert_array_equal(both(df, far)[1], np.zeros((2, 3)))


@DTYPES
def test_cauchy_distribution_function_and_its_slopes(dtype, x64):
    far = 1e30 if dtype == np.float32 else 1e200  # its square overflows
    size = np.concatenate([np.geomspace(1e-12, 1e12, 49), [0.3, 1.0, 1.2, 3.0, far]])
    d = np.concatenate([-size, [0.0], size]).astype(dtype)
    for scale in (0.75, 3.0):
        g = np.full_like(d, scale)
        truth = exact(
            lambda d, g: mpmath.atan(g / -d) / mpmath.pi if d < 0 else mpmath.atan(d / g) / mpmath.pi + 0.5, d, g
        )
        assert worst(numerics.cauchy_cdf(d, g), truth, dtype, scale=0) < 4
        by_d, by_scale = jax.vmap(jax.grad(numerics.cauchy_cdf, (0, 1)))(d, g)
        inside = np.abs(d) < far  # beyond, the slope in d is no normal number
        density = exact(lambda d, g: g / (d * d + g * g) / mpmath.pi, d, g)
        assert worst(by_d[inside], np.array(density)[inside], dtype, scale=0) < 4
        slope = exact(lambda d, g: -d / (d * d + g * g) / mpmath.pi, d, g)
        np.testing.assert_allclose(by_scale, np.array(slope, float), rtol=4 * np.finfo(dtype).eps)


@DTYPES
def test_second_derivatives_of_the_cauchy_density(dtype, x64):
    size = np.concatenate([np.geomspace(1e-10, 1e10, 29), [0.3, 0.9, 1.1, 3.0]])
    d = np.concatenate([-size, [0.0], size]).astype(dtype)
    g = np.full_like(d, 0.75)
    hessian = jax.vmap(jax.hessian(lambda d, g: numerics.cauchy_log_prob(d, jnp.zeros_like(d), g), (0, 1)))(d, g)
    square = lambda d, g: d * d + g * g  # noqa: E731
    by_d = exact(lambda d, g: 2 * (d * d - g * g) / square(d, g) ** 2, d, g)
    both = exact(lambda d, g: 4 * d * g / square(d, g) ** 2, d, g)
    by_scale = exact(lambda d, g: 4 * g * g / square(d, g) ** 2 - 2 / square(d, g) - 1 / (g * g), d, g)
    for got, truth in ((hessian[0][1], both), (hessian[1][0], both)):
        np.testing.assert_allclose(got, np.array(truth, float), rtol=16 * np.finfo(dtype).eps)
    size = 1 / (d * d + g * g).astype(np.float64)  # where they change their sign
    for got, truth, unit in ((hessian[0][0], by_d, size), (hessian[1][1], by_scale, size + 1 / g**2)):
        assert (np.abs(np.asarray(got) - np.array(truth, float)) < 8 * np.finfo(dtype).eps * unit).all()


@DTYPES
def test_cotangent_of_pi_u_and_its_slope(dtype, x64):
    u = np.concatenate([spread(1e-30, 0.49, 80, dtype), np.linspace(0.02, 0.499, 60).astype(dtype)])
    assert worst(numerics.cot_pi(u), exact(lambda u: mpmath.cot(mpmath.pi * u), u), dtype, scale=0) < 4
    near = u[u > 1e-15]  # or its square overflows
    slope = exact(lambda u: -mpmath.pi / mpmath.sin(mpmath.pi * u) ** 2, near)
    assert worst(jax.vmap(jax.grad(numerics.cot_pi))(near), slope, dtype, scale=0) < 8
    np.testing.assert_array_equal(numerics.cot_pi(jnp.array([0, 0.5], dtype)), [np.inf, 0])


@DTYPES
@pytest.mark.parametrize(("df", "z"), [(1e-3, 50.0), (1e-3, 1e-3), (5.0, 1 + 2**-10), (1e6, 3.0)])
def test_student_t_slope_in_the_scale_keeps_its_digits(df, z, dtype, x64):
    v, t = (mpmath.mpf(float(dtype(u))) for u in (df, z))
    slope = jax.grad(numerics.student_t_log_prob, 3)(*map(dtype, (df, z, 0.0, 1.0)))
    np.testing.assert_allclose(slope, float(v * (t * t - 1) / (v + t * t)), rtol=8 * np.finfo(dtype).eps)


@pytest.mark.parametrize(("df", "z"), [(0.5, 3e38), (1e-10, 1e30), (1e-10, 3e38), (3.0, 1e25), (30.0, 1e18)])
def test_student_t_density_where_its_square_overflows(df, z):
    v, t = (mpmath.mpf(float(np.float32(u))) for u in (df, z))
    value, slopes = jax.value_and_grad(numerics.student_t_log_prob, (0, 3))(*map(jnp.float32, (df, z, 0.0, 1.0)))
    log = mpmath.log1p(t * t / v)
    gammas = mpmath.loggamma((v + 1) / 2) - mpmath.loggamma(v / 2) - mpmath.log(mpmath.pi * v) / 2
    psi = mpmath.digamma((v + 1) / 2) - mpmath.digamma(v / 2) - 1 / v
    by_df = 0.5 * (psi - log + (v + 1) / v * t * t / (v + t * t))
    truth = [gammas - (v + 1) / 2 * log, by_df, v * (t * t - 1) / (v + t * t)]
    np.testing.assert_allclose([value, *slopes], [float(u) for u in truth], rtol=1e-6)


def test_student_t_density_of_infinite_df_is_the_normal():
    value, slopes = jax.value_and_grad(numerics.student_t_log_prob, (0, 1, 3))(*map(jnp.float32, (np.inf, 1e15, 0, 1)))
    np.testing.assert_allclose([value, *slopes], [-5e29, 0.0, -1e15, 1e30], rtol=1e-6)
    far = jax.grad(numerics.student_t_log_prob, (0, 1))(*map(jnp.float32, (np.inf, 1e25, 0, 1)))
    np.testing.assert_allclose(far, [0.0, -1e25], rtol=1e-6)
    assert numerics.student_t_log_prob(*map(jnp.float32, (np.inf, np.inf, 0, 1))) == -np.inf


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fn", "normal", "at"),
    [
        (numerics.student_t_log_cdf, stats.norm.logcdf, -2.0),
        (numerics.student_t_inverse, stats.norm.ppf, 0.1),
    ],
)
def test_student_t_of_infinite_df_is_the_normal(fn, normal, at, x64):
    value, slopes = jax.jit(jax.value_and_grad(fn, (0, 1)))(jnp.inf, at)
    slope = (normal(at + 1e-5) - normal(at - 1e-5)) / 2e-5
    np.testing.assert_allclose([value, *slopes], [normal(at), 0.0, slope], rtol=1e-8)


@pytest.mark.slow
def test_student_t_tails_at_infinity_do_not_move():
    df, z = jnp.array([3.0, 30.0, 3.0, 30.0, jnp.inf]), jnp.array([-jnp.inf, -jnp.inf, jnp.inf, jnp.inf, jnp.inf])
    value, (by_df, by_z) = jax.jit(jax.vmap(jax.value_and_grad(numerics.student_t_log_cdf, (0, 1))))(df, z)
    np.testing.assert_array_equal(value, [-np.inf, -np.inf, 0, 0, 0])
    np.testing.assert_array_equal(by_df, np.zeros(5))
    np.testing.assert_array_equal(by_z, np.zeros(5))  # ν/|z|; of the normal's at inf, its density


@pytest.mark.parametrize("a", [0.05, 0.7, 2.5, 12.0, 40.0, 3e4])
def test_gamma_slope_is_the_implicit_derivative(a, x64):
    x = float(a + 2 * mpmath.sqrt(a))  # where draws fall
    f = lambda a, x: mpmath.gammainc(a, 0, x, regularized=True)  # noqa: E731
    by_a, by_x = mpmath.diff(lambda t: f(t, x), a), mpmath.diff(lambda t: f(a, t), x)
    got = numerics.log_gamma_slope(jnp.float64(a), jnp.float64(x), jnp.log(jnp.float64(x)))
    np.testing.assert_allclose(got, float(-by_a / by_x / x), rtol=1e-11)


def test_gamma_draw_slope_wherever_draws_fall(x64):
    """The tables of single precision: shapes from 10⁻³ to 10⁸, draws between the normal quantiles -6.4 and 6.4."""
    a = np.repeat(np.geomspace(1e-3, 1e8, 300), 100).astype(np.float32)
    z = np.tile(np.linspace(-6.4, 6.4, 100), 300)
    below, above = (
        special.gammaincinv(np.float64(a), special.ndtr(z)),
        special.gammainccinv(np.float64(a), special.ndtr(-z)),
    )
    x = np.where(z < 0, below, above)
    near_zero = (special.log_ndtr(z) + special.gammaln(np.float64(a) + 1)) / a
    log_x = np.where(x > 1e-30, np.log(np.maximum(x, 1e-30)), near_zero).astype(np.float32)
    x = x.astype(np.float32)
    got = np.asarray(jax.jit(numerics.gamma_draw_slope)(a, x, log_x))
    exact_slope = jax.jit(numerics.log_gamma_slope)(np.float64(a), np.float64(x), np.float64(log_x))
    assert got.dtype == np.float32
    assert np.abs(got / np.asarray(exact_slope) - 1).max() < 5e-6


@pytest.mark.slow
def test_gamma_draw_slope_has_derivatives(x64):
    """Of single precision too: those of the function, not of its tables."""
    at = tuple(map(jnp.float32, (2.5, 1.5, np.log(1.5))))
    single = jax.grad(numerics.gamma_draw_slope, (0, 2))(*at)
    double = jax.grad(numerics.log_gamma_slope, (0, 2))(*map(jnp.float64, at))
    np.testing.assert_allclose(single, double, rtol=2e-5)


@pytest.mark.parametrize(
    ("fn", "at"),
    [
        pytest.param(numerics.log_gammainc, (2.5, 1.5), marks=pytest.mark.slow),
        pytest.param(numerics.log_gammaincc, (20.0, 30.0), marks=pytest.mark.slow),
        pytest.param(lambda a, b, x: numerics.log_betainc(a, b, x, 1 - x), (2.5, 1.5, 0.4), marks=pytest.mark.slow),
        pytest.param(lambda a, b, x: numerics.log_betainc(a, b, x, 1 - x), (20.0, 12.0, 0.7), marks=pytest.mark.slow),
        pytest.param(numerics.student_t_log_cdf, (3.0, -1.5), marks=pytest.mark.slow),
        pytest.param(numerics.student_t_log_cdf, (30.0, 1.5), marks=pytest.mark.slow),
        pytest.param(numerics.gammainc_inverse, (2.5, 0.3), marks=pytest.mark.slow),
        (numerics.deviance, (2.0, 3.0)),
        (numerics.log_beta, (2.0, 3.0)),
    ],
)
def test_first_and_second_derivatives(fn, at, x64):
    at = tuple(map(jnp.float64, at))
    everything = tuple(range(len(at)))
    fn, gradient = jax.jit(fn), jax.jit(jax.grad(fn, everything))

    def by_differences(g, step=1e-5):
        columns = []
        for i in everything:
            high, low = ([v + s * (i == j) for j, v in enumerate(at)] for s in (step, -step))
            columns.append((np.array(g(*high)) - np.array(g(*low))) / (2 * step))
        return np.array(columns)

    np.testing.assert_allclose(gradient(*at), by_differences(fn), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        jax.jit(jax.jacfwd(gradient, everything))(*at), by_differences(gradient).T, rtol=1e-5, atol=1e-8
    )


@DTYPES
@pytest.mark.parametrize("a", [0.1, 1.0, 7.0, 500.0])
def test_inverses_invert(a, dtype, x64):
    """F(F⁻¹(p)) = p, up to what rounding x itself does to it: eps x f(x)."""
    p = np.array([1e-6, 0.01, 0.3, 0.5, 0.7, 0.99], dtype)
    shape = np.full(6, a, dtype)
    x = numerics.gammainc_inverse(shape, p)
    inverts(np.exp(numerics.log_gammainc(shape, x)), p, x, stats.gamma(a))
    x = numerics.betainc_inverse(shape, 2 * shape, p)
    inverts(np.exp(numerics.log_betainc(shape, 2 * shape, x, 1 - x)), p, x, stats.beta(a, 2 * a))
    t = numerics.student_t_inverse(shape, p)
    inverts(np.exp(numerics.student_t_log_cdf(shape, t)), p, t, stats.t(a))


def test_single_precision_inverse_of_the_normal():
    p = np.concatenate([spread(1.2e-38, 0.5, 400, np.float32), 1 - spread(6e-8, 0.5, 200, np.float32), [0.0, 1.0]])
    p = p.astype(np.float32)
    with np.errstate(divide="ignore"):
        expected, centre = special.ndtri(p.astype(float)), np.sqrt(2) * special.erfinv(p.astype(float))
    np.testing.assert_allclose(numerics.ndtri(p), expected, rtol=4 * np.finfo(np.float32).eps)
    np.testing.assert_allclose(numerics.ndtri_centre(p), centre, rtol=4 * np.finfo(np.float32).eps)
    assert np.isnan(numerics.ndtri(np.array([-0.1, 1.1, np.nan], np.float32))).all()


@DTYPES
def test_beta_quantiles_are_searched_for_from_nearby(dtype, x64):
    a, b, p = (v.ravel().astype(dtype) for v in np.meshgrid(*[[0.05, 0.5, 0.9, 1, 3, 20]] * 2, [0.01, 0.2, 0.6, 0.99]))
    x, y = (
        special.betaincinv(*(v.astype(float) for v in (a, b, p))),
        special.betainccinv(*(v.astype(float) for v in (b, a, p))),
    )
    error = np.abs(np.asarray(jax.jit(numerics.beta_start)(a, b, p)) - (np.log(x) - np.log(y)))
    ordinary = (np.minimum(a, b) >= 0.5) & (np.maximum(a, b) <= 3)
    assert error.max() < 0.35
    assert error[ordinary].max() < 1e-3


def test_beta_quantiles_beyond_the_formats_range_are_settled():
    a, b = np.array([1e-3, 13.0, 1e-30], np.float32), np.array([0.1, 1e-3, 1e-30], np.float32)
    np.testing.assert_array_equal(
        numerics.betainc_inverse(a, b, np.array([0.01, 0.98, 0.7], np.float32)), [0.0, 1.0, 1.0]
    )


def inverts(back, p, x, exact):
    there = (np.abs(x) > np.finfo(p.dtype).tiny) & np.isfinite(x)  # else it underflowed or overflowed
    safe = np.where(there, x, 0.5).astype(np.float64)
    moved = np.abs(safe) * np.minimum(exact.pdf(safe), 1e30)
    assert (np.abs(back - p) <= 300 * np.finfo(p.dtype).eps * (p + moved))[there].all()


def test_sums_are_compared_with_one_beyond_roundoff():
    x = np.array([0.1, 0.2, 0.7], np.float32)
    expected = x.astype(np.float64).sum() - 1
    np.testing.assert_allclose(numerics.sum_minus_one(x), expected, rtol=1e-3)


def test_products_of_zero_and_infinity():
    zero = jnp.float32(0.0)
    assert numerics.xlogy(zero, zero) == 0
    assert numerics.xlog1py(zero, jnp.float32(-1.0)) == 0
    assert jax.grad(numerics.xlogy, 1)(zero, zero) == 0
    assert jax.grad(numerics.xlog1py, 1)(zero, jnp.float32(-1.0)) == 0


@DTYPES
@pytest.mark.parametrize("n", [1, 3, 40])  # written out, and by reductions
def test_log_probability_of_a_choice_and_its_slopes(n, dtype, x64):
    """Ties at the top, one outcome nearly certain, outcomes that are not there."""
    ordinary = np.linspace(-3, 2, n)
    certain, tied, masked = ordinary.copy(), ordinary.copy(), ordinary.copy()
    certain[0], tied[:2], masked[1:2] = 30, 5, -np.inf
    for logits in map(dtype, (ordinary, certain, tied, masked)):
        weights = [mpmath.exp(mpmath.mpf(float(v))) for v in logits]
        total = mpmath.fsum(weights)
        for k in {0, min(1, n - 1), n - 1}:
            value, slope = jax.value_and_grad(numerics.log_choice)(logits, jnp.int32(k))
            if not weights[k]:
                assert value == -np.inf
                np.testing.assert_array_equal(slope, np.zeros(n))
                continue
            others = mpmath.fsum(w for j, w in enumerate(weights) if j != k)
            truth = [others / total if j == k else -w / total for j, w in enumerate(weights)]
            size = float(max(1, abs(logits[k])))
            rtol = 4e-7 if dtype == np.float32 else 1e-15 * size
            np.testing.assert_allclose(value, float(mpmath.log(weights[k] / total)), rtol=rtol)
            np.testing.assert_allclose(slope, np.array(truth, float), rtol=16 * np.finfo(dtype).eps)
    assert numerics.log_choice(jnp.full(n, -jnp.inf, dtype), jnp.int32(0)) == -np.inf


@DTYPES
def test_trials_that_are_nearly_certain(dtype, x64):
    """log(1 - p) = -p where p is below the roundoff of 1."""
    p = np.array([1e-30, 1e-12, 3e-8, 1e-3, 0.4, 0.9], dtype)
    truth = exact(lambda v: mpmath.log1p(-v), p)
    assert worst(numerics.log_bernoulli(np.zeros(6, bool), p), truth, dtype, scale=0) < 4
    k = np.full(6, 3, dtype)
    for slope in (jax.vmap(jax.grad(numerics.log_geometric))(k, p), jax.vmap(jax.jacfwd(numerics.log_geometric))(k, p)):
        assert worst(slope, truth, dtype, scale=0) < 4
    logits = np.array([-50, -3, 0.5, 20, 60], dtype)
    slope = jax.vmap(jax.grad(numerics.log_geometric_of_logits))(np.full(5, 3, dtype), logits)
    assert worst(slope, exact(lambda v: -mpmath.log1p(mpmath.exp(v)), logits), dtype, scale=0) < 4
    ends = numerics.log_geometric_of_logits(np.array([0, 2, 0], dtype), np.array([np.inf, np.inf, -np.inf], dtype))
    np.testing.assert_array_equal(ends, [0, -np.inf, -np.inf])
