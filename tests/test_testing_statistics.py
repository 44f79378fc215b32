"""The tests that judge everything else: how often they cry wolf, what they see, and when they refuse to say."""

import doctest
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from expectax.testing import FamilyRate, Verdict, cdf_test, check_estimator, mean_test
from expectax.testing._student import incomplete_beta, normal_upper, student_upper

DATA_SETS = 2000
KEYS = 200
GRADIENT = np.array([0.6, -0.8, 0.0])  # of norm 1


def _rng(request) -> np.random.Generator:
    return np.random.default_rng(list(request.node.name.encode()))


@pytest.fixture
def rng(request):
    return _rng(request)


# --- Quantiles ---


@pytest.mark.parametrize("degrees", [1, 3, 127, 1e5])
@pytest.mark.parametrize("rate", [0.4, 1e-2, 1e-6, 1e-9, 1e-30])
def test_student_quantile_against_scipy(degrees, rate):
    assert student_upper(rate, degrees) == pytest.approx(stats.t.isf(rate, degrees), rel=1e-9)


def test_normal_quantile_and_incomplete_beta_against_scipy():
    assert normal_upper(1e-12) == pytest.approx(stats.norm.isf(1e-12), rel=1e-9)
    for a, b, x in [(0.5, 0.5, 0.3), (2.0, 7.0, 0.9), (60.0, 0.5, 0.999), (3.0, 2.0, 0.0), (3.0, 2.0, 1.0)]:
        assert incomplete_beta(a, b, x) == pytest.approx(stats.beta.cdf(x, a, b), rel=1e-10)


# --- False alarms ---

DRAWS = {
    "gaussian": lambda rng, shape: rng.normal(size=shape),
    "skewed": lambda rng, shape: rng.exponential(size=shape) - 1,
    "two_values": lambda rng, shape: (rng.random(shape) < 0.1) - 0.1,
    "heavy": lambda rng, shape: rng.standard_t(5, size=shape),
}


def _alarms(rng, draws, components, alpha):
    mixing = rng.normal(size=(components, components))
    alarms = 0
    for _ in range(DATA_SETS):
        samples = draws(rng, (2048, components)) @ mixing + np.arange(1, components + 1)
        verdict = mean_test(samples, np.arange(1, components + 1), alpha=alpha, detectable=None)
        alarms += verdict.status == "fail"
    return alarms


def _band(alpha):
    """Alarms of DATA_SETS fair tests, but once in 10,000 suites."""
    return stats.binom.ppf([5e-5, 1 - 5e-5], DATA_SETS, alpha)


@pytest.mark.parametrize("name", DRAWS)
def test_false_alarms_of_one_component_are_as_stated(name, rng):
    low, high = _band(0.01)
    assert low <= _alarms(rng, DRAWS[name], 1, 0.01) <= high


@pytest.mark.parametrize("name", DRAWS)
def test_false_alarms_of_many_components_are_at_most_as_stated(name, rng):
    """Bonferroni and the bound on the norm are inequalities: the rate is below alpha, but not by orders."""
    alarms = _alarms(rng, DRAWS[name], 4, 0.05)
    assert 0.1 * 0.05 * DATA_SETS <= alarms <= _band(0.05)[1]


def test_false_alarms_of_the_cdf_test_are_at_most_as_stated(rng):
    alarms = 0
    for number in range(DATA_SETS):
        x = rng.random(300)
        if number % 2:  # with an atom at 0
            x = np.maximum(x - 0.5, 0)
            verdict = cdf_test(x, x + 0.5, np.where(x > 0, x + 0.5, 0.0), alpha=0.05)
        else:
            verdict = cdf_test(x, x, alpha=0.05)
        alarms += verdict.status == "fail"
    assert 0.1 * 0.05 * DATA_SETS <= alarms <= _band(0.05)[1]


def test_a_family_splits_its_rate():
    assert FamilyRate(checks=500).alpha == pytest.approx(2e-9)
    assert FamilyRate(checks=4, rate=0.2).alpha == pytest.approx(0.05)
    with pytest.raises(ValueError, match="checks >= 1"):
        FamilyRate(checks=0)


# --- Power ---


@jax.jit
@jax.vmap
def _gaussian(key):
    return jnp.asarray(GRADIENT, jnp.float32) + jnp.asarray([0.5, 0.2, 0.4], jnp.float32) * jax.random.normal(key, (3,))


@jax.jit
@jax.vmap
def _skewed(key):
    return jnp.asarray(GRADIENT, jnp.float32) + 0.4 * (jax.random.exponential(key, (3,)) - 1)


def _statuses(draws, expected, key, **settings):
    keys = jax.random.split(key, KEYS)
    return [check_estimator(draws, expected, jax.random.clone(k), **settings).status for k in keys]


@pytest.mark.slow
@pytest.mark.parametrize("draws", [_gaussian, _skewed], ids=["gaussian", "skewed"])
@pytest.mark.parametrize("direction", [GRADIENT, [0, 0, 1], [0.5, 0.5, -0.5]], ids=["along", "across", "oblique"])
def test_a_bias_of_three_percent_is_found(draws, direction, key):
    bias = 0.03 * np.asarray(direction) / np.linalg.norm(direction)
    statuses = _statuses(draws, GRADIENT - bias, key)
    assert statuses.count("fail") >= 0.99 * KEYS


@pytest.mark.slow
@pytest.mark.parametrize("draws", [_gaussian, _skewed], ids=["gaussian", "skewed"])
def test_an_unbiased_estimator_passes(draws, key):
    """`underpowered` would mean that the pilot set too few draws."""
    assert _statuses(draws, GRADIENT, key) == ["pass"] * KEYS


def test_the_bias_said_to_be_detectable_is_found(rng):
    """As often as the verdict says, for a bias exactly as large as it says."""
    mixing, found = rng.normal(size=(3, 3)), 0
    for _ in range(KEYS):
        samples = rng.normal(size=(4096, 3)) @ mixing
        size = mean_test(samples, np.zeros(3), alpha=1e-6, detectable=None, reference=1.0).detectable
        direction = rng.normal(size=3)
        bias = size * direction / np.linalg.norm(direction)
        found += mean_test(samples + bias, np.zeros(3), alpha=1e-6, detectable=None, reference=1.0).status == "fail"
    assert found >= 0.99 * KEYS


def test_a_bias_spread_over_many_components_is_found_by_its_norm(rng):
    samples = rng.normal(size=(20_000, 400))
    verdict = mean_test(samples + 0.025, np.zeros(400), alpha=1e-9, detectable=None)
    assert verdict.status == "fail"
    assert "norm" in verdict.detail


def test_a_wrong_scale_and_a_wrong_atom_are_found_by_the_cdf_test(rng):
    x = rng.normal(size=20_000)
    assert cdf_test(x, stats.norm.cdf(x), alpha=1e-9).passed
    assert cdf_test(x, stats.norm.cdf(x / 1.2), alpha=1e-9).status == "fail"
    k = rng.binomial(1, 0.5, size=20_000)
    for p, status in ((0.5, "pass"), (0.56, "fail")):
        assert cdf_test(k, stats.bernoulli.cdf(k, p), stats.bernoulli.cdf(k - 1, p), alpha=1e-9).status == status


# --- When it refuses to say ---


def test_one_heavy_draw_forbids_a_verdict(rng):
    samples = rng.normal(size=(4096, 2))
    samples[17, 1] = 100.0
    verdict = mean_test(samples, [0.0, 0.0], alpha=1e-6)
    assert verdict.status == "underpowered"
    assert "holds" in verdict.detail


def test_heavy_tails_never_fail(key):
    """Draws without a variance: the rate is not known, so there is no fail, and no pass at the bias asked for."""
    cauchy = jax.jit(jax.vmap(lambda k: 1.0 + jax.random.cauchy(k)))
    assert set(_statuses_of(cauchy, 1.0, key, 20)) == {"underpowered"}


def _statuses_of(draws, expected, key, count):
    return [
        check_estimator(draws, expected, jax.random.clone(k), max_draws=2**14).status
        for k in jax.random.split(key, count)
    ]


def test_too_few_draws_are_not_a_pass(key):
    noisy = jax.jit(jax.vmap(lambda k: 1.0 + 30.0 * jax.random.normal(k)))
    verdict = check_estimator(noisy, 1.0, key, max_draws=2**14)
    assert verdict.status == "underpowered"
    assert verdict.detectable > 0.03
    assert not verdict.passed
    with pytest.raises(AssertionError, match="more draws"):
        verdict.raise_if_failed()


def test_a_fault_is_a_fault_even_with_few_draws(key):
    noisy = jax.jit(jax.vmap(lambda k: 30.0 + 30.0 * jax.random.normal(k)))
    assert check_estimator(noisy, 1.0, key, max_draws=2**14).status == "fail"


# --- Edges ---


def test_a_constant_is_compared_to_rounding(key):
    def constant(value):
        return lambda keys: {"a": jnp.full((len(keys), 2), value, jnp.float32)}

    third = {"a": np.full(2, 1 / 3)}
    for value, status in ((1 / 3, "pass"), (1 / 3 + 2e-7, "pass"), (1 / 3 + 1e-4, "fail"), (0.0, "fail")):
        assert check_estimator(constant(value), third, jax.random.clone(key)).status == status
    zero = {"a": np.zeros(2)}
    assert check_estimator(constant(0.0), zero, jax.random.clone(key)).passed
    assert check_estimator(constant(1e-6), zero, jax.random.clone(key)).status == "fail"


def test_jitter_in_the_last_bits_is_no_bias(key):
    jitter = jax.jit(jax.vmap(lambda k: 1 / 3 + 3e-8 + 3e-8 * jax.random.exponential(k)))
    assert check_estimator(jitter, 1 / 3, key).passed


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_draw_that_is_not_finite_fails(key, bad):
    rare = jax.jit(jax.vmap(lambda k: jnp.where(jax.random.uniform(k) < 1e-3, bad, 1.0)))
    verdict = check_estimator(rare, 1.0, key)
    assert verdict.status == "fail"
    assert "not finite" in verdict.detail
    with pytest.raises(AssertionError, match="my gradient: fail"):
        verdict.raise_if_failed("my gradient")


def test_a_gradient_of_another_form_is_refused(key):
    with pytest.raises(ValueError, match="leaves of shapes"):
        check_estimator(lambda keys: {"a": jnp.zeros((len(keys), 2))}, {"a": np.zeros(3)}, jax.random.clone(key))
    with pytest.raises(ValueError, match="leaves of shapes"):
        check_estimator(lambda keys: jnp.zeros(len(keys)), {"a": np.zeros(())}, key)
    with pytest.raises(ValueError, match="at least 2 draws"):
        mean_test(np.zeros((1, 2)), np.zeros(2), alpha=0.01)


def test_the_verdict_is_a_function_of_the_key(key):
    first, second = (check_estimator(_gaussian, GRADIENT, jax.random.clone(key)) for _ in range(2))
    assert first == second
    assert isinstance(first, Verdict)
    assert math.isfinite(first.detectable)
    assert first.raise_if_failed() is first


def test_low_precision_draws_may_be_off_by_their_rounding(key):
    half = jax.jit(jax.vmap(lambda k: (1.0 + 0.1 * jax.random.normal(k)).astype(jnp.bfloat16)))
    verdict = check_estimator(half, 1.0, key, detectable=0.2)
    assert verdict.passed
    assert verdict.detectable > 16 * 2**-8


def test_examples():
    from expectax.testing import _estimator

    assert doctest.testmod(_estimator).failed == 0
