"""Random words: one for every lane at first, and for single lanes in later rounds.

Lane i's words of a round are a function of (key, round, i) alone: not of the number of lanes, nor of what other lanes do.
They are the hash of the counter (round, i) under 64 bits: those of a threefry key itself, or two words that a key of
another type gives.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._compat import is_key
from .._typing import Array, Key, Shape
from ._threefry import threefry

Seed = tuple[Array, Array]


_OWN = np.uint32(
    1 << 31
)  # first counter word: JAX's own hashes under the same key stay below it, children of the key too


def seed_of(key: Key) -> Seed:
    """64 bits of a key of any type, which they use up: what `words_of` hashes under."""
    key = key if is_key(key) else jax.random.wrap_key_data(key)
    if jax.random.key_impl(key) != "threefry2x32":
        bits = jax.random.bits(key, (2,), jnp.uint32)
    else:
        bits = jax.random.key_data(key)
        if jax.config.jax_debug_key_reuse:  # pyright: ignore[reportAttributeAccessIssue]
            jax.random.bits(key, (0,), jnp.uint32)  # the checker does not count a look at the data as a use
    return bits[0], bits[1]


def words_of_all(key: Key, count: int, lanes: int, dtype) -> list[Array]:
    """`count` words for each of the lanes 0, 1, ..., of as many bits as the floating type has."""
    return words_of(seed_of(key), count, lax.iota(jnp.uint32, lanes), dtype)


def words_of(seed: Seed, count: int, lanes: Array, dtype, *, number: int | Array = 0) -> list[Array]:
    """`count` words for each of the lanes given by number, in round `number`."""
    wide = word_type(dtype) == jnp.uint64
    hashes = count if wide else (count + 1) // 2
    words: list[Array] = []
    for i in range(hashes):
        high, low = threefry(seed, (_OWN | (jnp.uint32(number) * hashes + i), lanes))
        words += [(high.astype(jnp.uint64) << 32) | low.astype(jnp.uint64)] if wide else [high, low]
    return words[:count]


def words_in(shape: Shape, key: Key, count: int, dtype) -> list[Array]:
    """`count` words for each of the lanes of an array, numbered along it."""
    return [w.reshape(shape) for w in words_of_all(key, count, math.prod(shape), dtype)]


def word_type(dtype):
    return jnp.uint64 if jnp.finfo(dtype).bits == 64 else jnp.uint32


def smaller_side(word: Array, dtype) -> tuple[Array, Array]:
    """(P, whether it is the upper side): U or 1 - U, whichever is below ½, for a uniform U that is never 0 or 1.

    All bits of the word count: the least P is 2⁻³³ (2⁻⁶⁵ in double precision), and P has full relative precision.
    """
    bits = jnp.finfo(dtype).bits
    upper = word >> (bits - 1) == 1
    rest = word & jnp.asarray(2 ** (bits - 1) - 1, word.dtype)
    return (rest.astype(dtype) + jnp.asarray(0.5, dtype)) * jnp.asarray(2.0**-bits, dtype), upper


def log_uniforms(word: Array, dtype) -> tuple[Array, Array]:
    """(log U, log(1 - U)), both with full relative precision."""
    side, upper = smaller_side(word, dtype)
    log_side, log_rest = jnp.log(side), jnp.log1p(-side)
    return jnp.where(upper, log_rest, log_side), jnp.where(upper, log_side, log_rest)


def centred_uniform(word: Array, dtype) -> Array:
    """Uniform on (-½, ½), with full relative precision near both of its ends' distance ½ - |u|: see `smaller_side`."""
    side, upper = smaller_side(word, dtype)
    return jnp.where(upper, 0.5 - side, side - 0.5)


def fine_side(words: list[Array], dtype) -> tuple[Array, Array]:
    """As `smaller_side`; of the bits of all the words, where the first are too few for the least values that matter."""
    side, upper = smaller_side(words[0], dtype)
    if len(words) == 1:
        return side, upper
    half = jnp.asarray(0.5, dtype)
    unit = 2.0 ** -jnp.finfo(dtype).bits
    rest = (words[1].astype(dtype) + half) * jnp.asarray(unit, dtype)
    return side + (rest - half) * jnp.asarray(unit, dtype), upper


def uniform(word: Array, dtype) -> Array:
    """Uniform on (0, 1], with full relative precision near 0."""
    return (word.astype(dtype) + jnp.asarray(0.5, dtype)) * jnp.asarray(2.0 ** -jnp.finfo(dtype).bits, dtype)
