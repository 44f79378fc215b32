"""Divergences of every pair with a rule, against quadrature, enumeration or a large Monte Carlo run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from case import array

import expectax as ex
from expectax import bijectors as bij
from expectax.divergences._kl import _RULES
from expectax.testing._quadrature import integral, total

TRIL, OVER = array([2.0, 0.0], [1.0, 1.5]), array([1.0, 0.0], [-0.5, 2.5])
FACTOR = array([1.0], [2.0], [-1.0])
DIAGONAL = array(0.5, 1.0, 2.0)
Z_LIMIT = 5.5  # passed by chance once in 2·10⁷ tests

SCALARS = [
    (ex.Normal(1.0, 2.0), ex.Normal(-0.5, 0.75)),
    (ex.LogNormal(1.0, 0.5), ex.LogNormal(-0.5, 0.75)),
    (ex.LogitNormal(1.0, 0.5), ex.LogitNormal(-0.5, 0.75)),
    (ex.TanhNormal(0.25, 0.5), ex.TanhNormal(-0.5, 0.75)),
    (ex.Transformed(ex.Gumbel(0.25, 0.5), bij.Exp()), ex.Transformed(ex.Gumbel(-0.5, 0.75), bij.Exp())),
    (ex.HalfNormal(2.0), ex.HalfNormal(0.75)),
    (ex.Moyal(1.0, 2.0), ex.Moyal(-0.5, 1.75)),
    (ex.Rayleigh(2.0), ex.Rayleigh(0.75)),
    (ex.InverseGaussian(2.0, 3.0), ex.InverseGaussian(0.75, 1.5)),
    (ex.LogLogistic(0.25, 0.25), ex.LogLogistic(-0.5, 0.75)),
    (ex.ExpGamma(2.5, 2.0), ex.ExpGamma(0.75, 0.5)),
    (ex.Chi2(2.5), ex.Chi2(4.0)),
    (ex.Chi(2.5), ex.Chi(4.0)),
    (ex.Chi2(2.5), ex.Gamma(4.0, 2.0)),
    (ex.Gamma(4.0, 2.0), ex.Chi2(2.5)),
    (ex.ContinuousBernoulli(probs=0.25), ex.ContinuousBernoulli(logits=2.0)),
    (ex.Beta(2.5, 1.5), ex.ContinuousBernoulli(probs=0.75)),
    (ex.ContinuousBernoulli(probs=0.25), ex.Normal(0.5, 0.75)),
    (ex.ContinuousBernoulli(probs=0.25), ex.Exponential(2.0)),
    (ex.Laplace(1.0, 2.0), ex.Laplace(-0.5, 0.75)),
    (ex.Normal(1.0, 2.0), ex.Laplace(-0.5, 0.75)),
    (ex.Laplace(1.0, 2.0), ex.Normal(-0.5, 0.75)),
    (ex.Cauchy(1.0, 2.0), ex.Cauchy(-0.5, 0.75)),
    (ex.Gumbel(1.0, 2.0), ex.Gumbel(-0.5, 1.75)),
    (ex.Gumbel(1.0, 2.0), ex.Normal(-0.5, 1.75)),
    (ex.Normal(1.0, 1.0), ex.Gumbel(-0.5, 1.75)),
    (ex.Exponential(2.0), ex.Gumbel(-0.5, 1.75)),
    (ex.Gamma(2.5, 2.0), ex.Gumbel(-0.5, 1.75)),
    (ex.Uniform(-1.0, 2.0), ex.Gumbel(-0.5, 1.75)),
    (ex.Weibull(1.5, 2.0), ex.Weibull(0.75, 0.5)),
    (ex.Weibull(1.5, 2.0), ex.Gamma(0.75, 0.5)),
    (ex.Weibull(1.5, 2.0), ex.Exponential(0.5)),
    (ex.Logistic(1.0, 2.0), ex.Logistic(-0.5, 0.75)),
    (ex.Logistic(1.0, 0.5), ex.Logistic(-0.5, 0.75)),
    (ex.Gamma(2.5, 2.0), ex.Gamma(0.75, 0.5)),
    (ex.Gamma(0.5, 2.0), ex.Gamma(40.0, 30.0)),
    (ex.Gamma(2.5, 2.0), ex.Exponential(0.5)),
    (ex.Gamma(2.5, 2.0), ex.Normal(1.0, 0.75)),
    (ex.LogNormal(0.25, 0.5), ex.Gamma(0.75, 0.5)),
    (ex.InverseGamma(2.5, 2.0), ex.InverseGamma(0.75, 0.5)),
    (ex.InverseGamma(2.5, 2.0), ex.Gamma(0.75, 0.5)),
    (ex.Exponential(2.0), ex.Exponential(0.5)),
    (ex.Exponential(2.0), ex.Gamma(0.75, 0.5)),
    (ex.Exponential(2.0), ex.Normal(0.75, 0.5)),
    (ex.Beta(2.5, 1.5), ex.Beta(0.75, 4.0)),
    (ex.Beta(2.5, 1.5), ex.Normal(0.75, 4.0)),
    (ex.Beta(2.5, 1.5), ex.Exponential(2.0)),
    (ex.Beta(2.5, 1.5), ex.Gamma(2.0, 3.0)),
    (ex.Beta(2.5, 1.5), ex.Uniform(0.0, 2.0)),
    (ex.Kumaraswamy(2.5, 1.5), ex.Beta(0.75, 4.0)),
    (ex.Kumaraswamy(2.5, 0.5), ex.Beta(2.0, 3.0)),
    (ex.Uniform(0.25, 0.75), ex.Beta(0.75, 4.0)),
    (ex.Uniform(0.25, 0.75), ex.Uniform(0.0, 1.5)),
    (ex.Uniform(0.25, 0.75), ex.Exponential(2.0)),
    (ex.Uniform(0.25, 0.75), ex.Gamma(2.0, 3.0)),
    (ex.Uniform(0.25, 0.75), ex.Normal(2.0, 3.0)),
    (ex.Uniform(2.25, 4.75), ex.Pareto(3.0, 2.0)),
    (ex.Pareto(4.5, 3.0), ex.Pareto(2.5, 2.0)),
    (ex.Pareto(4.5, 3.0), ex.Exponential(2.0)),
    (ex.Pareto(4.5, 3.0), ex.Gamma(2.0, 3.0)),
    (ex.Pareto(4.5, 3.0), ex.Normal(2.0, 3.0)),
    (ex.TruncatedNormal(1.0, 2.0, -1.0, 4.0), ex.TruncatedNormal(0.0, 1.0, -2.0, 5.0)),
    (ex.TruncatedNormal(1.0, 2.0, -1.0, 4.0), ex.Normal(0.0, 1.0)),
    (ex.Uniform(0.25, 0.75), ex.TruncatedNormal(0.0, 1.0, -2.0, 5.0)),
    (ex.VonMises(0.5, 2.5), ex.VonMises(-2.0, 4.0)),
]
COUNTS = [
    (ex.Poisson(3.5), ex.Poisson(5.0)),
    (ex.Poisson(3.5), ex.Geometric(probs=0.25)),
    (ex.Geometric(probs=0.5), ex.Geometric(logits=0.75)),
    (ex.NegativeBinomial(2.5, probs=0.25), ex.NegativeBinomial(2.5, logits=0.75)),
    (ex.Binomial(12.0, probs=0.25), ex.Binomial(12.0, logits=0.75)),
    (ex.Bernoulli(probs=0.25), ex.Bernoulli(logits=0.75)),
    (ex.Bernoulli(probs=0.25), ex.Poisson(0.75)),
    (ex.Zipf(4.5), ex.Zipf(3.0)),
    (ex.DiscreteUniform(1.0, 4.0), ex.DiscreteUniform(0.0, 9.0)),
    (ex.Categorical(probs=array(0.25, 0.5, 0.25)), ex.Categorical(logits=array(0.5, -1.0, 2.0))),
    (ex.Categorical(probs=array(0.25, 0.5, 0.25)), ex.Binomial(5.0, probs=0.5)),
]
VECTORS = [
    (ex.Dirichlet(array(2.5, 1.0, 4.0)), ex.Dirichlet(array(0.5, 3.0, 2.0))),
    (ex.OneHotCategorical(probs=array(0.25, 0.75)), ex.OneHotCategorical(logits=array(0.5, -1.0))),
    (ex.Multinomial(9.0, probs=array(0.25, 0.75)), ex.Multinomial(9.0, logits=array(0.5, -1.0))),
    (
        ex.MultivariateNormal(array(1.0, -1.0), scale_tril=TRIL),
        ex.MultivariateNormal(array(0.0, 2.0), scale_tril=OVER),
    ),
    (
        ex.LowRankMultivariateNormal(array(1.0, 0.0, -2.0), FACTOR, DIAGONAL),
        ex.LowRankMultivariateNormal(array(0.0, 0.5, 1.0), 2 * FACTOR[::-1], 2 * DIAGONAL),
    ),
    (
        ex.LowRankMultivariateNormal(array(1.0, 0.0, -2.0), FACTOR, DIAGONAL),
        ex.MultivariateNormal(array(0.0, 0.5, 1.0), scale_tril=np.tril(np.ones((3, 3), np.float32))),
    ),
    (
        ex.MultivariateNormal(array(0.0, 0.5, 1.0), scale_tril=np.tril(np.ones((3, 3), np.float32))),
        ex.LowRankMultivariateNormal(array(1.0, 0.0, -2.0), FACTOR, DIAGONAL),
    ),
    (
        ex.MultivariateNormal(array(1.0, -1.0), scale_diag=array(0.5, 2.0)),
        ex.MultivariateNormal(array(0.0, 2.0), scale_diag=array(1.0, 1.5)),
    ),
    (
        ex.Independent(ex.Normal(array(1.0, -1.0), array(0.5, 2.0)), 1),
        ex.MultivariateNormal(array(0.0, 2.0), scale_tril=OVER),
    ),
    (
        ex.MultivariateNormal(array(0.0, 2.0), scale_tril=OVER),
        ex.Independent(ex.Normal(array(1.0, -1.0), array(0.5, 2.0)), 1),
    ),
    (ex.GaussianProcess(array(0.0, 1.0), TRIL @ TRIL.T), ex.GaussianProcess(array(0.5, 0.0), OVER @ OVER.T)),
    (ex.GaussianProcess(array(0.0, 1.0), TRIL @ TRIL.T), ex.MultivariateNormal(array(0.5, 0.0), scale_tril=OVER)),
    (ex.MultivariateNormal(array(0.5, 0.0), scale_tril=OVER), ex.GaussianProcess(array(0.0, 1.0), TRIL @ TRIL.T)),
    (
        ex.MatrixNormal(np.ones((2, 2), np.float32), TRIL, OVER),
        ex.MatrixNormal(np.zeros((2, 2), np.float32), OVER, TRIL),
    ),
    (ex.VonMisesFisher(array(0.6, 0.8, 0.0), 4.0), ex.VonMisesFisher(array(0.0, 0.0, 1.0), 1.5)),
    (ex.PowerSpherical(array(0.6, 0.8, 0.0), 4.0), ex.VonMisesFisher(array(0.0, 0.0, 1.0), 1.5)),
    (ex.SphericalUniform(3), ex.VonMisesFisher(array(0.0, 0.0, 1.0), 1.5)),
    (ex.VonMisesFisher(array(0.6, 0.8, 0.0), 4.0), ex.SphericalUniform(3)),
    (ex.PowerSpherical(array(0.6, 0.8, 0.0), 4.0), ex.SphericalUniform(3)),
    (ex.SphericalUniform(3), ex.SphericalUniform(3)),
    (ex.Wishart(5.5, scale_tril=TRIL), ex.Wishart(4.0, scale_tril=OVER)),
    (ex.InverseWishart(5.5, scale_tril=TRIL), ex.InverseWishart(4.0, scale_tril=OVER)),
    (ex.LKJ(3, 2.5), ex.LKJ(3, 0.75)),
    (ex.LKJCholesky(4, 2.5), ex.LKJCholesky(4, 0.75)),
    (
        ex.Independent(ex.Gamma(array(0.5, 2.0, 5.0), array(1.5, 1.0, 2.0)), 1),
        ex.Independent(ex.Gamma(array(1.0, 1.0, 3.0), array(2.0, 1.0, 0.5)), 1),
    ),
    (ex.BatchBroadcast(ex.Normal(1.0, 2.0), ()), ex.BatchBroadcast(ex.Normal(0.0, 1.5), ())),
    (ex.Sample(ex.Laplace(1.0, 2.0), (3,)), ex.Sample(ex.Laplace(0.0, 1.5), (3,))),
    (
        ex.Blockwise([ex.Normal(1.0, 2.0), ex.Dirichlet(array(2.5, 1.0, 4.0))]),
        ex.Blockwise([ex.Normal(0.0, 1.5), ex.Dirichlet(array(0.5, 3.0, 2.0))]),
    ),
    (ex.Masked(ex.Laplace(1.0, 2.0), 1.0), ex.Masked(ex.Laplace(0.0, 1.5), 1.0)),
    (ex.Hurdle(ex.Gamma(2.5, 1.0), gate=0.25), ex.Hurdle(ex.Gamma(1.5, 2.0), gate_logits=0.5)),
    (ex.Hurdle(ex.Geometric(probs=0.25), gate=0.25), ex.Hurdle(ex.Geometric(probs=0.5), gate=0.5)),
    (ex.ZeroInflated(ex.Poisson(2.5), gate=0.25), ex.ZeroInflated(ex.Poisson(4.0), gate_logits=0.5)),
]


def name(pair):
    return "-".join(d._label for d in pair)


def in_double(pair):
    return jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), pair)


def gaps(p, q, x):
    """p(x) (log p(x) - log q(x)), 0 where p has no mass."""
    log_p, log_q = np.asarray(p.log_prob(x)), np.asarray(q.log_prob(x))
    mass = log_p > -700
    return np.where(mass, np.exp(log_p) * (np.where(mass, log_p, 0.0) - np.where(mass, log_q, 0.0)), 0.0)


@pytest.mark.parametrize("pair", SCALARS, ids=name)
def test_against_quadrature(pair, key, x64):
    p, q = in_double(pair)
    low, high = (np.asarray(end) for end in p.support.bounds)
    expected = integral(lambda x: gaps(p, q, x), np.asarray(p.sample(key, (20_000,))), low, high, 2.0**-52)
    np.testing.assert_allclose(ex.kl(p, q), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("pair", COUNTS, ids=name)
def test_against_enumeration(pair, key, x64):
    p, q = in_double(pair)
    high = np.asarray(getattr(p.support, "high", np.inf))
    expected = total(lambda x: gaps(p, q, x), np.asarray(p.sample(key, (5_000,)), float), 0, high)
    np.testing.assert_allclose(ex.kl(p, q), expected, rtol=1e-6)


@pytest.mark.parametrize("pair", VECTORS, ids=name)
def test_against_draws(pair, key):
    p, q = pair
    x = p.sample(key, (200_000,))
    terms = np.asarray(p.log_prob(x) - q.log_prob(x), np.float64)
    assert abs(terms.mean() - float(ex.kl(p, q))) < Z_LIMIT * terms.std() / len(terms) ** 0.5 + 1e-6


def test_every_rule_is_tested():
    tested = {(type(p), type(q)) for p, q in SCALARS + COUNTS + VECTORS}
    families = {q for _, q in tested}
    for p, q in _RULES:
        assert (p, q) in tested or (p is ex.AbstractDistribution and q in families | {p}), (p, q)


@pytest.mark.parametrize("pair", SCALARS + COUNTS + VECTORS, ids=name)
def test_a_law_is_at_no_distance_from_itself(pair):
    for d in pair:
        if (type(d), type(d)) in _RULES:
            assert abs(float(ex.kl(d, d))) < 2e-5


@pytest.mark.thin(2)
@pytest.mark.parametrize("pair", SCALARS + COUNTS + VECTORS, ids=name)
def test_derivatives_are_finite_and_zero_at_itself(pair):
    p, q = pair
    slopes = jax.grad(lambda p, q: ex.kl(p, q), argnums=(0, 1))(*jax.tree.map(jnp.asarray, (p, q)))
    finite = jax.tree.map(lambda g: bool(jnp.isfinite(g).all()), slopes)
    assert all(jax.tree.leaves(finite)), slopes


@pytest.mark.thin(3)
@pytest.mark.parametrize("pair", SCALARS + COUNTS + VECTORS, ids=name)
def test_single_precision_batches_and_jit(pair, x64):
    wide = float(ex.kl(*in_double(pair)))
    p, q = jax.tree.map(lambda v: jnp.asarray(v, jnp.float32), pair)
    np.testing.assert_allclose(ex.kl(p, q), wide, rtol=2e-5, atol=2e-6)
    stacked = jax.tree.map(lambda v: jnp.stack([v, v])[:, None], p)
    if not jax.tree.leaves(p) or not jax.tree.leaves(q):
        return
    batch = ex.kl(stacked, jax.tree.map(lambda v: jnp.stack([v, v, v]), q))
    assert batch.shape == (2, 3)
    assert batch.dtype == jnp.float32
    np.testing.assert_allclose(batch, wide, rtol=2e-5, atol=2e-6)
    np.testing.assert_allclose(jax.jit(ex.kl)(p, q), wide, rtol=2e-5, atol=2e-6)


# --- Where both laws are close, and far apart ---


@pytest.mark.parametrize(
    ("make", "curvature"),
    [
        (lambda t: ex.Normal(0.0, 1.0 + t), 2.0),
        (lambda t: ex.Gamma(1e6 + 1e6 * t, 1.0), 1e12 * 1e-6),
        (lambda t: ex.Poisson(1e6 + 1e6 * t), 1e6),
        (lambda t: ex.Cauchy(0.0, 1.0 + t), 0.5),
        (lambda t: ex.Bernoulli(probs=0.5 + t), 4.0),
    ],
    ids=["Normal", "Gamma", "Poisson", "Cauchy", "Bernoulli"],
)
def test_close_laws_keep_their_digits(make, curvature):
    """KL = ½ I(θ) dθ² to first order: in single precision the plain formulas give noise of either sign."""
    step = 2.0**-10
    np.testing.assert_allclose(ex.kl(make(step), make(0.0)), 0.5 * curvature * step**2, rtol=5e-3)


def test_edges():
    forbidden = ex.Categorical(probs=array(0.25, 0.75, 0.0))
    expected = 0.25 * np.log(0.25 * 3) + 0.75 * np.log(0.75 * 3)
    np.testing.assert_allclose(ex.kl(forbidden, ex.Categorical(logits=np.zeros(3, np.float32))), expected, rtol=1e-6)
    whole = ex.kl(ex.Uniform(0.0, 1.0), ex.Beta(0.75, 4.0))
    np.testing.assert_allclose(whole, ex.kl(ex.Beta(1.0, 1.0), ex.Beta(0.75, 4.0)), rtol=1e-5)


def test_logits_far_out():
    np.testing.assert_allclose(ex.kl(ex.Bernoulli(logits=200.0), ex.Bernoulli(logits=-200.0)), 200.0, rtol=1e-6)
    assert ex.kl(ex.Bernoulli(probs=0.5), ex.Bernoulli(probs=0.0)) == jnp.inf
    assert ex.kl(ex.Bernoulli(probs=0.0), ex.Bernoulli(probs=0.5)) == pytest.approx(np.log(2))
    never = ex.Categorical(logits=array(0.0, -np.inf))
    assert ex.kl(never, ex.Categorical(logits=array(0.0, 0.0))) == pytest.approx(np.log(2))
    assert ex.kl(ex.Categorical(logits=array(0.0, 0.0)), never) == jnp.inf


# --- What is infinite, unknown, or on request ---

INFINITE = [
    (ex.Normal(0.0, 1.0), ex.Exponential(1.0)),
    (ex.Normal(0.0, 1.0), ex.Uniform(-9.0, 9.0)),
    (ex.Normal(0.0, 1.0), ex.Pareto(1.0, 1.0)),
    (ex.Exponential(1.0), ex.Beta(1.0, 1.0)),
    (ex.Exponential(1.0), ex.Uniform(0.0, 9.0)),
    (ex.Uniform(-1.0, 1.0), ex.Gamma(1.0, 1.0)),
    (ex.Uniform(0.0, 1.0), ex.Uniform(0.5, 2.0)),
    (ex.Uniform(0.0, 2.0), ex.Beta(2.0, 2.0)),
    (ex.Pareto(2.0, 1.0), ex.Pareto(2.0, 1.5)),
    (ex.Beta(1.0, 2.0), ex.Pareto(2.0, 1.5)),
    (ex.Cauchy(0.0, 1.0), ex.Normal(0.0, 1.0)),
    (ex.Pareto(1.5, 1.0), ex.Normal(0.0, 1.0)),
    (ex.Poisson(1.0), ex.Bernoulli(probs=0.5)),
    (ex.Poisson(1.0), ex.Normal(1.0, 1.0)),
    (ex.Poisson(1.0), ex.Binomial(4.0, probs=0.5)),
    (ex.Geometric(probs=0.5), ex.DiscreteUniform(0, 4)),
    (ex.Pareto(2.0, 1.0), ex.Beta(2.0, 2.0)),
    (ex.TruncatedNormal(0.0, 1.0, -1.0, 1.0), ex.TruncatedNormal(0.0, 1.0, 0.0, 1.0)),
]


@pytest.mark.parametrize("pair", INFINITE, ids=name)
def test_mass_where_the_other_has_none(pair):
    assert ex.kl(*pair) == jnp.inf


def test_methods_are_labelled():
    assert ex.kl_method(ex.Normal(0.0, 1.0), ex.Normal(0.0, 1.0)) == "closed form"
    assert ex.kl_method(ex.Logistic(0.0, 1.0), ex.Logistic(0.0, 1.0)) == "quadrature"
    assert ex.kl_method(ex.Bernoulli(probs=0.5), ex.Poisson(1.0)) == "enumeration"
    assert ex.kl_method(ex.Normal(0.0, 1.0), ex.Exponential(1.0)) == "infinite"


@pytest.mark.parametrize(("s1", "s2", "d"), [(1e-3, 1.0, 2.0), (1.0, 1e-3, 2.0), (1.0, 1.0, 60.0), (2.0, 1.0, 500.0)])
def test_logistic_far_out(s1, s2, d, x64):
    p, q = ex.Logistic(d, s1), ex.Logistic(0.0, s2)
    z = np.linspace(-60.0, 60.0, 1_000_001)  # finer than the narrower law
    weights = (z[1] - z[0]) / (4 * np.cosh(z / 2) ** 2)
    x = d + s1 * z
    expected = (weights * (np.asarray(p.log_prob(x)) - np.asarray(q.log_prob(x)))).sum()
    np.testing.assert_allclose(ex.kl(p, q), expected, rtol=1e-6)


def test_unequal_totals_have_no_closed_form():
    assert np.isnan(ex.kl(ex.Binomial(5.0, probs=0.5), ex.Binomial(6.0, probs=0.5)))


def test_bad_parameters_show_as_nan():
    bad = jax.jit(lambda s: ex.kl(ex.Normal(0.0, s), ex.Normal(0.0, 1.0)))(-1.0)
    assert np.isnan(bad)
    assert np.isnan(jax.jit(lambda s: ex.kl(ex.Normal(0.0, s), ex.Exponential(1.0)))(jnp.nan))


def test_a_pair_without_a_rule(key):
    p, q = ex.StudentT(5.0, 0.0, 1.0), ex.Logistic(0.0, 1.0)
    with pytest.raises(ex.UndefinedMethodError, match=r"kl\(StudentT, Logistic\) has no formula(.|\n)*num_samples"):
        ex.kl(p, q)
    with pytest.raises(ex.ArgumentError, match="both key and num_samples"):
        ex.kl(p, q, key=key)
    with pytest.raises(ex.ShapeError, match="same events"):
        ex.kl(ex.Normal(np.zeros(3), 1.0), ex.Dirichlet(np.ones(3)))
    with pytest.raises(ex.ParameterError, match="batch"):
        ex.kl(ex.Normal(np.zeros(3), 1.0), ex.Normal(np.zeros(2), 1.0))
    estimate = ex.kl(p, q, key=key, num_samples=100_000)
    x = p.sample(jax.random.fold_in(key, 1), (100_000,))
    assert abs(float(estimate - (p.log_prob(x) - q.log_prob(x)).mean())) < 0.02


def test_monte_carlo_broadcasts(key):
    p, q = ex.Normal(np.zeros((2, 1), np.float32), 1.0), ex.Normal(np.ones((4, 1, 3), np.float32), 2.0)
    estimate = ex.kl(p, q, key=key, num_samples=20_000)
    assert estimate.shape == (4, 2, 3)
    np.testing.assert_allclose(estimate, ex.kl(p, q), atol=0.05)
    slope = jax.grad(
        lambda m: ex.kl(ex.Normal(m, 1.0), ex.Normal(0.0, 2.0), key=jax.random.fold_in(key, 1), num_samples=20_000)
    )(1.0)
    assert slope == pytest.approx(0.25, abs=0.02)


def test_monte_carlo_of_counts_in_the_verbs(key):
    def loss(rate, key):
        return ex.kl(ex.Poisson(rate), ex.Poisson(5.0), key=key, num_samples=20)

    slope = ex.grad(loss, num_samples=2_000)(3.0, key)
    assert slope == pytest.approx(np.log(3 / 5), abs=0.05)


def test_a_users_rule(key):
    class Mine(ex.AbstractDistribution):
        loc: jax.Array = ex.parameter(ex.supports.real)
        support = ex.supports.real

        def _sample(self, key, shape):
            return self.loc + jax.random.normal(key, shape, self.dtype)

        def _log_prob(self, x):
            return -0.5 * (x - self.loc) ** 2 - 0.5 * float(np.log(2 * np.pi))

    p, q = Mine(jnp.array(0.0)), Mine(jnp.array(2.0))
    with pytest.raises(ex.UndefinedMethodError):
        ex.kl(p, q)
    ex.register_kl(Mine, Mine)(lambda p, q: 0.5 * (p.loc - q.loc) ** 2)
    try:
        assert ex.kl(p, q) == 2.0
    finally:
        del _RULES[Mine, Mine]


def test_monte_carlo_entropy(key):
    law = ex.Gamma(array(0.5, 3.0), 2.0)
    estimate = law.entropy(key=key, num_samples=100_000)
    np.testing.assert_allclose(estimate, law.entropy(), atol=0.03)
    with pytest.raises(ex.UndefinedMethodError):
        ex.NoncentralChi2(2.0, 1.5).entropy()
    with pytest.raises(ex.ArgumentError, match="both key and num_samples"):
        law.entropy(num_samples=3)
    with pytest.raises(ex.ArgumentError, match="num_samples"):
        law.entropy(key=key, num_samples=0)
