"""Random words: one for every lane at first, and for single lanes in later rounds.

Lane i's words are a function of (key, i) alone: not of the number of lanes, nor of what other lanes do. A threefry key
folded with a number is a block of 64 random bits, and both halves are used: at first block b holds the words 2b and
2b + 1 of all lanes, one lane after the other; later a lane has the blocks of a key folded with the round. (JAX's own
bits cost a block for every 32.) Of other key types, the first words are JAX's bits, the later ones of `fold_in` too.
"""

import jax
import jax.numpy as jnp

from .._typing import Array, Key


def words_of_all(key: Key, count: int, lanes: int, dtype) -> list[Array]:
    """`count` words for each of the lanes 0, 1, ..., of as many bits as the floating type has."""
    if jax.random.key_impl(key) != "threefry2x32":
        return [jax.random.bits(k, (lanes,), _word_type(dtype)) for k in jax.random.split(key, count)]
    each = _halves(count, dtype)
    blocks = _blocks(key, jnp.arange((lanes * each + 1) // 2, dtype=jnp.uint32))
    halves = blocks.reshape(-1)[: lanes * each].reshape(lanes, each)
    return _joined([halves[:, i] for i in range(each)], dtype)


def words_of(key: Key, count: int, lanes: Array, dtype) -> list[Array]:
    """`count` words for each of the lanes given by number."""
    each = _halves(count, dtype)
    blocks = [_blocks(jax.random.fold_in(key, pair), lanes) for pair in range((each + 1) // 2)]
    return _joined([block[:, i] for block in blocks for i in (0, 1)][:each], dtype)


def _blocks(key: Key, numbers: Array) -> Array:
    """Two random words of 32 bits for each number."""
    return jax.vmap(lambda number: jax.random.key_data(jax.random.fold_in(key, number))[:2])(numbers)


def _halves(count: int, dtype) -> int:
    return count * jnp.finfo(dtype).bits // 32


def _joined(halves: list[Array], dtype) -> list[Array]:
    if _word_type(dtype) == jnp.uint32:
        return halves
    wide = [h.astype(jnp.uint64) for h in halves]
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


def log_uniform(word: Array, dtype) -> Array:
    """log U; 0 where U rounds to 1."""
    bits = jnp.finfo(dtype).bits
    return jnp.log((word.astype(dtype) + jnp.asarray(0.5, dtype)) * jnp.asarray(2.0**-bits, dtype))


def log_uniforms(word: Array, dtype) -> tuple[Array, Array]:
    """(log U, log(1 - U)), both with full relative precision."""
    side, upper = smaller_side(word, dtype)
    log_side, log_rest = jnp.log(side), jnp.log1p(-side)
    return jnp.where(upper, log_rest, log_side), jnp.where(upper, log_side, log_rest)


def centred_uniform(word: Array, dtype) -> Array:
    """Uniform on (-½, ½), with full relative precision near both of its ends' distance ½ - |u|: see `smaller_side`."""
    side, upper = smaller_side(word, dtype)
    return jnp.where(upper, 0.5 - side, side - 0.5)
