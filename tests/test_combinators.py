"""Distributions made of another one: against SciPy, mpmath, enumeration and quadrature."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from case import array
from scipy import integrate, stats

import expectax as ex
from expectax import bijectors, numerics, supports
from expectax.bijectors import AbstractBijector

Z_LIMIT = 6.0
DRAWS = 200_000


def gradient_of_expectation(loss, parameter, key):
    """Mean and standard error of the gradient's estimate over single runs, the choice of estimator left to `auto`."""
    one = jax.grad(ex.surrogate(loss))
    runs = jax.jit(jax.vmap(one, (None, 0)))(jnp.float32(parameter), jax.random.split(key, DRAWS))
    runs = np.asarray(runs, np.float64)
    return runs.mean(), runs.std() / DRAWS**0.5


# --- Truncated ---


@pytest.mark.parametrize(("low", "high"), [(8.0, np.inf), (8.0, 8.5), (-30.0, -29.0), (0.5, 0.50390625), (-1.0, 2.0)])
def test_truncated_normal_in_far_tails_and_narrow(low, high):
    dist = ex.Truncated(ex.Normal(0.0, 1.0), np.float32(low), np.float32(high))
    share = np.array([0.25, 0.5, 0.9])
    x = np.float32(low + share * min(high - low, 0.5))
    got = np.asarray(dist.log_prob(x), np.float64)
    mass = mpmath.quad(mpmath.npdf, [low, high] if np.isfinite(high) else [low, low + 1, low + 30])
    expected = [float(mpmath.log(mpmath.npdf(float(v)) / mass)) for v in x]
    np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-5)
    back = dist.cdf(dist.quantile(np.float32(share)))
    np.testing.assert_allclose(back, share, rtol=1e-2 if high - low < 0.01 else 2e-4)


def test_truncated_draws_far_right_and_their_derivative(key, x64):
    def draw(loc, low, key):
        return ex.Truncated(ex.Normal(loc, 1.0), low).sample(key, (2000,))

    x = np.asarray(draw(0.0, 12.0, key))
    assert stats.kstest(x, stats.truncnorm(12.0, np.inf).cdf).pvalue > 1e-9
    with jax.debug_key_reuse(False):
        slope = jax.jvp(lambda loc, low: draw(loc, low, key), (0.0, 12.0), (0.0, 1.0))[1]
        reference = jax.jvp(
            lambda low: ex.TruncatedNormal(0.0, 1.0, low, jnp.inf).quantile(
                ex.TruncatedNormal(0.0, 1.0, 12.0, np.inf).cdf(x)
            ),
            (12.0,),
            (1.0,),
        )[1]
    np.testing.assert_allclose(slope, reference, rtol=1e-6)


def test_truncated_counts_are_conditional_probabilities(key):
    dist = ex.Truncated(ex.Poisson(3.5), 2.0, 6.0)
    k = np.arange(2, 7)
    p = stats.poisson(3.5).pmf(k) / stats.poisson(3.5).pmf(k).sum()
    np.testing.assert_allclose(dist.prob(k.astype(np.float32)), p, rtol=1e-5)
    np.testing.assert_allclose(dist.cdf(k.astype(np.float32)), p.cumsum(), rtol=1e-5)
    assert dist.log_prob(1.0) == dist.log_prob(7.0) == -np.inf
    draws = np.asarray(dist.sample(key, (DRAWS,)))
    counts = np.array([(draws == v).sum() for v in k])
    assert counts.sum() == DRAWS
    assert (np.abs(counts - DRAWS * p) < Z_LIMIT * np.sqrt(DRAWS * p)).all()
    with pytest.raises(ValueError, match="integers with a least one"):
        ex.Truncated(ex.Skellam(1.0, 2.0), 0.0)


def test_empty_truncation_is_nan(key):
    dist = jax.jit(lambda low: ex.Truncated(ex.Exponential(1.0), low, 1.0).sample(key))
    assert np.isnan(dist(2.0))


# --- Gates and ends: gradients by default ---


@pytest.mark.parametrize(
    ("make", "slope"),
    [
        (lambda g: ex.ZeroInflated(ex.Poisson(2.0), gate=g), -6.0),
        (lambda g: ex.Hurdle(ex.Gamma(2.0, 1.0), gate=g), -6.0),
        (lambda g: ex.Hurdle(ex.Poisson(2.0), gate=g), -6.0 / (1 - np.exp(-2.0))),
        (lambda g: ex.ZeroInflated(ex.Poisson(8 * g), gate=0.25), 0.75 * (8 + 2 * 64 * 0.25)),
    ],
    ids=["inflated", "continuous hurdle", "hurdle", "base"],
)
def test_gradient_in_a_gate(make, slope, key):
    """d/dg E[x²], E[x²] = 6 in the base."""
    mean, error = gradient_of_expectation(lambda g, k: make(g).sample(k) ** 2, 0.25, key)
    assert abs(mean - slope) < Z_LIMIT * error, (mean, slope, error)
    assert error < 0.5


def test_censored_draws_are_followed_by_their_derivative(key):
    """d/dμ E[min(max(z, -½), 1)] = P(-½ < z < 1)."""

    def loss(loc, key):
        return ex.IntervalCensored(ex.Normal(loc, 1.0), -0.5, 1.0).sample(key)

    mean, error = gradient_of_expectation(loss, 0.25, key)
    expected = stats.norm.cdf(0.75) - stats.norm.cdf(-0.75)
    assert abs(mean - expected) < Z_LIMIT * error
    assert error < 2e-3


def test_a_log_density_that_jumps_at_the_ends_is_no_path(key):
    """The negative entropy of a censored law: pathwise would miss the mass that flows over the end."""

    def make(loc):
        return ex.LeftCensored(ex.Normal(loc, 1.0), 0.0)

    def loss(loc, key):
        dist = make(loc)
        return dist.log_prob(dist.sample(key))

    def negative_entropy(loc):
        p0 = stats.norm.cdf(-loc)
        density = stats.norm(loc, 1.0)
        return p0 * np.log(p0) + integrate.quad(lambda x: density.pdf(x) * density.logpdf(x), 0, np.inf)[0]

    mean, error = gradient_of_expectation(loss, 0.5, key)
    expected = (negative_entropy(0.501) - negative_entropy(0.499)) / 0.002
    assert abs(mean - expected) < Z_LIMIT * error, (mean, expected, error)


def test_mixtures_are_laws_with_a_distribution_function_like_others():
    law = ex.MixtureSameFamily(ex.Categorical(probs=array(0.25, 0.75)), ex.Normal(array(-1.0, 2.0), 1.0))
    other = ex.Mixture(ex.Categorical(probs=array(0.25, 0.75)), (ex.Normal(-1.0, 1.0), ex.Normal(2.0, 1.0)))
    for mixture in (law, other):
        expected = (mixture.cdf(0.5) - mixture.cdf(0.0)) / (mixture.cdf(1.0) - mixture.cdf(0.0))
        np.testing.assert_allclose(ex.Truncated(mixture, 0.0, 1.0).cdf(0.5), expected, rtol=2e-6)


def test_a_mixture_with_masses_is_no_path():
    censored = ex.LeftCensored(ex.Normal(0.0, 1.0), 0.0)
    mixture = ex.Mixture(ex.Categorical(probs=array(0.25, 0.75)), (censored, censored))
    assert mixture.mixed
    assert not mixture.pathwise


def test_no_estimator_for_an_end_behind_a_jump(key):
    def loss(low, key):
        dist = ex.LeftCensored(ex.Normal(0.0, 1.0), low)
        return dist.log_prob(dist.sample(key))

    with pytest.raises(ex.UnsoundGradientError):
        ex.grad(loss, num_samples=4)(0.0, key)


# --- Transformed ---


class Squash(AbstractBijector):
    """tanh."""

    codomain = supports.Interval(-1.0, 1.0, closed=False)

    def _forward_and_log_det(self, x):
        return jnp.tanh(x), -2 * numerics.log_cosh(x)

    def _inverse_and_log_det(self, y):
        return numerics.artanh(y), -numerics.log1msquare(y)

    def _increases(self):
        return True


@pytest.mark.parametrize("loc", [-50.0, 0.0, 50.0])
def test_saturated_actions_have_no_nan(loc, key):
    dist = ex.Transformed(ex.Normal(np.float32(loc), np.float32(np.exp(2))), Squash())
    action, log_prob = dist.sample_and_log_prob(key, (1000,))
    assert (np.abs(action) < 1).all()
    assert np.isfinite(log_prob).all()
    replayed = np.concatenate([np.asarray(action), array(1.0, -1.0)])
    value, gradient = jax.value_and_grad(lambda d: jnp.where(jnp.abs(replayed) < 1, d.log_prob(replayed), 0).sum())(
        dist
    )
    assert np.isfinite(value)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))
    assert (dist.log_prob(array(1.0, -1.0)) == -np.inf).all()
    assert (dist.score(array(1.0, -1.0)).base.loc == 0).all()


def test_pre_image_keeps_the_digits(key):
    dist = ex.Transformed(ex.Normal(20.0, 0.5), Squash())
    _, log_prob = dist.sample_and_log_prob(key, (100,))
    with jax.debug_key_reuse(False):
        u = np.asarray(ex.Normal(20.0, 0.5).sample(key, (100,)), np.float64)
    expected = stats.norm(20, 0.5).logpdf(u) + 2 * (np.abs(u) + np.log1p(np.exp(-2 * np.abs(u))) - np.log(2))
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5)


def test_affine_maps_have_moments():
    dist = ex.Transformed(ex.Gumbel(1.0, 2.0), bijectors.Scale(-3.0))
    law = stats.gumbel_l(-3, 6)
    np.testing.assert_allclose(
        [dist.mean(), dist.variance(), dist.entropy()], [law.mean(), law.var(), law.entropy()], rtol=1e-6
    )
    x = array(-20.0, -3.0, 4.0)
    np.testing.assert_allclose(dist.log_prob(x), law.logpdf(x), rtol=1e-5)
    np.testing.assert_allclose(dist.log_cdf(x), law.logcdf(x), rtol=1e-5)
    np.testing.assert_allclose(dist.log_sf(x), law.logsf(x), rtol=1e-5)
    with pytest.raises(NotImplementedError, match="mean"):
        ex.Transformed(ex.Normal(0.0, 1.0), bijectors.Exp()).mean()
    with pytest.raises(ValueError, match="a continuous distribution"):
        ex.Transformed(ex.Poisson(1.0), bijectors.Exp())


# --- Masked, Quantized ---


def test_missing_values_cost_nothing():
    mask = np.array([True, False])
    value = array(0.5, np.nan)

    def total(loc):
        return ex.Masked(ex.Normal(loc, 1.0), mask).log_prob(value).sum()

    np.testing.assert_allclose(jax.value_and_grad(total)(0.0), (stats.norm.logpdf(0.5), 0.5), rtol=1e-6)


def test_cells_in_far_tails():
    k = array(-30.0, 0.0, 13.0)
    for dist, back in ((ex.Quantized(ex.Normal(0.0, 1.0)), 1.0), (ex.Rounded(ex.Normal(0.0, 1.0)), 0.5)):
        expected = [float(mpmath.log(mpmath.quad(mpmath.npdf, [v - back, v - back + 1]))) for v in k.tolist()]
        np.testing.assert_allclose(dist.log_prob(k), expected, rtol=1e-6)


# --- Divergences ---


def _by_sum(p, q, values):
    a, b = np.asarray(p.log_prob(values), np.float64), np.asarray(q.log_prob(values), np.float64)
    return (np.exp(a) * (a - b)).sum()


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (ex.ZeroInflated(ex.Poisson(2.0), gate=0.25), ex.ZeroInflated(ex.Poisson(3.0), gate=0.5)),
        (ex.Hurdle(ex.Poisson(2.0), gate=0.25), ex.Hurdle(ex.Poisson(3.0), gate_logits=0.5)),
    ],
)
def test_divergences_of_gated_counts(p, q):
    np.testing.assert_allclose(ex.kl(p, q), _by_sum(p, q, np.arange(60.0, dtype=np.float32)), rtol=1e-5)
    np.testing.assert_allclose(
        p.entropy(), -_by_sum(p, ex.DiscreteUniform(0, 59), np.arange(60.0)) + np.log(60), rtol=1e-5
    )


def test_divergences_of_what_is_inside():
    p, q = ex.Normal(0.0, 1.0), ex.Normal(1.0, 2.0)
    inside = ex.kl(p, q)
    exp = bijectors.Exp()
    np.testing.assert_allclose(ex.kl(ex.Transformed(p, exp), ex.Transformed(q, exp)), inside, rtol=1e-6)
    np.testing.assert_allclose(ex.kl(ex.Sample(p, (2, 3)), ex.Sample(q, (2, 3))), 6 * inside, rtol=1e-6)
    np.testing.assert_allclose(ex.kl(ex.Blockwise([p, q]), ex.Blockwise([q, q])), inside, rtol=1e-6)
    np.testing.assert_allclose(
        ex.kl(ex.Masked(p, array(1.0, 0.0)), ex.Masked(q, array(1.0, 0.0))), [inside, 0], rtol=1e-6
    )
    unlike = ex.kl(ex.Transformed(p, bijectors.Scale(1.0)), ex.Transformed(q, bijectors.Scale(2.0)))
    assert np.isnan(unlike)


def test_one_site_for_draw_and_density(key):
    for dist in (ex.Sample(ex.Gamma(array(2.0, 3.0), 1.0), (3,)), ex.BatchBroadcast(ex.Normal(0.0, 1.0), (4,))):
        with jax.debug_key_reuse(False):
            draw, log_prob = dist.sample_and_log_prob(key, (2,))
        assert draw.shape == (2, *dist.batch_shape, *dist.event_shape)
        np.testing.assert_allclose(log_prob, dist.log_prob(draw), rtol=1e-5)
