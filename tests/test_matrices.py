"""Wishart and LKJ: densities against SciPy, quadrature and mpmath, moments, and derivatives along the draw."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

import expectax as ex
from expectax import supports

Z_LIMIT = 6.0
SCALE = np.array([[2.0, 0.6, -0.4], [0.6, 1.5, 0.3], [-0.4, 0.3, 1.0]])


# --- Wishart ---


@pytest.mark.parametrize("df", [2.5, 4.0, 60.0])
def test_wishart_against_scipy(df, key, x64):
    dist, exact = ex.Wishart(df, scale=SCALE), stats.wishart(df, SCALE)
    x = dist.sample(key, (10,))
    np.testing.assert_allclose(dist.log_prob(x), [exact.logpdf(np.asarray(row)) for row in x], rtol=1e-10)
    np.testing.assert_allclose(dist.mean(), exact.mean())
    np.testing.assert_allclose(dist.variance(), exact.var())
    np.testing.assert_allclose(dist.entropy(), exact.entropy(), rtol=1e-10)
    if df >= 4:
        np.testing.assert_allclose(dist.mode(), exact.mode(), atol=1e-12)


def test_wishart_keeps_its_digits_for_many_degrees_of_freedom(x64):
    """The terms of size ν log ν cancel by hand: at ν = 10⁹ a plain sum would keep six digits."""
    df = 1e9
    x = df * SCALE * (1 + 1e-5)

    def exact():
        v, m, p = mpmath.matrix(SCALE.tolist()), mpmath.matrix(x.tolist()), 3
        gammas = mpmath.mpf(p * (p - 1)) / 4 * mpmath.log(mpmath.pi)
        gammas += sum(mpmath.loggamma((mpmath.mpf(df) - i) / 2) for i in range(p))
        out = (mpmath.mpf(df) - p - 1) / 2 * mpmath.log(mpmath.det(m))
        trace = sum((mpmath.inverse(v) * m)[i, i] for i in range(p))
        return out - trace / 2 - mpmath.mpf(df) * p / 2 * mpmath.log(2) - df / 2 * mpmath.log(mpmath.det(v)) - gammas

    np.testing.assert_allclose(ex.Wishart(df, scale=SCALE).log_prob(x), float(exact()), rtol=1e-8)


def test_wishart_of_one_dimension_is_a_gamma(key, x64):
    one, gamma = ex.Wishart(3.5, scale=np.array([[2.0]])), ex.Gamma(1.75, 0.25)
    x = np.array([1e-3, 0.5, 4.0, 50.0])
    np.testing.assert_allclose(one.log_prob(x[:, None, None]), gamma.log_prob(x), rtol=1e-13)
    np.testing.assert_allclose(one.entropy(), gamma.entropy(), rtol=1e-13)
    data = jax.random.key_data(key)

    def draw(df):
        return ex.Wishart(df, scale=np.array([[2.0]])).sample(jax.random.wrap_key_data(data), (20,))[:, 0, 0]

    x, slope = jax.jvp(draw, (3.5,), (1.0,))  # one noise variable: the path is -F_ν/p
    by_cdf = jax.jvp(lambda df: ex.Gamma(df / 2, 0.25).cdf(x), (3.5,), (1.0,))[1]
    np.testing.assert_allclose(slope, -by_cdf / gamma.prob(x), rtol=1e-9)


def test_wishart_moments_and_derivatives_of_draws(key):
    """The mean ν L Lᵀ and log-determinant, by 10⁵ draws, and their derivatives along them."""
    df, tril, count = 4.5, np.linalg.cholesky(SCALE).astype(np.float32), 100_000
    wide = jnp.full(count, df), jnp.broadcast_to(tril, (count, 3, 3))

    def total(df, tril):
        x = ex.Wishart(df, scale_tril=tril).sample(key)
        value = x[:, 0, 1] + 2 * x[:, 2, 2] + jnp.linalg.slogdet(x)[1]
        return value.sum(), value

    slopes, values = jax.grad(total, (0, 1), has_aux=True)(*wide)

    def truth(df, tril):
        mean = df * tril @ tril.T
        digammas = jax.scipy.special.digamma(0.5 * (df - jnp.arange(3.0))).sum()
        log_det = digammas + 3 * jnp.log(2.0) + 2 * jnp.log(jnp.diagonal(tril)).sum()
        return mean[0, 1] + 2 * mean[2, 2] + log_det

    for came, expected in zip((values, *slopes), (truth(df, tril), *jax.grad(truth, (0, 1))(df, tril)), strict=True):
        came = np.asarray(came, np.float64)
        wanted = np.tril(expected) if np.ndim(expected) else expected
        came = np.tril(came) if came.ndim == 3 else came
        assert (np.abs(came.mean(0) - wanted) < Z_LIMIT * came.std(0) / count**0.5 + 1e-5).all()


def test_wishart_bad_input():
    with pytest.raises(ValueError, match="the dimension less 1"):
        ex.Wishart(1.0, scale=np.eye(2, dtype=np.float32))
    with pytest.raises(ValueError, match="scale_tril"):
        ex.Wishart(3.0)
    dist = ex.Wishart(3.0, scale=np.eye(2, dtype=np.float32))
    for outside in (
        [[1.0, 2.0], [2.0, 1.0]],
        [[1.0, 0.5], [0.0, 1.0]],
        [[0.0, 0.0], [0.0, 1.0]],
        [[-1.0, 0.0], [0.0, 1.0]],
    ):
        x = np.array(outside, np.float32)
        assert dist.log_prob(x) == -np.inf
        assert not any(np.any(leaf) for leaf in jax.tree.leaves(jax.grad(lambda d, x=x: d.log_prob(x))(dist)))
    assert np.isnan(dist.log_prob(np.full((2, 2), np.nan, np.float32)))
    under_jit = jax.jit(lambda df, k: ex.Wishart(df, scale=jnp.eye(2)).sample(k))(0.5, jax.random.key(0))
    assert np.isnan(under_jit).any()


@pytest.mark.parametrize("family", [ex.Wishart, ex.InverseWishart])
def test_derivative_in_the_matrix(family, x64):
    """Inside that of the density by its textbook form; outside, and where there is no factor, 0."""
    dist, sign = family(4.5, scale=SCALE), 1 if family is ex.Wishart else -1
    x = jnp.asarray(SCALE[::-1, ::-1])

    def exact(x):
        trace = jnp.trace(jnp.linalg.inv(SCALE) @ x if sign == 1 else SCALE @ jnp.linalg.inv(x))
        return 0.5 * (sign * 4.5 - 4) * jnp.linalg.slogdet(x)[1] - 0.5 * trace

    symmetric = lambda g: g + g.T  # noqa: E731  a matrix is moved along with its mirror image
    np.testing.assert_allclose(symmetric(jax.grad(dist.log_prob)(x)), symmetric(jax.grad(exact)(x)), rtol=1e-11)
    step = lambda fn: lambda t: fn(x + t * jnp.eye(3))  # noqa: E731
    second = [jax.grad(jax.grad(step(fn)))(0.1) for fn in (dist.log_prob, exact)]
    np.testing.assert_allclose(*second, rtol=1e-10)
    outside = jnp.array([-x, x.at[0, 1].add(0.5), jnp.zeros((3, 3)), x.at[0, 0].set(jnp.inf), x * jnp.nan])
    for grads in (jax.vmap(jax.grad(dist.log_prob))(outside), jax.vmap(jax.jacfwd(dist.log_prob))(outside)):
        np.testing.assert_array_equal(grads, 0 * grads)


# --- LKJ ---


@pytest.mark.parametrize("eta", [0.3, 1.0, 4.0])
def test_lkj_of_two_is_a_beta(eta, key, x64):
    """r ~ 2 Beta(η, η) - 1: the density, the draws, and the derivative along them, which is right on average."""
    r = np.array([-0.9, -0.2, 0.0, 0.5, 0.99])
    matrices = np.stack([np.array([[1, v], [v, 1]]) for v in r])
    expected = stats.beta(eta, eta, -1, 2).logpdf(r)
    np.testing.assert_allclose(ex.LKJ(2, eta).log_prob(matrices), expected, rtol=1e-12)
    np.testing.assert_allclose(ex.LKJCholesky(2, eta).log_prob(np.linalg.cholesky(matrices)), expected, rtol=1e-12)
    count = 100_000

    def total(eta):
        x = ex.LKJ(2, eta).sample(key)[:, 1, 0]
        return jnp.stack([(jnp.cos(k * x)).sum() for k in (1.0, 3.0)]), x

    slopes, x = jax.jacrev(total, has_aux=True)(jnp.full(count, eta))
    assert stats.kstest(np.asarray(x), stats.beta(eta, eta, -1, 2).cdf).pvalue > 1e-9
    for k, came in zip((1.0, 3.0), np.asarray(slopes), strict=True):

        def mean(eta, k=k):
            log_beta = float(2 * mpmath.loggamma(eta) - mpmath.loggamma(2 * eta))
            integral = integrate.quad(lambda u: np.cos(k * u), -1, 1, weight="alg", wvar=(eta - 1, eta - 1))[0]
            return integral / (2 ** (2 * eta - 1) * np.exp(log_beta))

        truth = (mean(eta + 1e-4) - mean(eta - 1e-4)) / 2e-4
        assert abs(came.mean() - truth) < Z_LIMIT * came.std() / count**0.5 + 1e-6


@pytest.mark.parametrize("eta", [0.75, 2.0])
def test_lkj_of_three_is_normalised(eta, key):
    """1/c = ∫ |R|^(η-1): by mpmath's gamma functions (Lewandowski et al., equation 16), and uniform points of the cube."""
    log_c = ex.LKJ(3, eta).log_prob(np.eye(3, dtype=np.float32))
    r = np.asarray(jax.random.uniform(key, (400_000, 3), minval=-1, maxval=1), np.float64)
    det = 1 + 2 * r.prod(1) - (r**2).sum(1)
    mass = 8 * np.where(det > 0, np.where(det > 0, det, 1.0) ** (eta - 1), 0.0) * np.exp(float(log_c))
    assert abs(mass.mean() - 1) < Z_LIMIT * mass.std() / len(mass) ** 0.5


@pytest.mark.parametrize("eta", [0.8, 3.0])
def test_lkj_moments_of_three_and_their_derivatives(eta, key):
    """E r² = 1/(2η + 2); E |R| = Π_i β_i/(β_i + i/2): the rows' squared diagonals are Beta(β_i, i/2)."""
    count = 100_000

    def total(eta):
        x = ex.LKJ(3, eta).sample(key)
        det = 1 + 2 * x[:, 0, 1] * x[:, 0, 2] * x[:, 1, 2] - x[:, 0, 1] ** 2 - x[:, 0, 2] ** 2 - x[:, 1, 2] ** 2
        features = jnp.stack([x[:, 0, 1] ** 2, x[:, 1, 2] ** 2, det])
        return features.sum(1), features

    slopes, features = jax.jacrev(total, has_aux=True)(jnp.full(count, eta))
    off = (lambda e: 1 / (2 * e + 2)), (lambda e: 1 / (2 * e + 2))
    det = lambda e: (e + 0.5) / (e + 1.0) * e / (e + 1.0)  # noqa: E731
    for truth, value, slope in zip((*off, det), np.asarray(features), np.asarray(slopes), strict=True):
        assert abs(value.mean() - truth(eta)) < Z_LIMIT * value.std() / count**0.5 + 1e-6
        expected = (truth(eta + 1e-5) - truth(eta - 1e-5)) / 2e-5
        assert abs(slope.mean() - expected) < Z_LIMIT * slope.std() / count**0.5 + 1e-5


def test_lkj_cholesky_density_is_that_of_the_matrix_times_the_jacobian(key, x64):
    n, eta = 4, 1.7
    factor = ex.LKJCholesky(n, eta).sample(key, (5,))
    matrix = factor @ jnp.swapaxes(factor, -1, -2)
    below = np.tril_indices(n, -1)

    def entries(v):
        low = jnp.zeros((n, n)).at[below].set(v)
        full = low + jnp.diag(jnp.sqrt(1 - (low * low).sum(1)))
        return (full @ full.T)[below]

    jacobian = np.array([np.linalg.slogdet(jax.jacobian(entries)(row[below]))[1] for row in factor])
    np.testing.assert_allclose(
        ex.LKJCholesky(n, eta).log_prob(factor), ex.LKJ(n, eta).log_prob(matrix) + jacobian, rtol=1e-10
    )


def test_lkj_edges(key):
    dist = ex.LKJCholesky(3, 1e-3)
    draws = dist.sample(key, (1000,))
    assert np.isfinite(dist.log_prob(draws)).all()
    assert supports.correlation_cholesky.contains(draws).all()
    assert (ex.LKJ(1, 2.0).sample(jax.random.key(1)) == 1).all()
    assert ex.LKJ(1, 2.0).log_prob(np.ones((1, 1), np.float32)) == 0
    assert ex.LKJ(2, 2.0).log_prob(np.array([[1.0, 0.2], [0.2, 1.1]], np.float32)) == -np.inf
    assert ex.LKJCholesky(2, 2.0).log_prob(np.array([[1.0, 0.0], [0.2, 0.5]], np.float32)) == -np.inf
    for bad in (0, 2.0, True):
        with pytest.raises(ValueError, match="an integer >= 1"):
            ex.LKJ(bad, 1.0)
