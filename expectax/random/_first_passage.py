"""Inverse Gaussian variates with their derivative in the parameter."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import first_passage_slope
from ._normal import normal
from ._uniform import sides


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def first_passage(key: Key, drift: Array, shape: Shape) -> Array:
    """V with the mean 1/γ and the shape 1, the time at which a Brownian motion with drift γ first reaches 1.

    With the implicit derivative in γ >= 0. Michael, Schucany, Haas, "Generating random variates using transformations
    with multiple roots" (1976), with the smaller root as 1/(γ + y/2 + √(y²/4 + γy)), y = ε².

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> bool(ex.random.first_passage(jax.random.key(0), jnp.asarray(2.0), ()) > 0)
        True
    """
    normal_key, root_key = jax.random.split(key)
    drift = jnp.broadcast_to(drift, shape)
    half = 0.5 * normal(normal_key, shape, drift.dtype) ** 2
    inverse = drift + half + jnp.sqrt(half * (half + 2 * drift))  # of the smaller root
    side, upper = sides(root_key, shape, drift.dtype)
    # the larger root with the probability γ/(γ + 1/v), as likely as not at most
    larger = ~upper & (side * (drift + inverse) < drift)
    safe = jnp.where(larger, drift, 1.0)
    return jnp.where(larger, inverse / safe / safe, 1 / inverse)


@first_passage.defjvp
def _first_passage_jvp(shape, primals, tangents):
    v = first_passage(*primals, shape)
    slope = first_passage_slope(jnp.broadcast_to(primals[1], shape), v)
    return v, slope * jnp.broadcast_to(tangents[1], shape)
