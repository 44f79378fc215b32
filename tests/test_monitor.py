"""ex.monitor: running moments against NumPy, what it passes on, what it refuses."""

import csv
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


def test_a_gradient_that_is_not_finite_is_counted_and_left_out():
    rows = np.random.default_rng(1).normal(1.0, 0.5, (30, 2)).astype(np.float32)
    broken = np.insert(rows, [7, 20], np.nan, axis=0)
    _, state = run([{"w": jnp.asarray(row), "b": jnp.float32(1.0)} for row in broken])
    _, without = run([{"w": jnp.asarray(row)} for row in rows])
    (b, w), (expected,) = ex.read_monitor(state).leaves, ex.read_monitor(without).leaves
    assert (b.non_finite, w.non_finite) == (0, 2)
    assert (w.mean_norm, w.deviation) == pytest.approx((expected.mean_norm, expected.deviation), rel=1e-5)
    assert "not finite in 2 steps" in str(ex.read_monitor(state))
    assert ex.read_monitor(state).to_scalars()["['w']/non_finite"] == 2


def test_half_precision_and_complex_gradients():
    """Moments of half are kept in single precision; of a complex gradient the variance is that of both parts."""
    rows = np.random.default_rng(2).normal(size=(60, 4)).astype(np.float32)
    gradients = [{"c": jnp.asarray(r[:1] + 1j * r[1:2]), "h": jnp.asarray(r[2:], jnp.bfloat16)} for r in rows]
    _, state = run(gradients)
    weights = DECAY ** np.arange(60)[::-1]
    mean = np.average(rows, axis=0, weights=weights)
    deviation = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=weights))
    c, h = ex.read_monitor(state).leaves
    assert c.mean_norm == pytest.approx(np.linalg.norm(mean[:2]), rel=1e-4)
    assert c.deviation == pytest.approx(np.linalg.norm(deviation[:2]), rel=1e-4)
    assert h.deviation == pytest.approx(np.linalg.norm(deviation[2:]), rel=1e-2)


def test_its_state_may_be_donated():
    """No two arrays of it share a buffer."""
    monitor = ex.monitor()
    state = monitor.init({"w": jnp.ones(3), "b": jnp.ones(3)})
    update = jax.jit(monitor.update, donate_argnums=1)
    for _ in range(2):
        _, state = update({"w": jnp.ones(3), "b": jnp.ones(3)}, state)
    assert ex.read_monitor(state).steps == 2


def test_a_row_of_a_csv_file(tmp_path):
    _, state = run([{"w": jnp.array([1.0, -3.0])}, {"w": jnp.array([1.5, -3.0])}])
    row = ex.read_monitor(state).to_scalars()
    with open(tmp_path / "run.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, row)
        table.writeheader()
        table.writerow(row)
    (read,) = csv.DictReader((tmp_path / "run.csv").read_text(encoding="utf-8").splitlines())
    assert {name: float(value) for name, value in read.items()} == row
    assert set(row) == {"steps", *(f"['w']/{f}" for f in ("mean_norm", "deviation", "snr", "non_finite"))}


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
