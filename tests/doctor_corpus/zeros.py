"""Gradients that are exactly zero, and what looks alike and is not."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_own_log_prob(loc, key):
    d = ex.Normal(loc, 1.0)
    return d.log_prob(d.sample(key))  # <- exact cancellation


def well_log_prob_of_data(loc, key):
    d = ex.Normal(loc, 1.0)
    return d.log_prob(d.sample(key, gradient="stop"))


def sick_network_log_prob(params, key):
    hidden = jnp.tanh(jnp.array([0.5, -1.0]) @ params["w"])
    d = ex.Normal(hidden, 0.7)
    x = d.sample(key)
    return d.log_prob(x).sum()  # <- exact cancellation


def well_network_other_log_prob(params, key):
    hidden = jnp.tanh(jnp.array([0.5, -1.0]) @ params["w"])
    x = ex.Normal(hidden, 0.7).sample(key)
    return ex.Normal(0.0, 1.0).log_prob(x).sum()


def sick_gumbel_location(loc, key):
    d = ex.Gumbel(loc, 2.0)
    return -d.log_prob(d.sample(key))  # <- exact cancellation


def sick_formula_at_its_own_draw(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return 0.5 * (x - loc) ** 2 + 0.9189  # <- exact cancellation


def well_formula_at_data(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, gradient="stop")
    return 0.5 * (x - loc) ** 2 + 0.9189


def sick_bare_noise(loc, key):
    x = loc + jax.random.normal(key, (5,))
    return ex.Normal(loc, 1.0).log_prob(x).sum()  # <- exact cancellation


def well_bare_noise(loc, key):
    x = loc + jax.random.normal(key, (5,))
    return ex.Normal(0.0, 1.0).log_prob(x).sum()


def sick_return_of_an_episode(gain, key):
    def step(state, key):
        policy = ex.Normal(gain * state, 0.3)
        action = policy.sample(key)
        state = 0.9 * state + action
        return state, (policy.log_prob(action), -(state**2))  # <- exact cancellation

    _, (log_probs, rewards) = lax.scan(step, 1.0, jax.random.split(key, 6))
    return -log_probs.sum() * lax.stop_gradient(rewards.sum())


def sick_unused_scale(params, key):
    return ex.Normal(params["loc"], 1.0).sample(key) ** 2  # <- no path


def well_used_scale(params, key):
    return ex.Normal(params["loc"], params["scale"]).sample(key) ** 2


def sick_stopped_draw(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return (lax.stop_gradient(x) - 2.0) ** 2  # <- stop_gradient cut


def well_stopped_target(loc, key):
    first, second = jax.random.split(key)
    target = lax.stop_gradient(ex.Normal(loc + 2.0, 1.0).sample(first))
    return (ex.Normal(loc, 1.0).sample(second) - target) ** 2


def sick_target_network(params, key):
    x = ex.Normal(params["loc"], 1.0).sample(key)
    return (x - lax.stop_gradient(params["scale"] * 2.0)) ** 2  # <- stop_gradient cut


def sick_law_behind_stop(logit, key):
    x = ex.Bernoulli(logits=logit).sample(key).astype(float)  # <- stop_gradient by-passed
    return lax.stop_gradient(3.0 * x)


def well_data_by_name(logit, key):
    x = ex.Bernoulli(logits=0.3).sample(key, gradient="stop").astype(float)
    return (logit - x) ** 2


NETWORK = {"w": jnp.array([[0.3, -0.2], [0.8, 0.1]])}
PAIR = {"loc": 0.3, "scale": 1.2}
ARGUMENTS = {
    "sick_network_log_prob": NETWORK,
    "well_network_other_log_prob": NETWORK,
    "sick_unused_scale": PAIR,
    "well_used_scale": PAIR,
    "sick_target_network": PAIR,
}
