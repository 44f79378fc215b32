"""ex.monitor: running moments against NumPy, what it passes on, what it refuses."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import expectax as ex

DECAY = 0.9


def run(gradients, decay=DECAY):
    optimiser = optax.chain(ex.monitor(decay), optax.sgd(0.1))
    state = optimiser.init(gradients[0])
    update = jax.jit(optimiser.update)
    for gradient in gradients:
        moved, state = update(gradient, state)
    return moved, state


def test_moments_are_those_of_weighted_averages():
    rows = np.random.default_rng(0).normal([1.0, -2.0, 0.1], [0.5, 1.0, 2.0], (40, 3)).astype(np.float32)
    _, state = run([{"w": jnp.asarray(row), "b": jnp.float32(row.sum())} for row in rows])
    weights = DECAY ** np.arange(40)[::-1]
    mean = np.average(rows, axis=0, weights=weights)
    variance = np.average(rows**2, axis=0, weights=weights) - mean**2
    readings = {r.name: r for r in ex.read_monitor(state).leaves}
    found = readings["['w']"]
    assert found.mean_norm == pytest.approx(np.linalg.norm(mean), rel=1e-4)
    assert found.deviation == pytest.approx(math.sqrt(variance.sum()), rel=1e-4)
    assert found.snr == pytest.approx(found.mean_norm / found.deviation)
    assert set(readings) == {"['w']", "['b']"}


def test_gradients_pass_unchanged():
    moved, state = run([jnp.array([1.0, -3.0])])
    np.testing.assert_allclose(moved, [-0.1, 0.3], rtol=1e-6)
    assert ex.read_monitor(state).steps == 1
    assert ex.read_monitor(state).leaves[0].snr == math.inf


def test_it_shows_a_gradient_that_drowns(key):
    def loss(params, key):
        first, second = jax.random.split(key)
        quiet = ex.Normal(params["quiet"], 0.1).sample(first)
        return quiet + 30.0 * ex.Normal(0.0, jnp.exp(params["loud"])).sample(second)

    gradient = jax.jit(ex.grad(loss, 1))
    params = {"quiet": 0.5, "loud": 0.0}
    _, state = run([gradient(params, k) for k in jax.random.split(key, 100)], 0.98)
    scalars = ex.read_monitor(state).to_scalars()
    assert scalars["['quiet']/snr"] > 100
    assert scalars["['loud']/snr"] < 1
    assert scalars["steps"] == 100
    assert "['loud']" in str(ex.read_monitor(state))


def test_before_the_first_step_nothing_is_known():
    state = ex.monitor().init(jnp.ones(2))
    assert math.isnan(ex.read_monitor(state).leaves[0].snr)


def test_the_live_table_shows_what_was_read(capsys):
    _, state = run([jnp.array([1.0, -3.0])])
    with ex.live_monitor() as show:
        show(state)
    assert "gradient after 1 steps" in capsys.readouterr().out


@pytest.mark.parametrize("decay", [1.0, -0.1, True, "0.9"])
def test_a_decay_outside_its_range_is_refused(decay):
    with pytest.raises(ex.ArgumentError, match="decay"):
        ex.monitor(decay)


def test_a_state_without_a_monitor_is_refused():
    with pytest.raises(ex.ArgumentError, match="chain"):
        ex.read_monitor(optax.sgd(0.1).init(jnp.ones(2)))
