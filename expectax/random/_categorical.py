"""Indices of given probabilities."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._compat import match_varying
from .._typing import Array, Key, Shape
from ._bernoulli import threshold
from ._words import words_in

_UNROLLED = 32
"""Up to so many outcomes a comparison with each, without writing sums to memory, is faster than a search."""

_MISSING = jnp.iinfo(jnp.int32).min


@functools.partial(jax.jit, static_argnums=2)
def categorical(key: Key, probs: Array, shape: Shape) -> Array:
    """An int32 index with the probabilities on the last axis of `probs`; one of probability 0 is never drawn.

    By inversion of a U of 64 bits, in integers: sums of probabilities in multiples of 2⁻⁶⁴ do not round, so that a small
    one has its rate wherever it stands. The most likely outcome takes what the others leave of 1. A table is summed up
    once for all its draws, each of which costs log₂ n steps of a search.

    Args:
        key: a random key.
        probs: tables (*batch, n) that sum to 1; where one holds NaN, its draws are -2³¹.
        shape: of the draws; the batch broadcasts to it, axis by axis.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> ex.random.categorical(jax.random.key(0), jnp.asarray([0.0, 1.0]), (3,))
        Array([1, 1, 1], dtype=int32)
    """
    drawn = words_in(shape, key, 2, jnp.float32)
    if probs.shape[-1] <= _UNROLLED:
        return _by_comparison(probs, drawn)
    return _by_search(probs, drawn)


def _by_comparison(probs: Array, drawn: list[Array]) -> Array:
    columns = [probs[..., k] for k in range(probs.shape[-1])]
    most, likeliest = columns[0], jnp.zeros(probs.shape[:-1], jnp.int32)
    missing = jnp.isnan(most)
    for k, p in enumerate(columns[1:], 1):
        more = p > most
        most, likeliest = jnp.where(more, p, most), jnp.where(more, k, likeliest)
        missing |= jnp.isnan(p)
    high = low = jnp.zeros(probs.shape[:-1], jnp.uint32)
    sums = []
    for k, p in enumerate(columns):
        high_part, low_part = threshold(jnp.where(likeliest == k, 0.0, p))
        low = low + low_part
        high = high + high_part + (low < low_part).astype(jnp.uint32)
        sums.append((high, low))
    likeliest = jnp.where(missing, _MISSING, likeliest)
    if likeliest.size < drawn[0].size:  # else XLA sums anew for every draw
        sums, likeliest, missing = lax.optimization_barrier((sums, likeliest, missing))
    index = jnp.zeros(drawn[0].shape, jnp.int32)
    for pair in sums:
        index = index + _at_most(pair, drawn).astype(jnp.int32)
    return jnp.where(missing | (index == len(columns)), likeliest, index)


def _by_search(probs: Array, drawn: list[Array]) -> Array:
    *batch, n = probs.shape
    places, likeliest = (
        lax.broadcasted_iota(jnp.int32, probs.shape, len(batch)),
        jnp.argmax(probs, -1).astype(jnp.int32),
    )
    high, low = threshold(jnp.where(places == likeliest[..., None], 0.0, probs))
    missing = jnp.isnan(probs).any(-1)
    low_sum = jnp.cumsum(low, axis=-1)
    sums = jnp.cumsum(high + (low_sum < low).astype(jnp.uint32), axis=-1).ravel(), low_sum.ravel()
    first = lax.iota(jnp.int32, math.prod(batch)).reshape(batch) * n
    likeliest = jnp.where(missing, _MISSING, likeliest)

    def halve(_, state):
        step, index = state
        further = index + step
        at = first + jnp.minimum(further, n) - 1
        found = (further <= n) & _at_most((sums[0][at], sums[1][at]), drawn)
        return step // 2, jnp.where(found, further, index)

    step = jnp.asarray(1 << (n.bit_length() - 1), jnp.int32)
    start = match_varying(jnp.zeros_like(drawn[0], jnp.int32), [probs, *drawn])
    index = lax.fori_loop(0, n.bit_length(), halve, (step, start))[1]
    return jnp.where(missing | (index == n), likeliest, index)


def _at_most(total: tuple[Array, Array], drawn: list[Array]) -> Array:
    (high, low), (first, second) = total, drawn
    return (high < first) | ((high == first) & (low <= second))
