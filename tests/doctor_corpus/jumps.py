"""Jumps behind a draw, and kinks that only look like one."""

import jax
import jax.numpy as jnp
from jax import lax

import expectax as ex


def sick_where(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.where(x > 0, 1.0, 0.0)  # <- discontinuous


def well_leaky(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return jnp.where(x > 0, x, 0.1 * x)


def sick_rounded(loc, key):
    return jnp.round(ex.Normal(loc, 1.0).sample(key)) ** 2  # <- discontinuous


def well_relu(loc, key):
    return jax.nn.relu(ex.Normal(loc, 1.0).sample(key)) ** 2


def sick_barrier_option(volatility, key):
    price = ex.LogNormal(0.0, volatility).sample(key)
    return jnp.where(price < 1.5, jnp.maximum(price - 1.0, 0.0), 0.0)  # <- discontinuous


def well_call_option(volatility, key):
    price = ex.LogNormal(0.0, volatility).sample(key)
    return jnp.maximum(price - 1.0, 0.0)


def _is_large(x):
    return (x > 1.0).astype(float)  # <- discontinuous in sick_in_a_helper


def sick_in_a_helper(loc, key):
    return 2.0 * _is_large(ex.Normal(loc, 1.0).sample(key))


def well_clipped(loc, key):
    return jnp.clip(ex.Normal(loc, 1.0).sample(key), -1.0, 1.0)


def well_absolute(loc, key):
    return jnp.abs(ex.Normal(loc, 1.0).sample(key))


def sick_branch(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return lax.cond(x > 0, lambda v: v + 1.0, lambda v: v, x)  # <- discontinuous


def well_branch(loc, key):
    x = ex.Normal(loc, 1.0).sample(key)
    return lax.cond(x > 0, lambda v: v**2, lambda v: 0.0 * v, x)


def sick_uniform_end(high, key):
    return ex.Uniform(0.0, high).sample(key) ** 2  # <- moving support


def sick_refused(high, key):
    x = ex.Uniform(0.0, high).sample(key)
    return jnp.where(x > 0.5, 1.0, 0.0)  # <- refused


def well_scaled_uniform(high, key):
    return (high * ex.Uniform(0.0, 1.0).sample(key)) ** 2


def sick_rejection(loc, key):
    def again(state):
        key, _ = state
        key, subkey = jax.random.split(key)
        return key, loc + jax.random.normal(subkey)

    first, second = jax.random.split(key)
    start = (first, loc + jax.random.normal(second))
    _, x = lax.while_loop(lambda state: state[1] < 0.0, again, start)  # <- rejection loop
    return x**2


def well_truncated(loc, key):
    return ex.TruncatedNormal(loc, 1.0, 0.0, jnp.inf).sample(key) ** 2


ARGUMENTS = {
    "sick_barrier_option": 0.4,
    "well_call_option": 0.4,
    "sick_uniform_end": 1.5,
    "sick_refused": 1.5,
    "well_scaled_uniform": 1.5,
}
