"""Quantiles of count distributions: the smallest count that reaches a probability."""

from collections.abc import Callable

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._normal import ndtri


def smallest_count(enough: Callable[[Array], Array], guess: Array, slack: Array) -> Array:
    """The smallest k >= 0 with enough(k), as a float; +inf where no finite number is enough.

    Args:
        enough: monotone; whether a count reaches the probability.
        guess: about where the count is.
        slack: half the width of the first bracket; doubled upwards until it holds the count.
    """
    top = jnp.finfo(guess.dtype).max
    low = jnp.floor(guess - slack)
    low = jnp.where((low < 0) | enough(jnp.where(low < 0, 0.0, low)), -1.0, low)
    high = jnp.where(guess + slack > 1, jnp.ceil(guess + slack), 1.0)

    def short(state):
        high, met = state
        return (~met & (high < 0.25 * top)).any()

    def widen(state):
        high, met = state
        high = jnp.where(met, high, 2 * high)
        return high, enough(high)

    high, met = lax.while_loop(short, widen, (high, enough(high)))

    def middle(low, high):
        return jnp.floor(low + 0.5 * (high - low))

    def unfinished(state):
        low, high = state
        m = middle(low, high)
        return ((m > low) & (m < high)).any()

    def halve(state):
        low, high = state
        m = middle(low, high)
        found, between = enough(jnp.where(m < 0, 0.0, m)), (m > low) & (m < high)
        return jnp.where(between & ~found, m, low), jnp.where(between & found, m, high)

    count = lax.while_loop(unfinished, halve, (low, high))[1]
    return jnp.where(met, count, jnp.inf)


def normal_guess(p: Array, mean: Array, variance: Array, skewness: Array) -> tuple[Array, Array]:
    """(guess, slack) by Cornish & Fisher's first terms, mean + σ (z + (z² - 1) γ/6)."""
    z = ndtri(jnp.clip(p, jnp.finfo(p.dtype).tiny, 1 - jnp.finfo(p.dtype).eps / 2))
    deviation = jnp.sqrt(variance)
    guess = mean + deviation * (z + (z * z - 1) * skewness / 6)
    slack = 2 + deviation * skewness * skewness * (1 + jnp.abs(z) ** 3) + 8 * jnp.finfo(p.dtype).eps * mean
    return jnp.where(jnp.isfinite(guess), guess, 0.0), jnp.where(jnp.isfinite(slack), slack, 1.0)
