"""Samplers: their laws against exact distribution functions, both tails, and which lane depends on what."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import expectax as ex
from expectax import random
from expectax.random._rejection import accepted


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


ROUNDING = {"rtol": 3e-6, "atol": 1e-6}  # that of another program: other shapes are compiled otherwise
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


def test_a_share_of_rejections_larger_than_announced_changes_nothing(key):
    """The packed lanes overflow their place: the same draws in more passes."""

    def propose(words, threshold):
        u = words[0].astype(jnp.float32) * 2.0**-32
        return u, u < threshold

    threshold = np.full(20_000, 0.2, np.float32)
    draws = [accepted(key, propose, (threshold,), words=1, rejected=share) for share in (0.0, 0.8, 1.0)]
    np.testing.assert_array_equal(draws[0], draws[1])
    np.testing.assert_array_equal(draws[0], draws[2])
    assert stats.kstest(np.asarray(draws[0]), stats.uniform(0, 0.2).cdf).pvalue > ALARMS


LAWS = {
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
