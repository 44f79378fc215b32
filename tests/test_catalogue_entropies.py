"""Entropies and moments by quadrature or exact sums, against mpmath's integrals and sums, in both precisions."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import expectax as ex
from expectax import numerics

HALF_LOG_2PI = mpmath.log(2 * mpmath.pi) / 2


def _check(make, parameters, truth, ulps, scale=1.0):
    """In units of the precision of max(1, |truth|, scale); the parameters are numbers of single precision."""
    truth = float(truth)
    for x64 in (True, False):
        with jax.enable_x64(x64):
            dtype = np.float64 if x64 else np.float32
            value, slopes = jax.value_and_grad(lambda p: make(*p))(
                tuple(np.asarray(p, np.float32).astype(dtype) for p in parameters)
            )
            assert abs(float(value) - truth) <= ulps * np.finfo(dtype).eps * max(1.0, abs(truth), scale)
            assert all(np.isfinite(s).all() for s in jax.tree.leaves(slopes))


def _exact(*parameters):
    return [mpmath.mpf(float(np.float32(p))) for p in parameters]


def _normal_mean(of, *kinks):
    """E of(ε), ε ~ Normal(0, 1)."""
    points = sorted({-14, -8, -4, 0, 4, 8, 14, *(k for k in kinks if abs(k) < 14)})
    with mpmath.workdps(20):
        return mpmath.quad(lambda e: mpmath.npdf(e) * of(e), points)


def _log_cosh(x):
    return abs(x) - mpmath.log(2) + mpmath.log1p(mpmath.exp(-2 * abs(x)))


@pytest.mark.parametrize(("skewness", "tailweight"), [(0.5, 2.0), (-3.0, 0.125), (1.0, 2.0**-10), (30.0, 0.5)])
def test_johnson_su(skewness, tailweight):
    g, d = _exact(skewness, tailweight)
    bend = _normal_mean(lambda e: _log_cosh((e - g) / d), *(g + k * d for k in (-20, -3, 0, 3, 20)))
    truth = 0.5 + HALF_LOG_2PI + mpmath.log(3 / d) + bend
    _check(lambda g, d: ex.JohnsonSU(g, d, 0.0, 3.0).entropy(), (skewness, tailweight), truth, 8, float(abs(g / d)))


@pytest.mark.parametrize(("loc", "scale"), [(0.0, 1.5), (2.0, 0.125), (-7.0, 7.0), (0.5, 100.0)])
def test_squashed_normals(loc, scale):
    m, s = _exact(loc, scale)
    kinks = [(k - m) / s for k in (-40, -10, -3, 0, 3, 10, 40)]
    bend = _normal_mean(lambda e: _log_cosh((m + s * e) / 2), *kinks)
    truth = 0.5 + HALF_LOG_2PI + mpmath.log(s / 4) - 2 * bend
    _check(lambda m, s: ex.LogitNormal(m, s).entropy(), (loc, scale), truth, 8, float(abs(m) + s))
    doubled = truth - mpmath.log(s) + mpmath.log(2 * s / 4)
    half = lambda m, s: ex.TanhNormal(0.5 * m, 0.5 * s).entropy()  # noqa: E731  tanh u = 2σ(2u) - 1
    _check(half, (loc, scale), doubled - mpmath.log(mpmath.mpf(1) / 4), 8, float(abs(m) + s))
    logistic = lambda e: 1 / (1 + mpmath.exp(-(m + s * e)))  # noqa: E731
    mean = _normal_mean(logistic, *kinks)
    variance = _normal_mean(lambda e: (logistic(e) - mean) ** 2, *kinks)
    _check(lambda m, s: ex.LogitNormal(m, s).mean(), (loc, scale), mean, 8)
    _check(lambda m, s: ex.LogitNormal(m, s).variance(), (loc, scale), variance, 160)
    _check(lambda m, s: ex.TanhNormal(0.5 * m, 0.5 * s).mean(), (loc, scale), 2 * mean - 1, 32)
    _check(lambda m, s: ex.TanhNormal(0.5 * m, 0.5 * s).variance(), (loc, scale), 4 * variance, 640)


def test_moments_of_nearly_constant_proportions():
    """By the first terms of the series in the scale: no digit is lost to the constant."""
    for loc, scale in ((1.0, 1e-4), (-20.0, 1e-5), (3.0, 1e-6)):
        share = 1 / (1 + np.exp(-np.float64(loc)))
        variance = (share / (1 + np.exp(np.float64(loc))) * scale) ** 2
        np.testing.assert_allclose(ex.LogitNormal(loc, scale).variance(), variance, rtol=3e-6)
    np.testing.assert_allclose(ex.TanhNormal(1e-5, 1e-6).mean(), 1e-5, rtol=1e-6)
    np.testing.assert_allclose(ex.TanhNormal(1e-5, 1e-6).variance(), 1e-12, rtol=1e-5)


@pytest.mark.parametrize(("skewness", "tailweight"), [(0.5, 2.0), (-1.0, 0.25), (3.5, 1.0)])
def test_sinh_arcsinh(skewness, tailweight):
    s, t = _exact(skewness, tailweight)
    unit = 2 / mpmath.sinh(t * mpmath.asinh(2))
    kinks = [mpmath.sinh(k / t - s) for k in (-3, 0, 3)]
    bend = _normal_mean(lambda e: _log_cosh(t * (mpmath.asinh(e) + s)) - mpmath.log1p(e * e) / 2, *kinks)
    truth = 0.5 + HALF_LOG_2PI + mpmath.log(unit * t) + bend
    _check(lambda s, t: ex.SinhArcsinh(0.0, 1.0, s, t).entropy(), (skewness, tailweight), truth, 16, float(abs(s * t)))


@pytest.mark.parametrize("rate", [2.0**-20, 0.25, 0.999, 1.0, 2.0, 8.9, 30.0])
def test_exponentially_modified_gaussian(rate):
    (b,) = _exact(rate)
    top = 12 + 60 / b + b / 2 if b < 9 else mpmath.mpf(12)
    inner = [-12, -4, -1, 0, 1, 2, 4, 8] + [top / 4**k for k in range(6) if top / 4**k > 8.5]

    def surprise(z):
        p = b * mpmath.exp(b * b / 2 - b * z) * mpmath.ncdf(z - b)
        return -p * mpmath.log(p) if p else p

    with mpmath.workdps(20):
        truth = mpmath.quad(surprise, sorted(map(mpmath.mpf, inner)))
    _check(lambda b: ex.ExponentiallyModifiedGaussian(0.0, 1.0, b).entropy(), (rate,), truth, 16)


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 1.0), (-np.inf, np.inf), (0.0, np.inf), (128.0, 129.0), (2.0**20, np.inf), (-3.0, 2.0**30)]
)
def test_truncated_cauchy(low, high):
    a, b = (mpmath.atan(mpmath.mpf(v) / 2) for v in (low, high))
    with mpmath.workdps(25):
        inner = [a, a + (b - a) / 8, (a + b) / 2, b - (b - a) / 8, b]
        truth = mpmath.log(2 * (b - a)) - 2 * mpmath.quad(lambda t: mpmath.log(abs(mpmath.cos(t))), inner) / (b - a)
    law = lambda m, s: ex.TruncatedCauchy(m, s, low, high).entropy()  # noqa: E731
    _check(law, (0.0, 2.0), truth, 8, 2 * float(abs(mpmath.log(b - a))))


def _nig_truth(d, a, b):
    """In w = arsinh z, piece by piece."""
    decay = mpmath.sqrt((a - b) * (a + b)) * d
    centre = mpmath.atanh(b / a)

    def log_density(w):
        y = a * d * mpmath.cosh(w)
        return mpmath.log(a * d / mpmath.pi * mpmath.besselk(1, y)) + y + decay * (1 - mpmath.cosh(w - centre))

    reach = min(mpmath.mpf(45), mpmath.acosh(1 + 60 / decay))
    pieces = [centre + reach * k / 12 for k in range(-12, 13)]
    surprise = lambda w: -mpmath.exp(log_density(w)) * (log_density(w) - mpmath.log(mpmath.cosh(w)))  # noqa: E731
    with mpmath.workdps(16):
        return mpmath.quad(surprise, pieces, maxdegree=5) + mpmath.log(d)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "tailweight", "skewness"), [(1.0, 1.0, 0.0), (2.0, 5.0, 3.0), (1.0, 2.0**-10, 0.0), (1.0, 4096.0, 0.0)]
)
def test_normal_inverse_gaussian(scale, tailweight, skewness):
    law = lambda d, a, b: ex.NormalInverseGaussian(0.0, d, a, b).entropy()  # noqa: E731
    truth = _nig_truth(*_exact(scale, tailweight, skewness))
    _check(law, (scale, tailweight, skewness), truth, 64)


def test_limits_of_the_normal_inverse_gaussian(x64):
    """The normal of variance δ/α for a large α, Cauchy's for a small one."""
    normal, cauchy = ex.NormalInverseGaussian(0.0, 2.0, np.array([1e9, 1e-14]), 0.0).entropy()
    np.testing.assert_allclose(normal, ex.Normal(0.0, (2 / 1e9) ** 0.5).entropy(), rtol=1e-9)
    np.testing.assert_allclose(cauchy, ex.Cauchy(0.0, 2.0).entropy(), rtol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 15, 16, 24])
def test_sum_of_uniforms(n):
    def surprise(z):
        f = mpmath.fsum((-1) ** k * mpmath.binomial(n, k) * (z - k) ** (n - 1) for k in range(int(z) + 1))
        f = f / mpmath.factorial(n - 1)
        return -f * mpmath.log(f) if f > 0 else mpmath.mpf(0)

    pieces = [*map(mpmath.mpf, range((n + 1) // 2)), mpmath.mpf(n) / 2]
    with mpmath.workdps(25 + n):
        truth = 2 * mpmath.quad(surprise, pieces) if n > 1 else 0
    np.testing.assert_allclose(numerics.irwin_hall_entropy(n), float(truth), rtol=1e-13, atol=1e-15)


def test_sums_of_many_uniforms(x64):
    """The expansion continues the sum."""
    expansion = lambda n: 0.5 * np.log(np.pi * np.e * n / 6) - 0.03 / n**2 - 0.036 / n**3  # noqa: E731
    np.testing.assert_allclose(numerics.irwin_hall_entropy(1000), expansion(1000), rtol=1e-12)
    np.testing.assert_allclose(ex.Bates(2, 1.0, 5.0).entropy(), 0.5 + np.log(2.0), rtol=1e-14)


@pytest.mark.parametrize(
    ("r", "p"),
    [
        (3.0, 0.5),
        (2.0**-20, 0.875),
        (1.0, 0.5),
        (20.0, 0.9375),
        (31.0, 2.0**-20),
        (32.0, 0.25),
        (40.0, 0.96875),
        (1024.0, 0.5),
    ],
)
def test_negative_binomial(r, p):
    exact_r, exact_p = _exact(r, p)
    with mpmath.workdps(25):
        mass, truth, k = (1 - exact_p) ** exact_r, mpmath.mpf(0), 0
        while mass > 1e-30 or k < r * p / (1 - p):
            truth -= mass * mpmath.log(mass)
            mass *= (k + exact_r) / (k + 1) * exact_p
            k += 1
    _check(lambda r, p: ex.NegativeBinomial(r, probs=p).entropy(), (r, p), truth, 64)


def test_limits_of_the_negative_binomial(x64):
    np.testing.assert_array_equal(ex.NegativeBinomial(3.0, probs=np.array([0.0, 1.0])).entropy(), [0.0, np.inf])
    many = ex.NegativeBinomial(1e9, logits=0.0).entropy()
    np.testing.assert_allclose(many, ex.Normal(0.0, 2e9**0.5).entropy(), rtol=1e-9)
    np.testing.assert_allclose(ex.NegativeBinomial(1e12, probs=3e-12).entropy(), ex.Poisson(3.0).entropy(), rtol=1e-10)
    one = ex.NegativeBinomial(1.0, logits=np.array([-30.0, 2.0, 20.0])).entropy()
    np.testing.assert_allclose(one, ex.Geometric(logits=-np.array([-30.0, 2.0, 20.0])).entropy(), rtol=1e-12)
    assert np.isnan(jax.jit(lambda r: ex.NegativeBinomial(r, probs=0.5).entropy())(np.nan))


@pytest.mark.parametrize(
    ("n", "p"),
    [(5, [0.25, 0.25, 0.5]), (0, [0.5, 0.5]), (40, [1 - 2.0**-10, 2.0**-10]), (300, [0.375, 0.625]), (3, [1.0, 0.0])],
)
def test_multinomial(n, p):
    with mpmath.workdps(25):
        truth = -mpmath.loggamma(n + 1)
        for x in filter(None, map(mpmath.mpf, p)):
            masses = [mpmath.binomial(n, k) * x**k * (1 - x) ** (n - k) for k in range(n + 1)]
            truth += sum(m * mpmath.loggamma(k + 1) for k, m in enumerate(masses)) - n * x * mpmath.log(x)
    law = lambda q: ex.Multinomial(float(n), probs=q).entropy()  # noqa: E731
    if min(p) > 0:
        _check(law, (p,), truth, 16)
    else:
        assert law(np.float32(p)) == 0


def test_large_multinomial(x64):
    two = lambda n, p: ex.Multinomial(n, probs=jnp.array([p, 1 - p])).entropy()  # noqa: E731
    for n in (1e5, 1e12):
        np.testing.assert_allclose(two(n, 0.3), ex.Binomial(n, probs=0.3).entropy(), rtol=1e-12)
    np.testing.assert_allclose(two(1e12, 1e-12), ex.Poisson(1.0).entropy(), rtol=1e-11)
    assert np.isnan(jax.jit(lambda p: two(5.0, p))(np.nan))


@pytest.mark.parametrize(
    ("n", "a"), [(5, [0.25, 0.5, 1.0]), (0, [0.5, 0.5]), (40, [8.0, 1.0, 2.0**-7]), (70, [8192.0, 1024.0])]
)
def test_dirichlet_multinomial(n, a):
    total = mpmath.mpf(sum(a))
    with mpmath.workdps(25):
        truth = mpmath.loggamma(n + total) - mpmath.loggamma(total) - mpmath.loggamma(n + 1)
        for x in map(mpmath.mpf, a):
            whole = mpmath.beta(x, total - x)
            for k in range(n + 1):
                mass = mpmath.binomial(n, k) * mpmath.beta(k + x, n - k + total - x) / whole
                truth -= mass * (mpmath.loggamma(k + x) - mpmath.loggamma(x) - mpmath.loggamma(k + 1))
    _check(lambda a: ex.DirichletMultinomial(float(n), a).entropy(), (a,), truth, 64)


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_multivariate_laplace(n):
    order, pieces = 1 - mpmath.mpf(n) / 2, [-50, -25, -12, -6, -3, 0, 1, 2, 3, 4, 5]

    def surprise(y):
        r = mpmath.exp(y)
        k = mpmath.besselk(order, r)
        return r ** (mpmath.mpf(n) / 2 + 1) * k * (order * mpmath.log(r / 2) + mpmath.log(k))

    with mpmath.workdps(18):
        mean = mpmath.quad(surprise, pieces) / (2 ** (mpmath.mpf(n) / 2 - 1) * mpmath.gamma(mpmath.mpf(n) / 2))
    truth = n * HALF_LOG_2PI - mpmath.log(2) - mean + n * mpmath.log(2)
    law = lambda loc, tril: ex.MultivariateLaplace(loc, tril).entropy()  # noqa: E731
    _check(law, (np.zeros(n), 2 * np.eye(n)), truth, 32, n)


def test_entropies_are_those_of_draws(key):
    for dist, own in zip(
        (
            ex.TruncatedCauchy(0.5, 2.0, -1.0, 30.0),
            ex.NormalInverseGaussian(0.0, 2.0, 1.5, 1.0),
            ex.SinhArcsinh(1.0, 2.0, 0.5, 1.5),
            ex.MultivariateLaplace(jnp.zeros(3), 2 * jnp.eye(3)),
            ex.DirichletMultinomial(7.0, jnp.array([0.5, 1.0, 3.0])),
        ),
        jax.random.split(key, 5),
        strict=True,
    ):
        surprise = -np.asarray(dist.log_prob(dist.sample(own, (20_000,))), np.float64)
        assert abs(surprise.mean() - float(dist.entropy())) < 6 * surprise.std() / 20_000**0.5
