"""Policy gradients from a plain rollout: a pole is balanced on a cart.

    python examples/cartpole.py --out out

`total_return` plays one episode of CartPole-v1 and adds up its rewards: no log-probability, no reward-to-go, no baseline and
nothing that stops a gradient is written. `ex.value_and_grad` sees a coin in a loop whose outcome has no derivative, weighs each
coin by the rewards behind it, less the mean that the other episodes had from there on, and the return climbs.
"""

import argparse
import dataclasses
import functools
import math
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from matplotlib.figure import Figure

import expectax as ex

STEPS, GOAL = 500, 475  # an episode's length, and the return at which the task counts as solved
GRAVITY, CART, POLE, HALF_LENGTH, FORCE, TICK = 9.8, 1.0, 0.1, 0.5, 10.0, 0.02  # SI units
LARGEST_PLACE, LARGEST_ANGLE = 2.4, 12 * 2 * math.pi / 360

# --- The task ----------------------------------------------------------------------------------------------------


def move(state, push):
    """Where cart and pole are a tick later: place, speed, angle, angular speed, by Euler's method.

    Source: Barto, Sutton, Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems"
    (1983), appendix, without friction, as CartPole-v1 of Gymnasium has it.
    """
    place, speed, angle, spin = state
    force = jnp.where(push == 1, FORCE, -FORCE)
    sine, cosine, mass = jnp.sin(angle), jnp.cos(angle), CART + POLE
    drive = (force + POLE * HALF_LENGTH * spin**2 * sine) / mass
    turn = (GRAVITY * sine - cosine * drive) / (HALF_LENGTH * (4 / 3 - POLE * cosine**2 / mass))
    pull = drive - POLE * HALF_LENGTH * turn * cosine / mass
    return jnp.stack([place + TICK * speed, speed + TICK * pull, angle + TICK * spin, spin + TICK * turn])


def stands(state):
    return (jnp.abs(state[0]) < LARGEST_PLACE) & (jnp.abs(state[2]) < LARGEST_ANGLE)


def policy(params, state):
    """The law of a push to the right, from a network with one hidden layer."""
    hidden = jnp.tanh(params["in"] @ (state * jnp.array([1.0, 1.0, 5.0, 1.0])) + params["offset"])
    return ex.Bernoulli(logits=params["out"] @ hidden)


def total_return(params, key):
    """The number of ticks for which the pole stands, of one episode."""
    start_key, play_key = jax.random.split(key)
    start = ex.Uniform(-0.05, 0.05).sample(start_key, (4,))

    def tick(before, key):
        state, up = before
        moved = move(state, policy(params, state).sample(key))
        state = jnp.where(up, moved, state)
        return (state, up & stands(state)), up.astype(jnp.float32)

    return jax.lax.scan(tick, (start, True), jax.random.split(play_key, STEPS))[1].sum()


# --- Training ----------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Settings:
    """How long, and with how many episodes."""

    hidden: int = 32
    episodes: int = 32
    """Behind each gradient."""
    learning_rate: float = 0.03
    most_updates: int = 400
    every: int = 5
    """Updates between two tests."""
    tests: int = 100
    """Episodes of a test."""


def init(key, hidden):
    return {
        "in": 0.5 * jax.random.normal(key, (hidden, 4)),
        "offset": jnp.zeros(hidden),
        "out": jnp.zeros(hidden),
    }


def make_updates(settings, optimiser):
    """Some compiled steps of policy gradient."""
    gradient = ex.grad(lambda params, key: -total_return(params, key) / STEPS, settings.episodes)

    def update(state, key):
        params, moments = state
        updates, moments = optimiser.update(gradient(params, key), moments, params)
        return (optax.apply_updates(params, updates), moments), None

    return jax.jit(lambda state, key: jax.lax.scan(update, state, jax.random.split(key, settings.every))[0])


@functools.partial(jax.jit, static_argnums=2)
def test_returns(params, key, episodes):
    return jax.vmap(total_return, (None, 0))(params, jax.random.split(key, episodes))


def train(settings, key):
    """The returns of tests [(update, mean, standard deviation)] until the goal is reached."""
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(settings.learning_rate))
    updates = make_updates(settings, optimiser)
    params = init(jax.random.fold_in(key, 0), settings.hidden)
    state, curve = (params, optimiser.init(params)), []
    for number in range(0, settings.most_updates + 1, settings.every):
        test_key, update_key = jax.random.split(jax.random.fold_in(key, 1 + number))
        returns = test_returns(state[0], test_key, settings.tests)
        curve.append((number, float(returns.mean()), float(returns.std())))
        print(f"update {number:4}  return of {settings.tests} episodes {curve[-1][1]:6.1f} ± {curve[-1][2]:.1f}")
        if curve[-1][1] >= GOAL:
            break
        state = updates(state, update_key)
    return curve


def draw_curve(curve, path):
    figure = Figure(figsize=(7, 4), layout="constrained")
    ax = figure.subplots()
    number, mean, spread = np.transpose(curve)
    ax.fill_between(number, mean - spread, np.minimum(mean + spread, STEPS), alpha=0.3)
    ax.plot(number, mean)
    ax.axhline(GOAL, linestyle=":", color="black")
    ax.set(xlabel="update", ylabel="return", title="mean ± one standard deviation over test episodes")
    figure.savefig(path, dpi=150)


def run(out, settings, seed=0):
    """Train, draw the curve, and say whether the goal was reached."""
    out.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    curve = train(settings, jax.random.key(seed))
    draw_curve(curve, out / "cartpole.png")
    seconds = time.perf_counter() - start
    verdict = "PASS" if curve[-1][1] >= GOAL else "FAIL"
    print(
        f"{verdict}  return {curve[-1][1]:.1f} after {curve[-1][0]} updates, {seconds:.0f} s; wrote {out}/cartpole.png"
    )
    return curve


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the picture")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    run(args.out, Settings(), args.seed)


if __name__ == "__main__":
    main()
