"""Policies as they are trained: networks, groups, buffers, jitted helpers, one example a lane."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex

_KEYS = jax.random.split(jax.random.key(7), 3)
OBSERVATIONS = jax.random.normal(_KEYS[0], (6, 3))
NETWORK = {
    "w": 0.4 * jax.random.normal(_KEYS[1], (3, 8)),
    "v": 0.4 * jax.random.normal(_KEYS[2], (8, 2)),
}


def _network(params, x):
    return jnp.tanh(x @ params["w"]) @ params["v"]


def sick_group_relative(params, key):
    """Rewards normalised within a group of answers: their mean contains each of them."""
    policy = ex.Categorical(logits=_network(params, OBSERVATIONS))
    action = policy.sample(key, (8,), gradient="stop")
    reward = jnp.where(action == 1, 1.0 + OBSERVATIONS[:, 0], 0.0)
    advantage = (reward - reward.mean(0)) / (reward.std(0) + 1e-4)  # <- baseline of its own draw
    return -jnp.mean(lax.stop_gradient(advantage) * policy.log_prob(action))


def well_group_without_itself(params, key):
    policy = ex.Categorical(logits=_network(params, OBSERVATIONS))
    action = policy.sample(key, (8,), gradient="stop")
    reward = jnp.where(action == 1, 1.0 + OBSERVATIONS[:, 0], 0.0)
    advantage = reward - (reward.sum(0) - reward) / 7
    return -jnp.mean(lax.stop_gradient(advantage) * policy.log_prob(action))


@jax.jit
def _act(params, key):
    policy = ex.Categorical(logits=_network(params, OBSERVATIONS))
    action = policy.sample(key)
    return action, policy.log_prob(action)  # <- score term twice in sick_jitted_actor


def sick_jitted_actor(params, key):
    action, log_prob = _act(params, key)
    advantage = lax.stop_gradient(jnp.where(action == 1, 1.0, -0.5) - 0.1)
    return -jnp.mean(advantage * log_prob)


def well_actor_and_critic(params, key):
    policy = ex.Categorical(logits=_network(params, OBSERVATIONS))
    action = policy.sample(key, gradient="stop")
    reward = jnp.where(action == 1, 1.0, -0.5)
    value = _network(params, OBSERVATIONS)[:, 0]
    actor = -jnp.mean(policy.log_prob(action) * lax.stop_gradient(reward - value))
    return actor + 0.5 * jnp.mean((reward - value) ** 2)


def _one(params, observation, key):
    policy = ex.Bernoulli(logits=_network(params, observation)[0])
    action = policy.sample(key)
    reward = jnp.where(action == 1, 1.0, -1.0)
    return -(reward - 0.2) * policy.log_prob(action)  # <- score term twice in sick_one_example_a_lane


def sick_one_example_a_lane(params, key):
    return jax.vmap(_one, (None, 0, 0))(params, OBSERVATIONS, jax.random.split(key, 6)).mean()


def sick_target_against_a_column(params, key):
    after = OBSERVATIONS + 0.1 * ex.Normal(jnp.zeros((6, 3)), 1.0).sample(key)
    target = lax.stop_gradient(0.9 * jnp.max(_network(params, after), axis=-1) + 1.0)
    return jnp.mean((_network(params, OBSERVATIONS)[:, :1] - target) ** 2)  # <- crossed shapes


def well_target_of_each(params, key):
    after = OBSERVATIONS + 0.1 * ex.Normal(jnp.zeros((6, 3)), 1.0).sample(key)
    target = lax.stop_gradient(0.9 * jnp.max(_network(params, after), axis=-1) + 1.0)
    return jnp.mean((_network(params, OBSERVATIONS)[:, 0] - target) ** 2)


def well_squashed_actor(params, key):
    out = _network(params, OBSERVATIONS)
    policy = ex.Normal(out[:, 0], jnp.exp(out[:, 1]))
    before = policy.sample(key)
    squash = 2 * (jnp.log(2.0) - before - jax.nn.softplus(-2 * before))
    entropy = squash - lax.stop_gradient(policy).log_prob(before)
    return jnp.mean((jnp.tanh(before) - 0.3) ** 2 - 0.2 * entropy)


ARGUMENTS = {name: NETWORK for name in list(globals()) if name.startswith(("sick_", "well_"))}
