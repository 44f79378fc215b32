"""The examples run, and show what they say they show."""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import cartpole
import digits_vae
import flow_density
import zero_gradient

import expectax as ex

GYMNASIUM = [
    ([0.06, 1.8, -0.14, 1.79], 0, [0.096, 1.6066989, -0.1042, 2.036089]),
    ([-0.37, 1.31, -0.04, 0.2], 0, [-0.3438, 1.1154723, -0.036, 0.4798013]),
    ([-2.27, 1.01, 0.02, -0.68], 0, [-2.2498, 0.814606, 0.0064, -0.3810881]),
    ([-0.94, -0.19, -0.15, -0.39], 1, [-0.9438, 0.0068971, -0.1578, -0.7259641]),
]
QUICK = digits_vae.Settings(epochs=4, every=2, draws=2, final_draws=4)


def test_location_cancels_in_its_own_density():
    params, key = zero_gradient.arguments
    gradient = jax.grad(zero_gradient.loss)(params, jax.random.clone(key))
    assert (gradient["loc"] == 0).all()
    # what is left of the scale is the derivative of -log(scale), whatever was drawn
    expected = jax.grad(lambda p: -jnp.log(zero_gradient.network(p).scale))(params)
    np.testing.assert_allclose(gradient["scale"], expected["scale"], rtol=1e-5)


def test_digits_gradient_is_that_of_the_surrogate_by_hand(key):
    """The reference takes its keys in the same order, so the two agree draw for draw."""
    ways = digits_vae.variants(QUICK)
    images, _ = digits_vae.load_images()
    for_key, for_init = jax.random.split(key)
    arguments = digits_vae.init(for_init), images[:16]
    value, gradient = jax.jit(ways["expectax"])(*arguments, for_key)
    expected_value, expected = jax.jit(ways["by hand"])(*arguments, jax.random.clone(for_key))
    np.testing.assert_allclose(value, expected_value, rtol=1e-5)
    jax.tree.map(lambda g, e: np.testing.assert_allclose(g, e, rtol=1e-3, atol=1e-4 * abs(e).max()), gradient, expected)


@pytest.mark.slow
def test_digits_demo_improves_and_writes_its_pictures(tmp_path, capsys):
    with jax.numpy_dtype_promotion("standard"):  # optax raises a float to an integer
        curves, elbos = digits_vae.run(tmp_path / "out", QUICK)
    for name, curve in curves.items():
        assert curve[-1][1] > curve[0][1] + 100, name
        assert elbos[name].shape == (359,)
    names = {path.name for path in (tmp_path / "out").iterdir() if path.stat().st_size > 1000}
    assert names == {"reconstructions.png", "prior_samples.png", "elbo.png"}
    assert capsys.readouterr().out.count("within 1% of the gradient by hand") == 1


@pytest.mark.slow
def test_flow_learns_more_than_a_gaussian_and_draws_its_picture(tmp_path, capsys):
    settings = flow_density.Settings(layers=2, hidden=(16,), steps=200, chunk=100)
    with jax.numpy_dtype_promotion("standard"):  # optax raises a float to an integer
        gains = flow_density.run(tmp_path / "out", settings)
    assert all(mean > 3 * error for mean, error in gains.values()), gains
    assert (tmp_path / "out" / "flow_density.png").stat().st_size > 10_000
    assert capsys.readouterr().out.count("PASS") == 2


def test_the_pole_falls_as_it_does_in_gymnasium():
    """States after one tick of CartPole-v1, Gymnasium 1.4: place, speed, angle, angular speed."""
    for state, push, expected in GYMNASIUM:
        np.testing.assert_allclose(cartpole.move(jnp.array(state), push), expected, rtol=1e-5, atol=1e-6)
    assert not cartpole.stands(jnp.array([2.41, 0.0, 0.0, 0.0]))
    assert not cartpole.stands(jnp.array([0.0, 0.0, -0.2095, 0.0]))
    assert cartpole.stands(jnp.array([-2.39, 5.0, 0.2094, 5.0]))


@pytest.fixture
def keys_in_loops():
    """JAX's check of key reuse takes a scan over keys under vmap for reuse."""
    with jax.debug_key_reuse(False):
        yield


def test_gradient_of_a_rollout_has_the_variance_of_reward_to_go_by_hand(key, keys_in_loops):
    """Ours, and the score of each push times the rewards from there on, less the other episodes' mean of these."""
    params = cartpole.init(jax.random.key(0), 4)
    count, repeats = 8, 1000

    def rewards_and_scores(params, key):
        def tick(before, key):
            state, up = before
            law = cartpole.policy(params, state)
            push = law.sample(key, gradient="stop")
            state = jnp.where(up, cartpole.move(state, push), state)
            return (state, up & cartpole.stands(state)), (up.astype(jnp.float32), law.log_prob(push))

        start_key, play_key = jax.random.split(key)
        start = ex.Uniform(-0.05, 0.05).sample(start_key, (4,))
        return jax.lax.scan(tick, (start, True), jax.random.split(play_key, cartpole.STEPS))[1]

    def by_hand(params, key):
        def surrogate(params):
            rewards, scores = jax.vmap(rewards_and_scores, (None, 0))(params, jax.random.split(key, count))
            behind = jnp.cumsum(rewards[:, ::-1], 1)[:, ::-1] - rewards  # a push is rewarded from the next tick on
            return (scores * (behind - behind.mean(0, keepdims=True)) * (count / (count - 1))).sum(1).mean()

        return jax.grad(surrogate)(params)

    ours = ex.grad(cartpole.total_return, count)
    one, two = jax.random.split(key)
    found, wanted = (
        jax.jit(jax.vmap(lambda k, way=way: jnp.concatenate(jax.tree.leaves(jax.tree.map(jnp.ravel, way(params, k))))))(
            jax.random.split(k, repeats)
        )
        for way, k in ((ours, one), (by_hand, two))
    )
    error = np.sqrt((found.var(0) + wanted.var(0)) / repeats) + 1e-9
    assert (np.abs(found.mean(0) - wanted.mean(0)) < 5 * error).all()
    assert (
        0.6 < found.var(0).sum() / wanted.var(0).sum() < 1.6
    )  # its own deviation is an eighth: returns have heavy tails


@pytest.mark.slow
def test_policy_gradient_balances_the_pole(tmp_path, capsys, keys_in_loops):
    with jax.numpy_dtype_promotion("standard"):  # optax raises a float to an integer
        curve = cartpole.run(tmp_path / "out", cartpole.Settings(most_updates=60))
    assert curve[-1][1] >= cartpole.GOAL
    assert (tmp_path / "out" / "cartpole.png").stat().st_size > 10_000
    assert capsys.readouterr().out.count("PASS") == 1
