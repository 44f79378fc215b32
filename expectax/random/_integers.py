"""Whole numbers with equal chances."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._words import words_in


@functools.partial(jax.jit, static_argnums=2)
def integers(key: Key, count: Array, shape: Shape) -> Array:
    """One of 0, ..., count - 1, in the float type of `count`; NaN where it is NaN.

    By ⌊count U⌋ for a U of 64 bits, in whole numbers, so that chances differ by less than 2⁻⁶⁴; count is at most 2³².

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> draws = ex.random.integers(jax.random.key(0), jnp.asarray(6.0), (100,))
        >>> sorted(set(draws.tolist()))
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """
    first, second = words_in(shape, key, 2, jnp.float32)
    known = (count >= 1) & (count < 2.0**32)
    number = jnp.where(known, count, 1.0).astype(jnp.uint32)
    high, low = _product(number, first)
    carry = low + _product(number, second)[0]
    index = high + (carry < low).astype(jnp.uint32)
    index = jnp.where(count == 2.0**32, first, index).astype(count.dtype)
    return jnp.where(known | (count == 2.0**32), index, jnp.nan)


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """The upper and the lower word of a b, by halves."""
    half = jnp.uint32(0xFFFF)
    a_high, a_low, b_high, b_low = a >> 16, a & half, b >> 16, b & half
    middle = a_high * b_low + (a_low * b_low >> 16)
    other = a_low * b_high + (middle & half)
    return a_high * b_high + (middle >> 16) + (other >> 16), a * b
