"""Randomness that is shared."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_one_key_two_draws(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    y = ex.Normal(loc, 1.0).sample(key)  # <- key reused
    return x * y


def well_two_keys(loc, key):
    first, second = jax.random.split(key)
    return ex.Normal(loc, 1.0).sample(first) * ex.Normal(loc, 1.0).sample(second)


def sick_one_key_a_loop(loc, key):
    def step(x, _):
        return 0.9 * x + ex.Normal(loc, 1.0).sample(key), None  # <- key not split

    return lax.scan(step, 0.0, None, length=5)[0]


def well_split_for_a_loop(loc, key):
    def step(x, key):
        return 0.9 * x + ex.Normal(loc, 1.0).sample(key), None

    return lax.scan(step, 0.0, jax.random.split(key, 5))[0]


def sick_one_key_a_batch(loc, key):
    locs = loc * jnp.arange(1.0, 5.0)
    return jax.vmap(lambda m: ex.Normal(m, 1.0).sample(key))(locs).prod()  # <- key not split


def well_key_a_lane(loc, key):
    locs = loc * jnp.arange(1.0, 5.0)
    return jax.vmap(lambda m, k: ex.Normal(m, 1.0).sample(k))(locs, jax.random.split(key, 4)).prod()


def sick_key_used_after_its_split(loc, key):
    first, _ = jax.random.split(key)
    x = ex.Normal(loc, 1.0).sample(first)
    return x * ex.Normal(loc, 1.0).sample(key)  # <- key reused


def well_folded_keys(loc, key):
    return sum(ex.Normal(loc, 1.0).sample(jax.random.fold_in(key, i)) ** 2 for i in range(3))


ARGUMENTS = {}
