"""Counts of a small mean by inversion of one uniform, exact to the ends of both tails."""

from collections.abc import Callable

import jax.numpy as jnp

from .._typing import Array

_TERMS = 52
"""A Poisson law with a mean of 10, and any binomial law with one, exceeds it with a chance below 2⁻⁶⁵."""
_MEDIAN = 12
"""Above the median of these laws."""


def inverted(side: Array, upper: Array, mass: Array, ratio: Callable[[int], Array]) -> Array:
    """The count at U, in the float type of its masses: the lower half by the sums of masses from 0 on, the upper one by those from the top.

    Each sum keeps its relative precision where it is small, and all is elementwise: a few operations a term, without a
    loop that would write them to memory.

    Args:
        side: U or 1 - U, whichever is below ½.
        upper: whether it is 1 - U.
        mass: that of 0; the mean is at most 10.
        ratio: k -> the mass of k + 1 over that of k.
    """
    masses = [mass]
    for k in range(_TERMS):
        masses.append(masses[-1] * ratio(k))
    tail = low = high = jnp.zeros_like(mass)
    for term in masses[:_MEDIAN]:
        tail = tail + term
        low = jnp.where(tail <= side, low + 1, low)
    tail = jnp.zeros_like(mass)
    for term in masses[:0:-1]:
        tail = tail + term
        high = jnp.where(tail > side, high + 1, high)
    return jnp.where(upper, high, low)
