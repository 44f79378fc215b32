"""Geometric variates."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._words import fine_side, words_in


@functools.partial(jax.jit, static_argnums=2)
def geometric(key: Key, log_q: Array, shape: Shape) -> Array:
    """Failures before the first success, ⌊log U / log q⌋, in the float type of `log_q`, the logarithm of a failure's chance.

    0 where q = 0, infinite where q = 1, NaN where log q is NaN. U has all digits at both ends, down to 2⁻⁶⁵.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.geometric(jax.random.key(0), jnp.asarray(-0.1), (1000,))
        >>> bool(8 < counts.mean() < 11)
        True
    """
    side, upper = fine_side(words_in(shape, key, 2, log_q.dtype), log_q.dtype)
    log_u = jnp.where(upper, jnp.log1p(-side), jnp.log(side))
    count = jnp.floor(log_u / jnp.where(log_q < 0, log_q, -1.0))
    return jnp.where(log_q < 0, count, jnp.where(log_q == 0, jnp.inf, jnp.nan))
