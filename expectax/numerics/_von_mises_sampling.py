"""Von Mises variates with their derivative in the concentration."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ._von_mises import von_mises_slope


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def random_von_mises(key: Key, kappa: Array, shape: Shape) -> Array:
    """Z in [-π, π] with density ∝ exp(κ cos z), for any κ >= 0, with the implicit derivative in κ.

    Rejection from a wrapped Cauchy law: Best & Fisher, "Efficient simulation of the von Mises distribution" (1979).
    Their s = (1 + √(1 + 4κ²))/(2κ) enters as s - 1, and cos z as 1 - cos z, so that neither a large κ loses digits
    nor a small one overflows.
    """
    kappa = jnp.broadcast_to(kappa, shape)
    size = jnp.where(kappa > 1e-15, kappa, 1e-15)  # what lies below is the uniform law, to far beyond the digits
    excess = (1 + 1 / (_root(size) + 2 * size)) / (2 * size)  # s - 1

    def propose(state):
        key, z, done = state
        key, angle_key, accept_key = jax.random.split(key, 3)
        turn = 0.5 * math.pi * jax.random.uniform(angle_key, shape, kappa.dtype, -1.0, 1.0)
        lift = 2 * jnp.cos(turn) ** 2  # 1 + cos of the Cauchy variate's angle
        height = 2 * jnp.sin(turn) ** 2 * (excess / (excess + lift))  # 1 - cos z
        ratio = size * (excess + height)
        log_u = -jax.random.exponential(accept_key, shape, kappa.dtype)
        accepted = jnp.log(ratio) + 1 - ratio >= log_u
        proposal = jnp.sign(turn) * 2 * jnp.arcsin(jnp.minimum(jnp.sqrt(0.5 * height), 1.0))
        return key, jnp.where(done, z, proposal), done | accepted

    start = (key, jnp.zeros_like(kappa), jnp.isnan(kappa))
    z = lax.while_loop(lambda s: ~s[2].all(), propose, propose(start))[1]  # one step ahead: its types are right
    return jnp.where(jnp.isnan(kappa), kappa, z)


def _root(size: Array) -> Array:
    """√(1 + 4κ²) where κ² may overflow or underflow."""
    large = size > 1
    inner = jnp.where(large, 1.0, size)
    outer = jnp.where(large, size, 1.0)
    return jnp.where(large, outer * jnp.sqrt(4 + 1 / outer / outer), jnp.sqrt(1 + 4 * inner * inner))


@random_von_mises.defjvp
def _random_von_mises_jvp(shape, primals, tangents):
    z = random_von_mises(*primals, shape)
    kappa, change = (jnp.broadcast_to(v, shape) for v in (primals[1], tangents[1]))
    return z, von_mises_slope(z, kappa) * change
