"""Poisson variates."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import poisson_factors
from ._inversion import inverted
from ._rejection import accepted
from ._words import Seed, fine_side, seed_of, uniform, words_of


@functools.partial(jax.jit, static_argnums=2)
def poisson(key: Key, rate: Array, shape: Shape) -> Array:
    """Poisson counts in the float type of `rate`, whatever its size; NaN where it is NaN.

    Below 10 by inversion of one uniform; above by transformed rejection (Hörmann, "The transformed rejection method
    for generating Poisson random variables", 1993, algorithm PTRS), its acceptance test in the cancelled form
    of `numerics.poisson_factors`, so that large rates keep their digits, and its 1/α raised by 0.6 %: with the published
    one the hat lies up to 0.58 % below the mass, at rates under 300.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.poisson(jax.random.key(0), jnp.asarray(1e6), (1000,))
        >>> bool(abs(counts.mean() - 1e6) < 200)
        True
    """
    rate = jnp.broadcast_to(rate, shape).ravel()
    seed = seed_of(key)  # a lane takes its words for one of the two
    low, high = rate < 10, (rate >= 10) & (rate < jnp.inf)
    counts = lax.cond(low.any(), _by_inversion, lambda _, rate: rate, seed, rate)
    return lax.cond(
        high.any(), _by_rejection, lambda _, __, c: c, seed, jnp.where(high, rate, jnp.nan), counts
    ).reshape(shape)


def _by_inversion(seed: Seed, rate: Array) -> Array:
    """Of rates below 10; others stay as they are."""
    low = rate < 10
    small = jnp.where(low, rate, 1.0)
    side, upper = fine_side(words_of(seed, 2, lax.iota(jnp.uint32, rate.size), rate.dtype), rate.dtype)
    counts = inverted(side, upper, jnp.exp(-small), lambda k: small * (1 / (k + 1)))
    return jnp.where(low, counts, rate)


def _by_rejection(seed: Seed, rate: Array, counts: Array) -> Array:
    drawn = accepted(seed, _propose, (rate,), words=2)
    return jnp.where(jnp.isnan(rate), counts, drawn)


def _propose(words: list[Array], rate: Array) -> tuple[Array, Array]:
    b = 0.931 + 2.53 * jnp.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1307 + 1.1397 / (b - 3.4)
    us, upper = fine_side(words[:1], rate.dtype)
    u = jnp.where(upper, 0.5 - us, us - 0.5)
    k = jnp.floor((2 * a / us + b) * u + rate + 0.43)
    v = uniform(words[1], rate.dtype)
    count = jnp.maximum(k, 0.0)
    e, w = poisson_factors(count, rate, count - rate)
    hat = v * inverse_alpha * (us * us) / (a + b * (us * us))
    return k, (k >= 0) & (jnp.log(hat * jnp.sqrt(w)) <= e)
