"""Score terms by hand: with and without what they need."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex

COSTS = jnp.array([0.1, 0.2, 0.3])


def _reward(x):
    return -((x - 1.0) ** 2)


def sick_reinforce(loc, key):
    d = ex.Normal(loc, 1.0)
    x = d.sample(key)
    return -lax.stop_gradient(_reward(x)) * d.log_prob(x)  # <- score term without stop


def well_reinforce(loc, key):
    d = ex.Normal(loc, 1.0)
    x = d.sample(key, gradient="stop")
    return -_reward(x) * d.log_prob(x)


def well_reinforce_by_stop(loc, key):
    d = ex.Normal(loc, 1.0)
    x = lax.stop_gradient(d.sample(key))
    return -_reward(x) * d.log_prob(x)


def sick_policy_batch(params, key):
    states = jnp.linspace(-1.0, 1.0, 8)
    policy = ex.Normal(params["loc"] * states, params["scale"])
    actions = policy.sample(key)
    rewards = lax.stop_gradient(_reward(actions - states))
    return -jnp.mean(rewards * policy.log_prob(actions))  # <- score term without stop


def well_policy_batch(params, key):
    states = jnp.linspace(-1.0, 1.0, 8)
    actions = ex.Normal(params["loc"] * states, params["scale"]).sample(key)
    return -jnp.mean(_reward(actions - states))


def sick_ratio_at_its_own_draw(params, key):
    policy = ex.Normal(params["loc"], params["scale"])
    action = policy.sample(key)
    log_p = policy.log_prob(action)  # <- score term without stop
    ratio = jnp.exp(log_p - lax.stop_gradient(log_p))
    advantage = lax.stop_gradient(_reward(action))
    return -jnp.minimum(ratio * advantage, jnp.clip(ratio, 0.8, 1.2) * advantage)


def well_ratio_at_data(params, key):
    policy = ex.Normal(params["loc"], params["scale"])
    action = policy.sample(key, gradient="stop")
    log_p = policy.log_prob(action)
    ratio = jnp.exp(log_p - lax.stop_gradient(log_p))
    return -ratio * _reward(action)


def sick_score_of_a_choice(logits, key):
    d = ex.Categorical(logits=logits)
    k = d.sample(key)
    reward = jnp.array([1.0, 3.0, -1.0]) @ jax.nn.one_hot(k, 3)
    return -lax.stop_gradient(reward) * d.log_prob(k)  # <- score term twice


def well_score_of_a_choice(logits, key):
    d = ex.Categorical(logits=logits)
    k = d.sample(key, gradient="stop")
    reward = jnp.array([1.0, 3.0, -1.0]) @ jax.nn.one_hot(k, 3)
    return -reward * d.log_prob(k)


def sick_score_by_request(loc, key):
    d = ex.Normal(loc, 1.0)
    x = d.sample(key, gradient="score")
    return -_reward(x) * d.log_prob(x)  # <- score term twice


def sick_score_by_log_softmax(logits, key):
    k = ex.Categorical(logits=logits).sample(key)
    reward = jnp.array([1.0, 3.0, -1.0])[k]
    return -reward * jax.nn.log_softmax(logits)[k]  # <- score term twice


def well_score_by_log_softmax(logits, key):
    k = ex.Categorical(logits=logits).sample(key, gradient="stop")
    reward = jnp.array([1.0, 3.0, -1.0])[k]
    return -reward * jax.nn.log_softmax(logits)[k]


def sick_score_by_formula(params, key):
    a = ex.Normal(params["loc"], params["scale"]).sample(key)
    z = (a - params["loc"]) / params["scale"]
    log_p = -0.5 * z**2 - jnp.log(params["scale"]) - 0.5 * jnp.log(2 * jnp.pi)  # <- score term without stop
    return -lax.stop_gradient(_reward(a)) * log_p


def well_product_of_draw_and_rate(rate, key):
    """-rate * x is the log-density of an Exponential but for a constant, and here a price."""
    x = ex.Exponential(rate).sample(key)
    return -rate * x * (x - 1.0)


def sick_elbo_with_all_its_noise(params, key):
    q = ex.Normal(params["loc"], params["scale"])
    z = q.sample(key)
    entropy = -q.log_prob(z)  # <- zero-mean term kept
    return -(ex.Normal(0.0, 1.0).log_prob(z) + ex.Normal(z, 0.5).log_prob(1.0) + entropy)


def well_elbo_with_kl(params, key):
    q = ex.Normal(params["loc"], params["scale"])
    z = q.sample(key)
    return ex.kl(q, ex.Normal(0.0, 1.0)) - ex.Normal(z, 0.5).log_prob(1.0)


def well_sticking_the_landing(params, key):
    q = ex.Normal(params["loc"], params["scale"])
    z = q.sample(key)
    fixed = ex.Normal(lax.stop_gradient(params["loc"]), lax.stop_gradient(params["scale"]))
    return fixed.log_prob(z) - ex.Normal(0.0, 1.0).log_prob(z) - ex.Normal(z, 0.5).log_prob(1.0)


def sick_landing_in_a_square(params, key):
    z = ex.Normal(params["loc"], params["scale"]).sample(key)
    fixed = ex.Normal(lax.stop_gradient(params["loc"]), lax.stop_gradient(params["scale"]))
    log_weight = ex.Normal(0.0, 1.0).log_prob(z) - fixed.log_prob(z)  # <- score term dropped
    return log_weight**2


def sick_mean_reward_baseline(loc, key):
    d = ex.Normal(loc, 1.0)
    x = d.sample(key, (8,), gradient="stop")
    rewards = _reward(x)
    mean = rewards.mean()  # <- baseline of its own draw
    return -((rewards - mean) * d.log_prob(x)).mean()


def sick_baseline_among_arrays(loc, key):
    """The costs are arrays too, and are no equals of the reward's parts."""
    d = ex.Normal(loc, 1.0)
    x = d.sample(key, (3,), gradient="stop")
    rewards = _reward(x) + COSTS - (COSTS + 1.0)
    mean = rewards.mean()  # <- baseline of its own draw
    return -((rewards - mean) * d.log_prob(x)).mean()


def well_leave_one_out_baseline(loc, key):
    d = ex.Normal(loc, 1.0)
    x = d.sample(key, (8,), gradient="stop")
    rewards = _reward(x)
    others = (rewards.sum() - rewards) / 7.0
    return -((rewards - others) * d.log_prob(x)).mean()


PAIR = {"loc": 0.3, "scale": 1.2}
LOGITS = jnp.array([0.1, 0.5, -0.3])


def sick_vae_with_two_divergences(params, key):
    q = ex.Normal(params["loc"], params["scale"])
    prior = ex.Normal(0.0, 1.0)
    z = q.sample(key)
    evidence = ex.Normal(z, 0.5).log_prob(1.0) + prior.log_prob(z) - q.log_prob(z)
    return -evidence + ex.kl(q, prior)  # <- divergence counted twice


def well_vae_with_one_divergence(params, key):
    q = ex.Normal(params["loc"], params["scale"])
    z = q.sample(key)
    return -ex.Normal(z, 0.5).log_prob(1.0) + 2.0 * ex.kl(q, ex.Normal(0.0, 1.0))  # the weight of a beta-VAE


_IMAGES = jnp.array([[0.2, -1.0, 0.7], [1.1, 0.3, -0.4], [-0.6, 0.8, 0.1], [0.5, 0.5, -1.2]])


def _encoded(params):
    hidden = jnp.tanh(_IMAGES * params["loc"])
    return hidden[:, :2], 0.5 * jnp.log(params["scale"]) + 0.1 * hidden[:, 1:]


def sick_vae_with_a_divergence_by_hand(params, key):
    mean, log_scale = _encoded(params)
    q = ex.Independent(ex.Normal(mean, jnp.exp(log_scale)), 1)
    z = q.sample(key)
    prior = ex.Independent(ex.Normal(jnp.zeros(2), jnp.ones(2)), 1)
    fit = -((_IMAGES[:, :2] - z) ** 2).sum(-1)
    evidence = fit + prior.log_prob(z) - q.log_prob(z)
    kl = -0.5 * jnp.sum(1 + 2 * log_scale - mean**2 - jnp.exp(2 * log_scale), axis=-1)  # <- divergence counted twice
    return jnp.mean(kl - evidence)


def well_vae_held_near_another_guide(params, key):
    mean, log_scale = _encoded(params)
    q = ex.Independent(ex.Normal(mean, jnp.exp(log_scale)), 1)
    z = q.sample(key)
    prior = ex.Independent(ex.Normal(jnp.zeros(2), jnp.ones(2)), 1)
    fit = -((_IMAGES[:, :2] - z) ** 2).sum(-1)
    fixed = lax.stop_gradient(q)
    before = ex.Independent(ex.Normal(jnp.full((4, 2), 0.3), jnp.full((4, 2), 0.7)), 1)
    return jnp.mean(fixed.log_prob(z) - prior.log_prob(z) - fit + 0.1 * ex.kl(q, before))


ARGUMENTS = {
    "sick_policy_batch": PAIR,
    "well_policy_batch": PAIR,
    "sick_ratio_at_its_own_draw": PAIR,
    "well_ratio_at_data": PAIR,
    "sick_score_of_a_choice": LOGITS,
    "well_score_of_a_choice": LOGITS,
    "sick_score_by_log_softmax": LOGITS,
    "well_score_by_log_softmax": LOGITS,
    "sick_score_by_formula": PAIR,
    "sick_elbo_with_all_its_noise": PAIR,
    "well_elbo_with_kl": PAIR,
    "well_sticking_the_landing": PAIR,
    "sick_landing_in_a_square": PAIR,
    "sick_vae_with_two_divergences": PAIR,
    "well_vae_with_one_divergence": PAIR,
    "sick_vae_with_a_divergence_by_hand": PAIR,
    "well_vae_held_near_another_guide": PAIR,
}
