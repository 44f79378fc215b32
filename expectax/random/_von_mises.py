"""Von Mises variates with their derivative in the concentration."""

import functools
import math

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import von_mises_slope
from ._rejection import accepted
from ._words import centred_uniform, log_uniforms, seed_of


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def von_mises(key: Key, kappa: Array, shape: Shape) -> Array:
    """Z in [-π, π] with density ∝ exp(κ cos z), for any κ >= 0, with the implicit derivative in κ.

    Rejection from a wrapped Cauchy law: Best & Fisher, "Efficient simulation of the von Mises distribution" (1979).
    Their s = (1 + √(1 + 4κ²))/(2κ) enters as s - 1, and cos z as 1 - cos z, so that neither a large κ loses digits
    nor a small one overflows.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> z = ex.random.von_mises(jax.random.key(0), jnp.asarray(100.0), (1000,))
        >>> bool(abs(z.std() - 0.1) < 0.01)
        True
    """
    lanes = jnp.broadcast_to(kappa, shape).ravel()
    size = jnp.where(lanes < 1e-15, 1e-15, lanes)  # what lies below is the uniform law, to far beyond the digits
    z = accepted(seed_of(key), _propose, (size,), words=2)
    return z.reshape(shape)


def _propose(words: list[Array], size: Array) -> tuple[Array, Array]:
    excess = (1 + 1 / (_root(size) + 2 * size)) / (2 * size)  # s - 1
    turn = math.pi * centred_uniform(words[0], size.dtype)
    lift = 2 * jnp.cos(turn) ** 2  # 1 + cos of the Cauchy variate's angle
    height = 2 * jnp.sin(turn) ** 2 * (excess / (excess + lift))  # 1 - cos z
    ratio = size * (excess + height)
    ok = jnp.log(ratio) + 1 - ratio >= log_uniforms(words[1], size.dtype)[0]
    return jnp.sign(turn) * 2 * jnp.arcsin(jnp.minimum(jnp.sqrt(0.5 * height), 1.0)), ok


def _root(size: Array) -> Array:
    """√(1 + 4κ²) where κ² may overflow or underflow."""
    large = size > 1
    inner = jnp.where(large, 1.0, size)
    outer = jnp.where(large, size, 1.0)
    return jnp.where(large, outer * jnp.sqrt(4 + 1 / outer / outer), jnp.sqrt(1 + 4 * inner * inner))


@von_mises.defjvp
def _von_mises_jvp(shape, primals, tangents):
    z = von_mises(*primals, shape)
    kappa, change = (jnp.broadcast_to(v, shape) for v in (primals[1], tangents[1]))
    return z, von_mises_slope(z, kappa) * change
