"""Draws that share their noise along an axis: each has its law, means are unbiased, variances fall, and terms of two draws are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

import expectax as ex
from expectax import random
from expectax.estimators import Antithetic, Sobol, Stratified
from expectax.random import _sobol

Z_LIMIT = 5.0
COUPLED = pytest.mark.parametrize("gradient", ["antithetic", "stratified", "sobol"])


def estimates(loss, theta, key, repeats=4000):
    step = jax.grad(ex.surrogate(loss))
    return np.asarray(jax.jit(jax.vmap(step, (None, 0)))(theta, jax.random.split(key, repeats)), float)


def assert_mean(found, expected):
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(0) - expected) < Z_LIMIT * error + 2e-5 * (1 + np.abs(expected))).all(), (
        found.mean(0),
        expected,
        error,
    )


# --- Points ---


def test_directions_are_those_of_the_published_sequence():
    """SciPy's unscrambled points, in another order."""
    index = np.arange(256)[:, None]
    points = np.zeros((256, 64), np.uint32)
    for bit, numbers in enumerate(_sobol._directions(64)[:8]):
        points ^= np.where(index >> bit & 1, numbers, 0).astype(np.uint32)
    published = (qmc.Sobol(64, scramble=False, bits=32).random(256) * 2.0**32).astype(np.uint32)
    assert set(map(tuple, points.tolist())) == set(map(tuple, published.tolist()))


def test_scrambling_keeps_the_net(key):
    """256 points of two dimensions: one in each of the 256 boxes of every shape; in each dimension one in each 256th."""
    words = np.asarray(random.sobol(key, 256, 64)).astype(np.uint64)
    for k in range(9):
        boxes = {(int(x) >> (32 - k), int(y) >> (24 + k)) for x, y in words[:, :2]}
        assert len(boxes) == 256
    assert all(len(set(column)) == 256 for column in (words >> np.uint64(24)).T)


def test_a_scrambled_point_is_uniform(key):
    """Each point of the sequence by itself, and each pair of dimensions is as independent as the key makes them."""
    words = jax.vmap(lambda k: random.sobol(k, 8, 3))(jax.random.split(key, 40_000))
    u = np.asarray(words, float) / 2.0**32
    for i in range(8):
        for d in range(3):
            assert stats.kstest(u[:, i, d], "uniform").pvalue > 1e-6
    apart = np.corrcoef(u[:, 3].T)
    assert np.abs(apart - np.eye(3)).max() < Z_LIMIT / np.sqrt(len(u))


def test_more_dimensions_than_there_are(key):
    with pytest.raises(ValueError, match="at most 64"):
        random.sobol(key, 8, 65)


# --- Draws ---

FAMILIES = {
    "Normal": (lambda: ex.Normal(0.4, 1.5), stats.norm(0.4, 1.5).cdf),
    "Gamma": (lambda: ex.Gamma(2.5, 1.5), stats.gamma(2.5, scale=1 / 1.5).cdf),
    "VonMises": (lambda: ex.VonMises(0.0, 2.0), stats.vonmises(2.0).cdf),
    "Uniform": (lambda: ex.Uniform(-1.0, 2.0), stats.uniform(-1, 3).cdf),
}


@COUPLED
@pytest.mark.parametrize("name", FAMILIES)
def test_each_draw_has_its_law(name, gradient, key):
    make, cdf = FAMILIES[name]
    draws = jax.jit(jax.vmap(lambda k: make().sample(k, (5,), gradient=gradient)))(jax.random.split(key, 4000))
    for lane in np.asarray(draws, float).T:
        assert stats.kstest(lane, cdf).pvalue > 1e-6


def test_how_the_draws_lie(key):
    pairs = ex.Normal(1.0, 2.0).sample(key, (7, 3), gradient="antithetic")
    np.testing.assert_allclose(pairs[0:6:2] + pairs[1:6:2], 2.0, atol=1e-4)
    for gradient in ("stratified", "sobol"):
        u = ex.Uniform(jnp.zeros(100), 1.0).sample(jax.random.clone(key), (64,), gradient=gradient)
        np.testing.assert_array_equal(np.sort(np.floor(np.asarray(u) * 64), 0), np.arange(64)[:, None] + np.zeros(100))


# --- Gradients ---


@COUPLED
@pytest.mark.parametrize("count", [1, 7, 16])
def test_unbiased_with_less_variance(gradient, count, key):
    def loss(t, key, gradient=gradient):
        x = ex.Normal(t[0], t[1]).sample(key, (count,), gradient=gradient)
        return jnp.mean(x**3 + jnp.exp(0.5 * x))

    mu, sigma = 0.7, 0.9
    tilt = 0.5 * np.exp(0.5 * mu + sigma**2 / 8)
    exact = np.array([3 * (mu**2 + sigma**2) + tilt, 6 * mu * sigma + tilt * sigma / 2])
    theta = jnp.array([mu, sigma])
    found = estimates(loss, theta, key)
    assert_mean(found, exact)
    if count == 16 and gradient != "antithetic":
        independent = estimates(lambda t, k: loss(t, k, "auto"), theta, jax.random.clone(key))
        assert found[:, 0].var() < 0.3 * independent[:, 0].var()


def test_pairs_serve_monotone_derivatives(key):
    def loss(t, key, gradient):
        x = ex.Normal(t, 0.9).sample(key, (16,), gradient=gradient)
        return jnp.mean(x**2 + jnp.exp(0.5 * x))

    pairs, independent = (
        estimates(lambda t, k, g=g: loss(t, k, g), 0.7, jax.random.clone(key)) for g in ("antithetic", "auto")
    )
    assert pairs.var() < 0.1 * independent.var()


def test_sobol_beats_strata_where_coordinates_interact(key):
    def loss(t, key, gradient):
        z = ex.MultivariateNormal(t, scale_tril=jnp.eye(2)).sample(key, (64,), gradient=gradient)
        return jnp.mean(jnp.sin(z[:, 0] * z[:, 1]) + z.prod(-1))

    theta = jnp.array([0.5, 1.0])
    variance = {
        g: estimates(lambda t, k, g=g: loss(t, k, g), theta, jax.random.clone(key)).var(0).sum()
        for g in ("auto", "stratified", "sobol")
    }
    assert variance["sobol"] < 0.5 * variance["stratified"] < 0.5 * variance["auto"]


@COUPLED
def test_vectors_vmap_scan_and_later_sites(gradient, key):
    """A term may look at one draw, its coordinates, what is drawn from it, and what all share."""

    def loss(t, key):
        one, two, three = jax.random.split(key, 3)
        shared = ex.Normal(t, 1.0).sample(one)

        def step(total, k):
            first, second = jax.random.split(k)
            z = ex.Independent(ex.Normal(t * jnp.ones(2), 1.0), 1).sample(first, (8,), gradient=gradient)
            count = ex.Poisson(jnp.exp(0.1 * z[:, 0])).sample(second)
            return total + (z[:, 0] * z[:, 1] + 0.1 * count).mean(), None

        total, _ = jax.lax.scan(step, 0.0, jax.random.split(two, 3))
        lanes = jax.vmap(lambda s, k: ex.Normal(s * t, 1.0).sample(k, (8,), gradient=gradient) ** 2)
        return total + lanes(jnp.array([1.0, 2.0]), jax.random.split(three)).mean(1).sum() * shared

    t = 0.6  # 3 (t² + 0.1 exp(t/10 + 1/200)) + t (5 t² + 2)
    exact = 3 * (2 * t + 0.01 * np.exp(0.1 * t + 0.005)) + 15 * t**2 + 2
    with jax.debug_key_reuse(False):  # it takes a scan over split keys under vmap for reuse
        assert_mean(estimates(loss, t, key), exact)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_widths(dtype, key, x64):
    draw = ex.Normal(jnp.asarray(0.5, dtype), 1.0).sample(key, (16,), gradient="sobol")
    assert draw.dtype == dtype
    assert np.isfinite(draw).all()


# --- Refusals ---

TERMS_OF_TWO = {
    "square of a mean": lambda x: jnp.mean(x) ** 2,
    "log of a mean": lambda x: jnp.log(jnp.mean(jnp.exp(x))),
    "neighbours": lambda x: jnp.sum(x[1:] * x[:-1]),
    "greatest": lambda x: jnp.max(x),
    "variance": lambda x: jnp.var(x),
}


@COUPLED
@pytest.mark.parametrize("name", TERMS_OF_TWO)
def test_terms_of_two_draws_are_refused(name, gradient, key):
    cost = TERMS_OF_TWO[name]
    with pytest.raises(ex.UnsoundGradientError, match="not independent"):
        ex.surrogate(lambda t, k: cost(ex.Normal(t, 1.0).sample(k, (8,), gradient=gradient)))(0.5, key)

    def beside(t, key):
        """The same of lanes beside the axis, which are independent."""
        return jax.vmap(cost)(ex.Normal(t * jnp.ones(8), 1.0).sample(key, (2,), gradient=gradient)).mean()

    assert np.isfinite(jax.grad(ex.surrogate(beside))(0.5, jax.random.clone(key)))

    def vmapped(t, key):
        each = jax.vmap(lambda k: cost(ex.Normal(t, 1.0).sample(k, (8,), gradient=gradient)))
        return each(jax.random.split(key, 3)).sum()

    with pytest.raises(ex.UnsoundGradientError, match="not independent"):
        ex.surrogate(vmapped)(0.5, key)


@COUPLED
def test_base_noise_is_looked_at_too(gradient, key):
    """Its parameters are not differentiated, but the expectation is another one all the same."""
    with pytest.raises(ex.UnsoundGradientError, match="not independent"):
        ex.surrogate(lambda t, k: t * ex.Normal(0.0, 1.0).sample(k, (8,), gradient=gradient).mean() ** 2)(0.5, key)


def test_other_refusals(key):
    with pytest.raises(ex.EstimatorError, match="there is none"):
        ex.Normal(0.0, 1.0).sample(key, gradient="sobol")
    with pytest.raises(ex.EstimatorError, match="no draw by quantiles"):
        ex.Dirichlet(jnp.ones(3)).sample(jax.random.clone(key), (4,), gradient="sobol")
    with pytest.raises(ex.EstimatorError, match="no derivative along the path"):
        ex.Poisson(1.0).sample(jax.random.clone(key), (4,), gradient="antithetic")

    def jump(t, key):
        return (ex.Normal(t, 1.0).sample(key, (4,), gradient="stratified") > 0).astype(float).mean()

    with pytest.raises(ex.UnsoundGradientError, match="stratified is biased"):
        ex.surrogate(jump)(0.1, jax.random.clone(key))

    def plain(t, key):
        return ex.Normal(t, 1.0).sample(key, (4,), name="x").mean()

    for estimator in (Antithetic(), Stratified(), Sobol()):
        with pytest.raises(ex.UnsoundGradientError, match="makes another draw"):
            ex.surrogate(plain, plan={"x": estimator})(0.1, jax.random.clone(key))

    def coupled(t, key):
        return ex.Normal(t, 1.0).sample(key, (4,), name="x", gradient="sobol").mean()

    with pytest.raises(ex.UnsoundGradientError, match="makes another draw"):
        ex.surrogate(coupled, plan={"x": "score"})(0.1, jax.random.clone(key))
