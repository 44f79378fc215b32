"""Control variates fitted across runs: unbiased for few runs, and the variance they take away."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import expectax as ex


def gradients(loss, theta, key, n, repeats, **options):
    step = ex.grad(loss, n, **options)
    return np.asarray(jax.jit(jax.vmap(step, (None, 0)))(theta, jax.random.split(key, repeats)), float)


def assert_mean(found, expected):
    error = found.std(0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(found.mean(0) - expected) < 5 * error + 1e-5 * (1 + np.abs(expected))).all(), (
        found.mean(0),
        expected,
        error,
    )


def quadratic(theta, key):
    return (ex.Normal(theta[0], jnp.exp(theta[1])).sample(key) - 2.0) ** 2


THETA = np.array([0.7, 0.2], np.float32)


def test_a_multiple_of_the_score_is_taken_away_whole(key):
    """∂/∂μ (x - 2)² = 2 (x - μ) + 2 (μ - 2): a number and twice σ² times the score."""
    found = gradients(quadratic, THETA, key, 64, 200, control_variates=True)
    plain = gradients(quadratic, THETA, jax.random.clone(key), 64, 200)
    assert found[:, 0].var() < 1e-6 * plain[:, 0].var()


@pytest.mark.parametrize("n", [8, 9, 64])
def test_unbiased_for_few_runs(n, key):
    found = gradients(quadratic, THETA, key, n, 20_000, control_variates=True)
    assert_mean(found, [2 * (0.7 - 2), 2 * np.exp(0.4)])


@pytest.mark.parametrize("n", [8, 9])
def test_no_run_fits_its_own_coefficient(n, key):
    """Of a skewed cost the coefficient goes with the score: fitted on the same runs it would be biased by a tenth."""
    found = gradients(lambda t, k: jnp.exp(ex.Normal(t, 1.0).sample(k)), 0.3, key, n, 40_000, control_variates=True)
    assert_mean(found, np.exp(0.8))


def mixed(theta, key):
    """A path, a score with its baseline, a loop, and a support that moves."""
    one, two, three = jax.random.split(key, 3)
    x = ex.Normal(theta[0], 1.0).sample(one)
    b = ex.Bernoulli(logits=theta[1] + x).sample(two).astype(float)
    u = ex.Uniform(0.0, jnp.exp(theta[0])).sample(three)
    return (10.0 + b) * (1 + x) + b * u**2


def test_unbiased_beside_baselines_and_moving_supports(key):
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / w.sum()

    def exact(a, b):
        p = 1 / (1 + np.exp(-(b + a + z)))
        return (w * ((10 + p) * (1 + a + z) + p * np.exp(2 * a) / 3)).sum()

    a, b, h = 0.3, -0.4, 1e-4
    expected = [(exact(a + h, b) - exact(a - h, b)) / (2 * h), (exact(a, b + h) - exact(a, b - h)) / (2 * h)]
    found = gradients(mixed, np.array([a, b], np.float32), key, 8, 20_000, control_variates=True)
    assert_mean(found, expected)


def test_standard_errors_are_those_of_what_is_left(key):
    step = jax.jit(ex.value_and_grad(quadratic, 256, control_variates=True, return_stats=True, batch_size=64))
    with jax.debug_key_reuse(False):  # it takes a scan over split keys under vmap for reuse
        _, slopes, stats = jax.vmap(step, (None, 0))(THETA, jax.random.split(key, 400))
    spread = np.asarray(slopes, float)[:, 1].std()
    np.testing.assert_allclose(np.asarray(stats.standard_error, float)[:, 1].mean(), spread, rtol=0.2)


def test_refusals(key):
    with pytest.raises(ex.ArgumentError, match="at least 8"):
        ex.grad(quadratic, 7, control_variates=True)(THETA, key)

    def unbounded(t, key):
        def turn(state):
            k, x = state
            k, now = jax.random.split(k)
            return k, x + ex.Exponential(t).sample(now)

        return jax.lax.while_loop(lambda s: s[1] < 1.0, turn, (key, 0.0))[1]

    with pytest.raises(ex.UnsupportedProgramError, match="forward mode"):
        ex.grad(unbounded, 8, control_variates=True)(1.3, jax.random.clone(key))


def test_scores_that_are_one_number_are_no_control(key):
    """Four runs may have one score by different coins: what is left of it is roundoff, no size to divide by."""
    shifts = jnp.array([1.0, 2.0, -1.0])

    def coins(theta, k):
        draw = lambda k, s: ex.Bernoulli(logits=theta[0] * s + theta[1]).sample(k, gradient="score")  # noqa: E731
        b = jax.vmap(draw)(jax.random.split(k, 3), shifts).astype(float)
        return ((b - 0.3) ** 2 * shifts).sum()

    with jax.debug_key_reuse(False):
        found = gradients(coins, np.array([0.3, -0.4], np.float32), key, 8, 4_000, control_variates=True)
    assert np.abs(found).max() < 1e3
