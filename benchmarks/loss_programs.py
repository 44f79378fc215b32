"""Whole programs: the gradient of an ELBO and of a policy's rollout, by each library and by hand.

Every way is a function of (params, ..., key) to (value, gradient) from equally many draws, and each is unbiased, so that
variance × time says what a gradient of a given error costs. As their users would write them: TFP's variational loss with
the score function, NumPyro's TraceGraph_ELBO; for the rollout TFP's draws and densities in the surrogate written by hand.
"""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import timing
from overhead import by_hand, weights

import expectax as ex

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import digits_vae

STEPS, ROLLOUTS = 32, 256
STATE, ACTIONS, HIDDEN = 4, 4, 16
KEYS = 200
"""Gradients from which the variance of a way is taken."""


@dataclasses.dataclass(frozen=True)
class Way:
    """One way to a program's gradient beside ours: peer / ours."""

    program: str
    peer: str
    ratio: float
    """Of processor times."""
    lower: float
    wall_ratio: float
    variance_ratio: float
    """Of the sums of the variances of the gradient's elements."""
    milliseconds: float
    """Processor time of ours."""
    distance: float
    """Squared distance of the mean gradients in units of its expectation, if both are unbiased: about 1."""

    @property
    def efficiency(self) -> float:
        return self.ratio * self.variance_ratio


# --- ELBO of the digits VAE ---


def elbo(modules: dict) -> tuple[dict[str, Callable], tuple]:
    settings = digits_vae.Settings()
    found = digits_vae.variants(settings)
    ways = {"expectax": found["expectax"], "by hand": found["by hand"]}
    if "tfp" in modules:
        ways["tfp"] = jax.value_and_grad(_tfp_loss(settings.num_samples))
    if "numpyro" in modules:
        ways["numpyro"] = jax.value_and_grad(_numpyro_loss(settings.num_samples))
    images, _ = digits_vae.load_images()
    return ways, (digits_vae.init(jax.random.key(0)), images[: settings.batch])


def _tfp_loss(num_samples: int) -> Callable:
    from tensorflow_probability.substrates import jax as tfp

    tfd = tfp.distributions

    def loss(params, images, key):
        loc, scale, logits = digits_vae.encode(params, images)
        posterior = tfd.JointDistributionSequential(
            [
                tfd.Independent(tfd.Normal(loc, scale), 1),
                tfd.Independent(tfd.Bernoulli(logits=logits, dtype=jnp.float32), 1),
            ]
        )

        def log_joint(code, bits):
            decode = jax.vmap(jax.vmap(digits_vae.decode, (None, 0, 0)), (None, 0, 0))
            dots = tfd.Binomial(float(digits_vae.DOTS), logits=decode(params, code, bits))
            prior = tfd.Normal(0.0, 1.0).log_prob(code).sum(-1) - digits_vae.BITS * jnp.log(2.0)
            return prior + dots.log_prob(images).sum(-1)

        score = tfp.vi.GradientEstimators.SCORE_FUNCTION
        return tfp.vi.monte_carlo_variational_loss(
            log_joint, posterior, sample_size=num_samples, gradient_estimator=score, seed=key
        ).mean()

    return loss


def _numpyro_loss(num_samples: int) -> Callable:
    import numpyro
    from numpyro import distributions as dist
    from numpyro.infer import TraceGraph_ELBO

    def model(params, images):
        with numpyro.plate("images", len(images)):
            code = numpyro.sample("code", dist.Normal(0.0, 1.0).expand([digits_vae.CODE]).to_event(1))
            bits = numpyro.sample("bits", dist.Bernoulli(0.5).expand([digits_vae.BITS]).to_event(1))
            logits = jax.vmap(digits_vae.decode, (None, 0, 0))(params, code, bits.astype(jnp.float32))
            numpyro.sample("dots", dist.Binomial(digits_vae.DOTS, logits=logits).to_event(1), obs=images)

    def guide(params, images):
        loc, scale, logits = digits_vae.encode(params, images)
        with numpyro.plate("images", len(images)):
            numpyro.sample("code", dist.Normal(loc, scale).to_event(1))
            numpyro.sample("bits", dist.Bernoulli(logits=logits).to_event(1))

    estimator = TraceGraph_ELBO(num_particles=num_samples)
    return lambda params, images, key: estimator.loss(key, {}, model, guide, params, images) / len(images)


# --- Rollout of a policy ---


def policy(params, state):
    """Logits of the actions."""
    return jnp.tanh(state @ params["hidden"]) @ params["logits"]


def move(state, action):
    """(next state, cost): each action pushes along one axis, and the state should stay near (1, -1, 1, -1)."""
    pushes = jnp.eye(ACTIONS, STATE) * jnp.resize(jnp.array([1.0, -1.0]), STATE)
    state = 0.9 * state + pushes[action]
    return state, ((state - jnp.resize(jnp.array([1.0, -1.0]), STATE)) ** 2).mean()


def rollout(modules: dict, steps: int = STEPS, rollouts: int = ROLLOUTS) -> tuple[dict[str, Callable], tuple]:
    def loss(params, key):
        def step(state, key):
            return move(state, ex.Categorical(logits=policy(params, state)).sample(key))

        return jax.lax.scan(step, jnp.zeros(STATE), jax.random.split(key, steps))[1].sum()

    ways = {
        "expectax": ex.value_and_grad(loss, rollouts),
        "by hand": by_hand(
            _score_surrogate(jax.random.categorical, lambda logits, a: jax.nn.log_softmax(logits)[a], steps, rollouts)
        ),
    }
    if "tfp" in modules:
        categorical = modules["tfp"].Categorical
        ways["tfp"] = by_hand(
            _score_surrogate(
                lambda key, logits: categorical(logits=logits).sample(seed=key),
                lambda logits, a: categorical(logits=logits).log_prob(a),
                steps,
                rollouts,
            )
        )
    k1, k2 = jax.random.split(jax.random.key(0))
    params = {"hidden": jax.random.normal(k1, (STATE, HIDDEN)), "logits": jax.random.normal(k2, (HIDDEN, ACTIONS)) / 4}
    return ways, (params,)


def _score_surrogate(draw: Callable, log_prob: Callable, steps: int, rollouts: int) -> Callable:
    """(surrogate, value): an action weighs the costs that come after it, less their mean over the other rollouts."""

    def run(params, key):
        def step(state, key):
            logits = policy(params, state)
            action = draw(key, logits)
            state, cost = move(state, action)
            return state, (cost, log_prob(logits, action))

        return jax.lax.scan(step, jnp.zeros(STATE), jax.random.split(key, steps))[1]

    def surrogate(params, key):
        costs, log_q = jax.vmap(run, (None, 0))(params, jax.random.split(key, rollouts))
        to_go = jax.lax.cumsum(costs, axis=1, reverse=True)
        return (costs + weights(to_go) * log_q).sum(1).mean(), costs.sum(1).mean()

    return surrogate


PROGRAMS = {"ELBO of the digits VAE": elbo, "policy rollout": rollout}


# --- Measuring ---


def compare(
    program: str, ways: dict[str, Callable], arguments: tuple, *, keys: int = KEYS, repeats: int = timing.REPEATS
):
    """Ours beside each other way."""
    key = jax.random.key(1)
    compiled = {name: jax.jit(fn).lower(*arguments, key).compile() for name, fn in ways.items()}
    calls = {name: _waiting(fn, (*arguments, key)) for name, fn in compiled.items()}
    drawn = jax.random.split(jax.random.key(2), keys)
    samples = {name: gradients(fn, arguments, drawn) for name, fn in compiled.items()}
    times = timing.interleaved(calls, repeats)
    own, out = samples["expectax"], []
    for name in ways.keys() - {"expectax"}:
        cell = timing.cell(program, "", name, times["expectax"], times[name])
        variance = float(samples[name].var(0, ddof=1).sum() / own.var(0, ddof=1).sum())
        milliseconds, apart = cell.ours * 1e3, distance(own, samples[name])
        out.append(Way(program, name, cell.ratio, cell.lower, cell.wall_ratio, variance, milliseconds, apart))
    return sorted(out, key=lambda way: way.peer)


def _waiting(fn: Callable, arguments: tuple) -> Callable:
    return lambda: jax.block_until_ready(fn(*arguments))


def gradients(fn: Callable, arguments: tuple, keys: jax.Array) -> np.ndarray:
    """(keys, elements of the gradient)."""
    rows = [fn(*arguments, key)[1] for key in keys]
    return np.array([np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(row)]) for row in rows], np.float64)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """A sum of weighted χ²₁ of mean 1 if the means are equal; beyond 24 in at most one of a million cases."""
    expected = (a.var(0, ddof=1) / len(a) + b.var(0, ddof=1) / len(b)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() / expected)


def all_programs(modules: dict, show: Callable[[str], None]) -> list[Way]:
    found = []
    for name, program in PROGRAMS.items():
        for way in compare(name, *program(modules)):
            show(
                f"{name:24} {way.peer:8} time {way.ratio:6.2f} (>= {way.lower:.2f})  variance {way.variance_ratio:8.2f}"
                f"  variance x time {way.efficiency:8.2f}  distance {way.distance:.1f}"
            )
            found.append(way)
    return found
