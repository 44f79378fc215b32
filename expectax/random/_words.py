"""Random words: one for every lane at first, and for single lanes in later rounds.

Lane i's words are a function of (key, i) alone: not of the number of lanes, nor of what other lanes do. At first they
are JAX's own counter-based bits, whose counter is the lane. Later they are the data of a key folded with round and
lane, 64 bits of a hash of both; with a key type other than threefry, of that type's `fold_in`.
"""

import jax
import jax.numpy as jnp

from .._typing import Array, Key


def words_of_all(key: Key, count: int, lanes: int, dtype) -> list[Array]:
    """`count` words for each of the lanes 0, 1, ..., of as many bits as the floating type has."""
    return [jax.random.bits(k, (lanes,), _word_type(dtype)) for k in jax.random.split(key, count)]


def words_of(key: Key, count: int, lanes: Array, dtype) -> list[Array]:
    """`count` words for each of the lanes given by number."""
    halves = count * jnp.finfo(dtype).bits // 32
    data: list[Array] = []
    for pair in range((halves + 1) // 2):
        pair_key = jax.random.fold_in(key, pair)
        hashed = jax.vmap(lambda lane, k=pair_key: jax.random.key_data(jax.random.fold_in(k, lane)))(lanes)
        data += [hashed[..., 0], hashed[..., 1]]
    if _word_type(dtype) == jnp.uint32:
        return data[:count]
    wide = [d.astype(jnp.uint64) for d in data]
    return [(high << 32) | low for high, low in zip(wide[::2], wide[1::2], strict=True)]


def _word_type(dtype):
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
