"""Samplers: their laws against exact distribution functions, both tails, and which lane depends on what."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex
from expectax import random
from expectax.random._normal import normal_of
from expectax.random._rejection import accepted
from expectax.random._threefry import threefry
from expectax.random._words import words_of_all


@pytest.fixture(autouse=True)
def _same_key_again():
    """These tests compare draws of one key."""
    with jax.debug_key_reuse(False):
        yield


ALARMS = 1e-6
"""Chance that any of the statistical tests here fails by bad luck."""


def gammas(key, lanes):
    return random.gamma(key, lanes, lanes.shape)[0]


def logs_of_gammas(key, lanes):
    return random.gamma(key, lanes, lanes.shape)[1]


def poissons(key, lanes):
    return random.poisson(key, lanes, lanes.shape)


def binomials(key, lanes):
    return random.binomial(key, jnp.ceil(20 * lanes), -jnp.ones_like(lanes), lanes.shape)


def von_mises(key, lanes):
    return random.von_mises(key, lanes, lanes.shape)


# that of another program: other shapes are compiled otherwise; an angle near π is the arc cosine of nearly -1
ROUNDING = {"rtol": 1e-5, "atol": 1e-6}
SAMPLERS = pytest.mark.parametrize("draw", [gammas, logs_of_gammas, poissons, binomials, von_mises])


def spread(lanes, dtype=np.float32):
    """Parameters of every size, those that need many proposals among them."""
    return np.exp(np.linspace(-4, 6, lanes)).astype(dtype)[np.argsort(np.arange(lanes) * 7919 % 10007, kind="stable")]


@SAMPLERS
def test_a_lane_is_a_function_of_its_number_and_parameters(draw, key):
    """Whether few lanes are drawn, or so many that rejected ones are packed; changing one leaves the others as they are."""
    parameters = spread(9000)
    many = jax.jit(draw)(key, parameters)
    for lanes in (6000, 37):
        np.testing.assert_allclose(jax.jit(draw)(key, parameters[:lanes]), many[:lanes], **ROUNDING)
    changed = parameters.copy()
    changed[::3] = 0.9 * changed[::3] + 0.1
    again = np.asarray(jax.jit(draw)(key, changed))
    others = np.arange(9000) % 3 != 0
    np.testing.assert_array_equal(again[others], np.asarray(many)[others])
    assert (again != many).any()


@SAMPLERS
def test_layouts_and_transformations(draw, key):
    parameters = spread(24)
    same = functools.partial(np.testing.assert_allclose, **ROUNDING)
    flat = draw(key, parameters)
    same(draw(key, parameters.reshape(2, 3, 4)).ravel(), flat)
    same(jax.jit(draw)(key, parameters), flat)
    keys = jax.random.split(key, 3)
    one_by_one = [draw(k, parameters) for k in keys]
    same(jax.vmap(draw, (0, None))(keys, parameters), one_by_one)
    same(jax.lax.scan(lambda c, k: (c, draw(k, parameters)), 0, keys)[1], one_by_one)
    assert draw(key, np.zeros((0, 2), np.float32)).shape == (0, 2)


@SAMPLERS
def test_types_and_nan(draw, x64, key):
    for dtype in (np.float32, np.float64):
        parameters = spread(16, dtype)
        parameters[3] = np.nan
        drawn = np.asarray(draw(key, parameters))
        assert drawn.dtype == dtype
        np.testing.assert_array_equal(np.isnan(drawn), np.arange(16) == 3)


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg", "unsafe_rbg"])
def test_key_types(impl):
    drawn = gammas(jax.random.key(3, impl=impl), np.full(20_000, 2.5, np.float32))
    assert stats.kstest(drawn, stats.gamma(2.5).cdf).pvalue > ALARMS


def test_a_large_share_of_rejections(key):
    """Most lanes stand in line for further proposals, in several turns."""

    def propose(words, threshold):
        u = words[0].astype(jnp.float32) * 2.0**-32
        return u, u < threshold

    threshold = jnp.full(20_000, 0.2, jnp.float32)
    drawn = np.asarray(accepted(key, propose, (threshold,), words=1))
    np.testing.assert_array_equal(drawn[:6000], accepted(key, propose, (threshold[:6000],), words=1))
    assert stats.kstest(drawn, stats.uniform(0, 0.2).cdf).pvalue > ALARMS


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_words_are_fair_and_unlike(impl, dtype, x64):
    """Each bit of each word is 1 half of the time, and so is its exclusive or with any other of the same bits."""
    key = jax.random.key(5, impl=impl)
    lanes, bits = 40_000, jnp.finfo(dtype).bits
    words = np.asarray(jnp.stack(words_of_all(key, 3, lanes, dtype)))
    assert words.dtype == f"uint{bits}"
    again = np.asarray(jnp.stack(words_of_all(key, 3, lanes - 1, dtype)))
    np.testing.assert_array_equal(again, words[:, :-1])
    one = words[..., None] >> np.arange(bits, dtype=words.dtype) & 1
    pairs = [
        one[0],
        one[1],
        one[2],
        one[0] ^ one[1],
        one[1] ^ one[2],
        one[0, 1:] ^ one[2, :-1],
        one[0, 1:] ^ one[0, :-1],
    ]
    for bit in pairs:
        assert np.abs(bit.mean(0) - 0.5).max() < 5.5 * 0.5 / np.sqrt(lanes)


def test_threefry_is_that_of_jax():
    key = jax.random.key(7)
    numbers = jnp.arange(5, dtype=jnp.uint32) * 1_000_003
    folded = jax.vmap(lambda n: jax.random.key_data(jax.random.fold_in(key, n)))(numbers)
    words = threefry(tuple(jax.random.key_data(key)), (jnp.zeros_like(numbers), numbers))
    np.testing.assert_array_equal(jnp.stack(words, -1), folded)


def test_sides_are_fine(key):
    side, upper = random.sides(key, (100_000,), "float32")
    assert side.min() > 0
    assert side.max() <= 0.5
    assert len(np.unique(side)) > 99_000  # the grid of jax.random.uniform would repeat some 600
    u = jnp.where(upper, 1 - side, side)
    assert abs(u.mean() - 0.5) < 6 / (12 * len(u)) ** 0.5


def test_normal_tails():
    """The least words are as far out as their probability says: beyond 24 bits too."""
    rest = np.array([0, 1, 2**7, 2**20, 2**31 - 1], np.uint32)
    low = stats.norm.ppf((rest + 0.5) / 2**32)
    np.testing.assert_allclose(normal_of(jnp.asarray(rest), jnp.float32), low, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(normal_of(jnp.asarray(rest + np.uint32(2**31)), jnp.float32), -low, rtol=1e-6, atol=1e-7)


LAWS = {
    "cauchy": (lambda k, n: ex.Cauchy(0.0, 1.0).sample(k, (n,)), lambda x: ex.Cauchy(0.0, 1.0), None),
    "exponential": (lambda k, n: ex.Exponential(1.0).sample(k, (n,)), lambda x: ex.Exponential(1.0), None),
    "gumbel": (lambda k, n: ex.Gumbel(0.0, 1.0).sample(k, (n,)), lambda x: ex.Gumbel(0.0, 1.0), None),
    "laplace": (lambda k, n: ex.Laplace(0.0, 1.0).sample(k, (n,)), lambda x: ex.Laplace(0.0, 1.0), None),
    "uniform": (lambda k, n: ex.Uniform(-1.0, 1.0).sample(k, (n,)), lambda x: ex.Uniform(-1.0, 1.0), None),
    "normal": (lambda k, n: random.normal(k, (n,), jnp.float32), lambda x: ex.Normal(0.0, 1.0), None),
    "gamma_0.01": (lambda k, n: random.gamma(k, jnp.float32(0.01), (n,))[1], lambda x: ex.Gamma(0.01, 1.0), np.exp),
    "gamma_0.5": (lambda k, n: random.gamma(k, jnp.float32(0.5), (n,))[0], lambda x: ex.Gamma(0.5, 1.0), None),
    "gamma_1": (lambda k, n: random.gamma(k, jnp.float32(1.0), (n,))[0], lambda x: ex.Gamma(1.0, 1.0), None),
    "gamma_7": (lambda k, n: random.gamma(k, jnp.float32(7.0), (n,))[0], lambda x: ex.Gamma(7.0, 1.0), None),
    "gamma_1e5": (lambda k, n: random.gamma(k, jnp.float32(1e5), (n,))[0], lambda x: ex.Gamma(1e5, 1.0), None),
    "von_mises_0.3": (lambda k, n: random.von_mises(k, jnp.float32(0.3), (n,)), lambda x: ex.VonMises(0.0, 0.3), None),
    "von_mises_50": (lambda k, n: random.von_mises(k, jnp.float32(50.0), (n,)), lambda x: ex.VonMises(0.0, 50.0), None),
    "poisson_0.3": (lambda k, n: random.poisson(k, jnp.float32(0.3), (n,)), lambda x: ex.Poisson(0.3), None),
    "poisson_9": (lambda k, n: random.poisson(k, jnp.float32(9.0), (n,)), lambda x: ex.Poisson(9.0), None),
    "poisson_12": (lambda k, n: random.poisson(k, jnp.float32(12.0), (n,)), lambda x: ex.Poisson(12.0), None),
    "poisson_1e4": (lambda k, n: random.poisson(k, jnp.float32(1e4), (n,)), lambda x: ex.Poisson(1e4), None),
}
DRAWS = 10**7
CHECKS = 3 * len(LAWS)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_law_and_tails(name, key, x64):
    """Kolmogorov's distance at 10⁷ draws, and the counts beyond the quantiles of 10⁻⁵ on both sides."""
    sampler, law, back = LAWS[name]
    drawn = np.sort(np.asarray(jax.jit(functools.partial(sampler, n=DRAWS))(key)).astype(np.float64))
    dist, (values, first, counts) = law(None), np.unique(drawn, return_index=True, return_counts=True)
    at = values if back is None else back(values)
    at_most, below = np.asarray(dist.cdf(at)), (first / DRAWS, (first + counts) / DRAWS)
    discrete = np.asarray(dist.prob(at)) if name.startswith("poisson") else 0.0
    distance = max(np.abs(below[1] - at_most).max(), np.abs(below[0] - (at_most - discrete)).max())
    assert distance < np.sqrt(
        np.log(2 * CHECKS / ALARMS) / (2 * DRAWS)
    )  # Massart, "The tight constant in the DKW inequality"
    for tail in (at_most, np.asarray(dist.sf(at)) + discrete):
        inside = tail < 1e-5
        expected = DRAWS * (tail[inside].max() if inside.any() else 0.0)
        found = counts[inside].sum()
        assert stats.poisson.cdf(found, max(expected, 1e-300)) > ALARMS / CHECKS / 2
        assert stats.poisson.sf(found - 1, expected + 1e-300) > ALARMS / CHECKS / 2 or expected == 0
