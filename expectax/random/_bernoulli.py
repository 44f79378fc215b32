"""Events of a given probability."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._words import words_in


@functools.partial(jax.jit, static_argnums=2)
def bernoulli(key: Key, p: Array, shape: Shape) -> Array:
    """Whether U < p, for a U of 64 bits: a probability of 10⁻¹⁵ has its rate, and 0 and 1 are certain. False where p is NaN.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> bool(ex.random.bernoulli(jax.random.key(0), jnp.asarray(1.0), ()))
        True
    """
    return _below(words_in(shape, key, 2, jnp.float32), p) | (p >= 1)


@functools.partial(jax.jit, static_argnums=2)
def bernoulli_of_logits(key: Key, logits: Array, shape: Shape) -> Array:
    """Whether U < 1/(1 + exp(-logits)), with all digits at both ends. False where a logit is NaN.

    A likely event is the complement of 1 - U < 1/(1 + exp(logits)), whose words are those of U with every bit turned: a logit that
    is rounded to the other side of 0 leaves the draw as it is.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> bool(ex.random.bernoulli_of_logits(jax.random.key(0), jnp.asarray(200.0), ()))
        True
    """
    likely = logits > 0
    turned = jnp.where(likely, jnp.uint32(0xFFFFFFFF), jnp.uint32(0))
    words = [w ^ turned for w in words_in(shape, key, 2, jnp.float32)]
    return _below(words, jax.nn.sigmoid(-jnp.abs(logits))) ^ likely


def _below(words: list[Array], p: Array) -> Array:
    high, low = threshold(p)
    first, second = words
    return (first < high) | ((first == high) & (second < low))


def threshold(p: Array) -> tuple[Array, Array]:
    """p 2⁶⁴ for p in [0, 1) as two words, without rounding up."""
    scaled = p * 2.0**32
    high = jnp.floor(scaled)
    return high.astype(jnp.uint32), ((scaled - high) * 2.0**32).astype(jnp.uint32)
