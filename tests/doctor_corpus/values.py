"""Values that are not finite, flat, cancelled, or drowned in noise."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_root_of_a_rectifier(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.sqrt(jnp.maximum(x, 0.0))  # <- not finite


def well_guarded_root(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.where(x > 0, jnp.sqrt(jnp.where(x > 0, x, 1.0)), 0.0)


def sick_log_of_a_probability(params, key):
    x = ex.Normal(params["loc"], params["scale"]).sample(key)
    p = jax.nn.sigmoid(100.0 * x)
    return -jnp.log(1.0 - p)  # <- not finite


def well_log_sigmoid(params, key):
    x = ex.Normal(params["loc"], params["scale"]).sample(key)
    return -jax.nn.log_sigmoid(-100.0 * x)


def sick_squashed_policy(params, key):
    x = ex.Normal(params["loc"], params["scale"]).sample(key)
    action = jnp.tanh(10.0 * x)
    return ex.Normal(0.0, 1.0).log_prob(x) - jnp.log(1.0 - action**2)  # <- not finite


def well_squashed_policy(params, key):
    policy = ex.TanhNormal(params["loc"], params["scale"])
    return policy.sample(key) ** 2


def sick_saturated(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.tanh(40.0 + x) * 2.0  # <- saturated


def well_unsaturated(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.tanh(0.4 + x) * 2.0


def sick_dead_rectifier(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.maximum(x - 30.0, 0.0) + 0.1 * loc  # <- saturated


def sick_variance_of_large_numbers(loc, key):
    x = 3000.0 + ex.Normal(loc, 1.0).sample(key, (64,))
    return jnp.mean(x**2) - jnp.mean(x) ** 2  # <- rounding


def well_variance_of_deviations(loc, key):
    x = 3.0 + ex.Normal(loc, 1.0).sample(key, (64,))
    return jnp.sum((x - 3.0) ** 4) / 63.0


def well_divergence_of_gammas(params, key):
    """Its formula takes differences to save digits."""
    q = ex.Gamma(jnp.exp(params["loc"] + 0.7), jnp.exp(0.2 * params["scale"]))
    rate = q.sample(key)
    return ex.kl(q, ex.Gamma(1.0, 1.0)) - ex.Poisson(rate).log_prob(jnp.array([2.0, 4.0, 3.0])).sum()


def sick_small_signal(loc, key):
    x = ex.Normal(loc, 1.0).sample(key, gradient="score")
    return 1e-4 * x + 50.0 * jnp.cos(30.0 * x)


def well_signal(loc, key):
    return ex.Normal(loc, 1.0).sample(key) ** 2


def sick_chaotic_rollout(loc, key):
    def step(x, key):
        return 3.99 * x * (1.0 - x) * 0.999 + 0.0005 * (1 + jnp.tanh(ex.Normal(loc, 0.1).sample(key))), None

    return lax.scan(step, 0.3, jax.random.split(key, 40))[0]


def sick_chaotic_map(growth, key):
    """The parameter is in no law: there is no score function to compare with."""

    def step(x, key):
        return growth * x * (1.0 - x) + 1e-4 * ex.Normal(0.0, 1.0).sample(key), None

    return lax.scan(step, 0.4, jax.random.split(key, 60))[0]


def well_nearly_certain_rollout(growth, key):
    """The derivative is large next to the noise, and alike in all runs."""

    def step(x, key):
        return growth * x + 1e-4 * ex.Normal(0.0, 1.0).sample(key), None

    return lax.scan(step, 1.0, jax.random.split(key, 30))[0]


def well_equal_logits(logits, key):
    """softmax takes the maximum of -inf and 0 here, which is flat and no rectifier."""
    mixture = ex.MixtureSameFamily(ex.Categorical(probs=jax.nn.softmax(logits)), ex.Normal(jnp.arange(3.0), 1.0))
    return mixture.sample(key) ** 2


def well_softplus_of_negatives(free, key):
    """Inside softplus stands max(x, 0), which is flat here; its derivative is not."""
    return ex.Gamma(jax.nn.softplus(free), 1.0).sample(key) ** 2


def well_damped_rollout(loc, key):
    def step(x, key):
        return 0.9 * x + 0.1 * ex.Normal(loc, 0.1).sample(key), None

    return lax.scan(step, 0.3, jax.random.split(key, 40))[0]


@jax.custom_vjp
def _same(x):
    return x


_same.defvjp(lambda x: (x, None), lambda _, slope: (slope,))


def sick_root_behind_a_reverse_rule(loc, key):
    """A function that has no forward derivative stands on the way."""
    return jnp.sqrt(_same(ex.Normal(loc, 1.0).sample(key)))  # <- not finite


def sick_overflow_of_halves(loc, key):
    x = ex.Normal(loc, jnp.float16(1.0)).sample(key, (4,))
    return jnp.sum(jnp.exp(6 * x)).astype(float)  # <- not finite


def well_halves(loc, key):
    x = ex.Normal(loc, jnp.float16(1.0)).sample(key, (4,))
    return jnp.sum(x.astype(float) ** 2)


PAIR = {"loc": 0.3, "scale": 1.2}
NOWHERE = {
    "sick_small_signal": "lost in noise",
    "sick_chaotic_rollout": "exploding path",
    "sick_chaotic_map": "exploding path",
}
"""Diseases of a parameter, without a line."""
ARGUMENTS = {
    "sick_log_of_a_probability": PAIR,
    "well_log_sigmoid": PAIR,
    "sick_squashed_policy": PAIR,
    "well_squashed_policy": PAIR,
    "well_divergence_of_gammas": PAIR,
    "sick_overflow_of_halves": jnp.float16(0.4),
    "well_halves": jnp.float16(0.4),
    "sick_chaotic_map": 3.9,
    "well_nearly_certain_rollout": 1.1,
    "well_equal_logits": jnp.zeros(3),
    "well_softplus_of_negatives": -1.0,
}
