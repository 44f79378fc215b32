"""Lengths of vectors with one more entry, 1: what projections onto unit vectors divide by."""

import jax
import jax.numpy as jnp

from .._typing import Array


def _scaled(x: Array) -> tuple[Array, Array]:
    """m = max(1, |x_i|) and (1 + |x|²)/m², which is at least 1 and never overflows."""
    top = jnp.maximum(jnp.abs(x).max(-1, initial=0.0), 1.0)
    z, one = x / top[..., None], 1 / top
    return top, (z * z).sum(-1) + one * one


@jax.custom_jvp
def length_and_one(x: Array) -> Array:
    """√(1 + |x|²) over the last axis, to 2 ulp and half an ulp more an entry; its derivative is x/√(1 + |x|²)."""
    top, square = _scaled(x)
    return top * jnp.sqrt(square)


@length_and_one.defjvp
def _length_and_one_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    length = length_and_one(x)
    return length, (x / length[..., None] * dx).sum(-1)


@jax.custom_jvp
def log1p_square(x: Array) -> Array:
    """log(1 + |x|²) over the last axis, with all digits near 0 and no overflow."""
    top, square = _scaled(x)
    near = top == 1.0
    small = jnp.where(near[..., None], x, 0.0)
    return jnp.where(near, jnp.log1p((small * small).sum(-1)), 2 * jnp.log(top) + jnp.log(square))


@log1p_square.defjvp
def _log1p_square_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    length = length_and_one(x)[..., None]
    return log1p_square(x), 2 * (x / length * (dx / length)).sum(-1)
