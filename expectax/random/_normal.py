"""Standard normal variates, as far out as 6.3 (9.1 in double precision)."""

import math

import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import horner, ndtri
from ._words import smaller_side, words_of_all

# z/(1 - 2P) in powers of w = -log(4P(1 - P)) up to 5, then of √w up to 4.7 (P = 2⁻³³ and less), both on [-1, 1]: least squares as
# Giles, "Approximating the erfinv function" (2010); 4e-7 of the value
_CENTRE = (2.12331357, 8.72006641e-1, -3.69260903e-2, -2.77032410e-2, 1.20762888e-2, -6.07293758e-4, -1.21857067e-3,
           2.96729078e-4, 6.16590507e-5)  # fmt: skip
_TAIL = (4.67155283, 1.75471240, 7.51540719e-3, -5.68840344e-3, 3.68427572e-3, -3.56077780e-3, 2.97945775e-3,
         -1.03187553e-3)  # fmt: skip
_TAIL_START, _TAIL_END = math.sqrt(5), 4.7


def normal(key: Key, shape: Shape, dtype) -> Array:
    """Standard normal draws; the tails are as exact as the centre, down to probabilities of 2⁻³³ (single precision).

    Source: inverse distribution function of a word of 32 (64) random bits, its smaller side first.

    Example:
        >>> import expectax as ex, jax
        >>> ex.random.normal(jax.random.key(0), (2,), "float32").shape
        (2,)
    """
    (word,) = words_of_all(key, 1, math.prod(shape), dtype)
    return normal_of(word, dtype).reshape(shape)


def normal_of(word: Array, dtype) -> Array:
    """A standard normal from one word."""
    side, upper = smaller_side(word, dtype)
    if dtype == jnp.float64:
        low = ndtri(side)
        return jnp.where(upper, -low, low)
    w = -jnp.log(4 * side * (1 - side))
    root = (2 * jnp.sqrt(w) - (_TAIL_START + _TAIL_END)) / (_TAIL_END - _TAIL_START)
    ratio = jnp.where(w < 5, horner(_CENTRE, 0.4 * w - 1), horner(_TAIL, root))
    return ratio * jnp.where(upper, 1 - 2 * side, 2 * side - 1)
