"""Laws of vectors and matrices and the relaxed laws: special cases, closed forms, mpmath, edges."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import stats

import expectax as ex

Z_LIMIT = 6.0
TRIL = np.array([[2.0, 0.0], [1.0, 1.5]])
X = np.array([[0.3, -0.2], [4.0, 1.0], [-3.0, 30.0]])


# --- Multivariate normal and Student's t ---


def test_a_diagonal_is_a_triangle_without_the_rest(key, x64):
    diagonal, loc = np.array([0.5, 2.0]), np.array([1.0, -1.0])
    one, other = (
        ex.MultivariateNormal(loc, scale_diag=diagonal),
        ex.MultivariateNormal(loc, scale_tril=np.diag(diagonal)),
    )
    np.testing.assert_allclose(one.log_prob(X), other.log_prob(X), rtol=1e-14)
    np.testing.assert_array_equal(one.sample(key, (5,)), other.sample(jax.random.clone(key), (5,)))
    for method in ("mean", "variance", "entropy", "mode"):
        np.testing.assert_allclose(getattr(one, method)(), getattr(other, method)())
    assert one.scale_tril is None
    assert one.replace(loc=loc + 1).scale_diag is diagonal
    with pytest.raises(ValueError, match="exactly one"):
        ex.MultivariateNormal(loc, scale_tril=TRIL, scale_diag=diagonal)
    with pytest.raises(ValueError, match="event axes"):
        ex.MultivariateNormal(loc, scale_diag=np.ones(3))
    with pytest.raises(ValueError, match="scale_diag"):
        ex.MultivariateNormal(loc, scale_diag=-diagonal)


def test_one_dimension_is_student_t(x64):
    x = np.array([0.0, 1.0, -40.0, 1e10])
    for df in (1e-2, 1.0, 7.5, 1e9, np.inf):
        one, plain = ex.MultivariateStudentT(df, np.zeros(1), np.array([[2.0]])), ex.StudentT(df, 0.0, 2.0)
        np.testing.assert_allclose(one.log_prob(x[:, None]), plain.log_prob(x), rtol=1e-12)
        np.testing.assert_allclose(one.entropy(), plain.entropy(), rtol=1e-12)
        np.testing.assert_allclose(one.variance()[0], plain.variance())


def test_student_t_far_out():
    dist = ex.MultivariateStudentT(np.float32(3.0), np.zeros(2, np.float32), np.eye(2, dtype=np.float32))
    far = np.array([3e30, -4e30], np.float32)
    peak = float(dist.log_prob(np.zeros(2, np.float32)))
    np.testing.assert_allclose(dist.log_prob(far), peak - 2.5 * (2 * np.log(5e30) - np.log(3)), rtol=1e-6)
    assert dist.log_prob(np.full(2, 3e38, np.float32)) < -300
    by_df = jax.grad(lambda d: d.log_prob(far))(dist)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(by_df))
    assert np.isfinite(jax.grad(dist.log_prob)(far)).all()


# --- Matrices ---


def test_matrix_normal_is_a_vector_normal(x64):
    row = np.array([[1.0, 0.0, 0.0], [0.5, 2.0, 0.0], [-1.0, 0.25, 0.5]])
    x = np.arange(6.0).reshape(3, 2) / 3
    dist = ex.MatrixNormal(np.ones((3, 2)), row, TRIL)
    vector = ex.MultivariateNormal(np.ones(6), scale_tril=np.kron(row, TRIL))
    np.testing.assert_allclose(dist.log_prob(x), vector.log_prob(x.ravel()), rtol=1e-13)
    np.testing.assert_allclose(dist.variance().ravel(), vector.variance(), rtol=1e-13)
    np.testing.assert_allclose(dist.entropy(), vector.entropy(), rtol=1e-13)
    with pytest.raises(ValueError, match="event axes"):
        ex.MatrixNormal(np.ones((2, 3)), row, TRIL)


@pytest.mark.parametrize("df", [2.5, 60.0])
def test_inverse_wishart_against_scipy(df, x64):
    """SciPy's entropy is wrong from two dimensions on (1.18.1): here the mean of its own log-density."""
    dist, exact = ex.InverseWishart(df, scale_tril=TRIL), stats.invwishart(df, TRIL @ TRIL.T)
    x = exact.rvs(10_000, random_state=np.random.default_rng(0))
    log_p = exact.logpdf(x.T)
    np.testing.assert_allclose(dist.log_prob(x), log_p, rtol=1e-10, atol=1e-9)
    assert abs(log_p.mean() + dist.entropy()) < Z_LIMIT * log_p.std() / 100
    np.testing.assert_allclose(dist.mode(), exact.mode())
    if df > 5:
        np.testing.assert_allclose(dist.mean(), exact.mean())
        np.testing.assert_allclose(dist.variance(), exact.var())


def test_inverse_wishart_of_one_dimension_is_an_inverse_gamma(key, x64):
    one, plain = ex.InverseWishart(3.5, scale=np.array([[2.0]])), ex.InverseGamma(1.75, 1.0)
    x = np.array([1e-2, 0.5, 4.0, 1e6])
    np.testing.assert_allclose(one.log_prob(x[:, None, None]), plain.log_prob(x), rtol=1e-12)
    data = jax.random.key_data(key)

    def draw(df):
        return ex.InverseWishart(df, scale=np.array([[2.0]])).sample(jax.random.wrap_key_data(data), (20,))[:, 0, 0]

    x, slope = jax.jvp(draw, (3.5,), (1.0,))  # one noise variable: the path is -F_ν/p
    by_cdf = jax.jvp(lambda df: ex.InverseGamma(df / 2, 1.0).cdf(x), (3.5,), (1.0,))[1]
    np.testing.assert_allclose(slope, -by_cdf / plain.prob(x), rtol=1e-9)


def test_inverse_wishart_where_moments_do_not_exist():
    mean = ex.InverseWishart(3.0, scale=np.eye(2, dtype=np.float32)).mean()
    np.testing.assert_array_equal(mean, [[np.inf, np.nan], [np.nan, np.inf]])
    assert np.isnan(ex.InverseWishart(3.0, scale=np.eye(2, dtype=np.float32)).variance()).all()
    dist = ex.InverseWishart(3.0, scale=np.eye(2, dtype=np.float32))
    assert dist.log_prob(np.array([[1.0, 2.0], [2.0, 1.0]], np.float32)) == -np.inf
    with pytest.raises(ValueError, match="the dimension less 1"):
        ex.InverseWishart(1.0, scale=np.eye(2, dtype=np.float32))


# --- Laplace ---


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_multivariate_laplace_by_mpmath(n, x64):
    dist = ex.MultivariateLaplace(np.zeros(n), np.eye(n))
    for size in (1e-12, 1e-3, 1.0, 30.0, 1e3):
        x = size * np.arange(1.0, n + 1) / n
        r = mpmath.sqrt(2 * sum(mpmath.mpf(float(v)) ** 2 for v in x))
        v = 1 - mpmath.mpf(n) / 2
        exact = mpmath.log(2 * (r / 2) ** v * mpmath.besselk(v, r)) - mpmath.log(2 * mpmath.pi) * n / 2
        np.testing.assert_allclose(dist.log_prob(x), float(exact), rtol=1e-13)
        slope = -2 / r * mpmath.besselk(v - 1, r) / mpmath.besselk(v, r)
        np.testing.assert_allclose(jax.grad(dist.log_prob)(x), float(slope) * x, rtol=1e-11)


def test_multivariate_laplace_at_its_centre():
    at = np.zeros(1, np.float32)
    np.testing.assert_allclose(
        ex.MultivariateLaplace(at, np.array([[2.0**0.5]], np.float32)).log_prob(at), -np.log(2), rtol=1e-6
    )
    plane = ex.MultivariateLaplace(np.zeros(2, np.float32), np.eye(2, dtype=np.float32))
    assert plane.log_prob(np.zeros(2, np.float32)) == np.inf
    assert not any(
        np.isnan(g).any() for g in jax.tree.leaves(jax.grad(lambda d: d.log_prob(np.zeros(2, np.float32)))(plane))
    )


# --- Graphs, walks, processes, sums ---


def test_car_near_perfect_correlation():
    """A constant shift costs (1 - ρ) d: as a difference of products it would have lost its digits."""
    ring = np.roll(np.eye(5, dtype=np.float32), 1, 0) + np.roll(np.eye(5, dtype=np.float32), -1, 0)
    rho = np.float32(1 - 2**-20)
    dist = ex.CAR(np.zeros(5, np.float32), rho, np.float32(1.0), ring)
    gap = float(dist.log_prob(np.zeros(5, np.float32)) - dist.log_prob(np.full(5, 1000.0, np.float32)))
    np.testing.assert_allclose(gap, 0.5 * 2**-20 * 2 * 5e6, rtol=1e-5)
    for bad in (np.eye(5), ring * -1, np.triu(ring), 0 * ring):
        with pytest.raises(ValueError, match="adj_matrix"):
            ex.CAR(np.zeros(5, np.float32), 0.5, 1.0, bad.astype(np.float32))


def test_gaussian_process_from_a_kernel(key, x64):
    points = np.array([[0.0, 1.0], [1.0, 1.0], [0.5, -1.0]])

    def log_prob(scale):
        def kernel(s, t):
            return jnp.exp(-((s - t) ** 2).sum() / scale)

        dist = ex.GaussianProcess(kernel=kernel, index_points=points, observation_noise_variance=0.1)
        return dist.log_prob(np.array([0.1, 0.2, -0.3]))

    gaps = ((points[:, None] - points) ** 2).sum(-1)

    def exact(scale):
        return stats.multivariate_normal(np.zeros(3), np.exp(-gaps / scale) + 0.100001 * np.eye(3)).logpdf(
            [0.1, 0.2, -0.3]
        )

    value, slope = jax.value_and_grad(log_prob)(2.0)
    np.testing.assert_allclose(value, exact(2.0), rtol=1e-12)
    np.testing.assert_allclose(slope, (exact(2 + 1e-5) - exact(2 - 1e-5)) / 2e-5, rtol=1e-7)
    assert ex.GaussianProcess(kernel=lambda s, t: (s * t).sum(), index_points=np.ones((4, 3, 1))).batch_shape == (4,)
    with pytest.raises(ValueError, match="exactly one of covariance, kernel, got none"):
        ex.GaussianProcess(np.zeros(3))
    with pytest.raises(ValueError, match="exactly one of covariance, index_points, got none"):
        ex.GaussianProcess(kernel=lambda s, t: s * t)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (1, 3)])
def test_zero_sums_are_a_normal_on_the_subspace(shape, key, x64):
    dist, size = ex.ZeroSumNormal(0.7, shape), int(np.prod(shape))
    x = dist.sample(key, (3,))
    for axis in range(1, len(shape) + 1):
        np.testing.assert_allclose(x.sum(axis), 0, atol=1e-14)
    projection = np.eye(1)
    for n in shape:
        projection = np.kron(projection, np.eye(n) - 1 / n)
    exact = stats.multivariate_normal(np.zeros(size), 0.49 * projection, allow_singular=True)
    if dist._dimension:
        np.testing.assert_allclose(dist.log_prob(x), exact.logpdf(np.asarray(x).reshape(3, -1)), rtol=1e-12)
    np.testing.assert_allclose(dist.variance().ravel(), 0.49 * np.diag(projection), atol=1e-15)
    for bad in ((), (0,), [3], 3):
        with pytest.raises(ValueError, match="event_shape"):
            ex.ZeroSumNormal(1.0, bad)


# --- Relaxed laws ---


def test_two_relaxed_outcomes_are_a_relaxed_coin(x64):
    logits, x = np.array([0.5, -1.0]), np.array([1e-200, 0.25, 0.999])
    pair = np.stack([x, 1 - x], -1)
    coin = ex.RelaxedBernoulli(0.3, logits=1.5)
    relaxed = ex.RelaxedOneHotCategorical(0.3, logits=logits)
    np.testing.assert_allclose(relaxed.log_prob(pair), coin.log_prob(x), rtol=1e-12)
    logarithm = ex.ExpRelaxedOneHotCategorical(0.3, logits=logits).log_prob(np.log(pair))
    np.testing.assert_allclose(logarithm - np.log(pair).sum(-1), relaxed.log_prob(pair), rtol=1e-12)


def test_relaxed_at_low_temperatures(key):
    dist = ex.ExpRelaxedOneHotCategorical(np.float32(1e-4), logits=np.array([0.0, 1.0, -2.0], np.float32))

    def total(d, k):
        y = d.sample(k, (1000,))
        return d.log_prob(y).sum(), y

    grad, y = jax.grad(total, has_aux=True)(dist, key)
    assert np.isfinite(y).all()
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(grad))
    shares = np.bincount(np.argmax(y, -1), minlength=3) / 1000  # T → 0: the categorical law
    p = np.exp([0.0, 1.0, -2.0]) / np.exp([0.0, 1.0, -2.0]).sum()
    assert (np.abs(shares - p) < Z_LIMIT * np.sqrt(p * (1 - p) / 1000)).all()
    edge = np.array([0.0, 0.5, 0.5], np.float32)
    law = ex.RelaxedOneHotCategorical(np.float32(0.5), logits=np.zeros(3, np.float32))
    assert law.log_prob(edge) == -np.inf
    assert not any(np.any(leaf) for leaf in jax.tree.leaves(jax.grad(lambda d: d.log_prob(edge))(law)))


@pytest.mark.parametrize("temperature", [0.05, 0.75, 1.0, 30.0])
def test_moments_of_a_relaxed_coin(temperature, x64):
    for logits in (-6.0, 0.5, 3.0):
        dist, center, t = ex.RelaxedBernoulli(temperature, logits=logits), -logits, mpmath.mpf(temperature)

        def mean(of, t=t, logits=logits, center=center):
            steps = sorted({-60, center - 3 * float(t), center, center + 3 * float(t), 0, 60})
            density = lambda v: 1 / (4 * mpmath.cosh(v / 2) ** 2)  # noqa: E731
            with mpmath.workdps(20):
                return mpmath.quad(lambda v: of((logits + v) / t) * density(v), steps)

        first = mean(lambda y: 1 / (1 + mpmath.exp(-y)))
        second = mean(lambda y, first=first: (1 / (1 + mpmath.exp(-y)) - first) ** 2)
        logs = mean(lambda y: abs(y) + 2 * mpmath.log1p(mpmath.exp(-abs(y))))
        np.testing.assert_allclose(dist.mean(), float(first), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(dist.variance(), float(second), rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(dist.entropy(), float(2 - mpmath.log(t) - logs), rtol=1e-9)


# --- Copula ---


def test_copula_in_both_tails():
    """Normal marginals make a normal vector: twelve deviations out in single precision."""
    r = np.array([[1.0, 0.5], [0.5, 1.0]], np.float32)
    joint = ex.GaussianCopula(ex.Normal(np.zeros(2, np.float32), 1.0), correlation_matrix=r)
    exact = ex.MultivariateNormal(np.zeros(2, np.float32), covariance=r)
    x = np.array([[12.0, 11.0], [-12.0, -11.0], [9.0, -8.0], [0.1, 0.0]], np.float32)
    np.testing.assert_allclose(joint.log_prob(x), exact.log_prob(x), rtol=2e-5)
    assert joint.log_prob(np.array([3e38, 0.0], np.float32)) == -np.inf


def test_copula_edges(key):
    r = np.array([[1.0, 0.5], [0.5, 1.0]], np.float32)
    joint = ex.GaussianCopula(ex.Exponential(np.array([1.0, 2.0], np.float32)), correlation_matrix=r)
    assert joint.log_prob(np.array([-1.0, 1.0], np.float32)) == -np.inf
    assert np.isfinite(joint.sample(key, (10_000,))).all()
    for marginal in (ex.Poisson(np.ones(2)), ex.Normal(0.0, 1.0), ex.Normal(np.zeros(3), 1.0)):
        with pytest.raises(ValueError, match="marginal_dist"):
            ex.GaussianCopula(marginal, correlation_matrix=r)
    with pytest.raises(ValueError, match="exactly one"):
        ex.GaussianCopula(ex.Normal(np.zeros(2), 1.0))
