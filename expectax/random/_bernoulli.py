"""Events of a given probability."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._words import words_in


@functools.partial(jax.jit, static_argnums=2)
def bernoulli(key: Key, p: Array, shape: Shape) -> Array:
    """Whether U < p, for a U of 64 bits: a probability of 10⁻¹⁵ has its rate, and 0 and 1 are certain. False where p is NaN.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> bool(ex.random.bernoulli(jax.random.key(0), jnp.asarray(1.0), ()))
        True
    """
    high, low = threshold(p)
    first, second = words_in(shape, key, 2, jnp.float32)
    return (first < high) | ((first == high) & (second < low)) | (p >= 1)


def threshold(p: Array) -> tuple[Array, Array]:
    """p 2⁶⁴ for p in [0, 1) as two words, without rounding up."""
    scaled = p * 2.0**32
    high = jnp.floor(scaled)
    return high.astype(jnp.uint32), ((scaled - high) * 2.0**32).astype(jnp.uint32)
