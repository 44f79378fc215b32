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
    one has its rate wherever it stands. The most likely outcome takes, in its place, what the others leave of 1: which of two
    equally likely ones it is makes no difference. A table is summed up once for all its draws, each of which costs log₂ n
    steps of a search.

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
    parts = [threshold(jnp.where(likeliest == k, 0.0, p)) for k, p in enumerate(columns)]
    others = functools.reduce(_plus, parts)
    sums, total = [], (jnp.zeros_like(others[0]), jnp.zeros_like(others[1]))
    for k, part in enumerate(parts[:-1]):
        own = likeliest == k
        total = _plus(total, tuple(jnp.where(own, r, p) for r, p in zip(_rest(others), part, strict=True)))
        sums.append((*total, k >= likeliest))
    likeliest = jnp.where(missing, _MISSING, likeliest)
    if likeliest.size < drawn[0].size:  # else XLA sums anew for every draw
        sums, likeliest, missing = lax.optimization_barrier((sums, likeliest, missing))
    index = jnp.zeros(drawn[0].shape, jnp.int32)
    for bound in sums:
        index = index + _at_most(bound, drawn).astype(jnp.int32)
    return jnp.where(missing, likeliest, index)


def _plus(a: tuple[Array, ...], b: tuple[Array, ...]) -> tuple[Array, Array]:
    """The sum of two numbers of two words, modulo 2⁶⁴."""
    low = a[1] + b[1]
    return a[0] + b[0] + (low < b[1]).astype(jnp.uint32), low


def _rest(others: tuple[Array, ...]) -> tuple[Array, Array]:
    """2⁶⁴ less a number."""
    high, low = others
    return ~high + (low == 0).astype(jnp.uint32), ~low + jnp.uint32(1)


def _by_search(probs: Array, drawn: list[Array]) -> Array:
    *batch, n = probs.shape
    places, likeliest = (
        lax.broadcasted_iota(jnp.int32, probs.shape, len(batch)),
        jnp.argmax(probs, -1).astype(jnp.int32),
    )
    own = places == likeliest[..., None]
    others = jnp.where(own, 0.0, probs)
    high, low = threshold(others)
    missing = jnp.isnan(probs).any(-1)
    total = tuple(v[..., -1:] for v in _sums(high, low))
    left = (others.sum(-1, keepdims=True) < 0.5) | (
        total[0] >= jnp.uint32(2**31)
    )  # of millions, the others may round to more than 1
    high_rest, low_rest = (jnp.where(own & left, v, jnp.uint32(0)) for v in _rest(total))
    sums = _sums(high + high_rest, low + low_rest)
    bounds, place = tuple(v.ravel() for v in sums), likeliest
    first = lax.iota(jnp.int32, math.prod(batch)).reshape(batch) * n
    likeliest = jnp.where(missing, _MISSING, likeliest)

    def halve(_, state):
        step, index = state
        further = index + step
        at = first + jnp.minimum(further, n - 1) - 1
        found = (further < n) & _at_most((*(v[at] for v in bounds), further > place), drawn)
        return step // 2, jnp.where(found, further, index)

    step = jnp.asarray(1 << (n.bit_length() - 1), jnp.int32)
    start = match_varying(jnp.zeros_like(drawn[0], jnp.int32), [probs, *drawn])
    index = lax.fori_loop(0, n.bit_length(), halve, (step, start))[1]
    return jnp.where(missing, likeliest, index)


def _sums(high: Array, low: Array) -> tuple[Array, Array]:
    """Sums along the last axis of numbers of two words, modulo 2⁶⁴."""
    low_sum = jnp.cumsum(low, axis=-1)
    return jnp.cumsum(high + (low_sum < low).astype(jnp.uint32), axis=-1), low_sum


def _at_most(bound: tuple[Array, ...], drawn: list[Array]) -> Array:
    """Whether the draw is not below a sum; one of 0 from the likeliest outcome on is 2⁶⁴."""
    (high, low, full), (first, second) = bound, drawn
    reached = (high < first) | ((high == first) & (low <= second))
    return reached & ~(full & ((high | low) == 0))
