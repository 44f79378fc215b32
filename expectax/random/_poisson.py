"""Poisson variates."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import deviance, stirling_error
from ._inversion import inverted
from ._rejection import accepted
from ._words import fine_side, uniform, words_of_all


def poisson(key: Key, rate: Array, shape: Shape) -> Array:
    """Poisson counts in the float type of `rate`, whatever its size; NaN where it is NaN.

    Below 10 by inversion of one uniform; above by transformed rejection (Hörmann, "The transformed rejection method
    for generating Poisson random variables", 1993, algorithm PTRS), its acceptance test in the cancelled form of
    `numerics.log_gamma_kernel`, so that large rates keep their digits.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.poisson(jax.random.key(0), jnp.asarray(1e6), (1000,))
        >>> bool(abs(counts.mean() - 1e6) < 200)
        True
    """
    rate = jnp.broadcast_to(rate, shape).ravel()
    low_key, high_key = jax.random.split(key)
    low, high = rate < 10, (rate >= 10) & (rate < jnp.inf)
    counts = lax.cond(low.any(), _by_inversion, lambda _, rate: rate, low_key, rate)
    return lax.cond(
        high.any(), _by_rejection, lambda _, __, c: c, high_key, jnp.where(high, rate, jnp.nan), counts
    ).reshape(shape)


def _by_inversion(key: Key, rate: Array) -> Array:
    """Of rates below 10; others stay as they are."""
    low = rate < 10
    small = jnp.where(low, rate, 1.0)
    side, upper = fine_side(words_of_all(key, 2, rate.size, rate.dtype), rate.dtype)
    counts = inverted(side, upper, jnp.exp(-small), lambda k: small * (1 / (k + 1)))
    return jnp.where(low, counts, rate)


def _by_rejection(key: Key, rate: Array, counts: Array) -> Array:
    drawn = accepted(key, _propose, (rate,), words=2)
    return jnp.where(jnp.isnan(rate), counts, drawn)


def _propose(words: list[Array], rate: Array) -> tuple[Array, Array]:
    b = 0.931 + 2.53 * jnp.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    us, upper = fine_side(words[:1], rate.dtype)
    u = jnp.where(upper, 0.5 - us, us - 0.5)
    k = jnp.floor((2 * a / us + b) * u + rate + 0.43)
    v = uniform(words[1], rate.dtype)
    none = k <= 0
    safe = jnp.where(none, 1.0, k)
    # P(k) √(2πk) has no logarithm in it: one for all factors
    factor = v * inverse_alpha * (us * us) / (a + b * (us * us)) * jnp.where(none, 1.0, jnp.sqrt(2 * math.pi * safe))
    log_rest = jnp.where(none, -rate, -stirling_error(safe) - deviance(safe, rate))
    return k, (k >= 0) & (jnp.log(factor) <= log_rest)
