"""Uniform variates whose small values have all their digits."""

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape


def fine_uniform(key: Key, shape: Shape, dtype) -> Array:
    """Uniform on [0, 1) with full relative precision down to 2⁻⁴⁶ (single), where `jax.random.uniform` has a grid.

    Example:
        >>> import expectax as ex, jax
        >>> ex.random.fine_uniform(jax.random.key(0), (2,), "float32").shape
        (2,)
    """
    coarse, fine = (jax.random.uniform(k, shape, dtype) for k in jax.random.split(key))
    eps = jnp.finfo(dtype).eps
    return jnp.minimum(coarse + eps * fine, 1 - eps / 2)


def tails(key: Key, shape: Shape, dtype) -> tuple[Array, Array]:
    """(log U, log(1 - U)) for U uniform on (0, 1), both with full relative precision, however small U or 1 - U is.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> log_u, log_rest = ex.random.tails(jax.random.key(0), (), "float32")
        >>> round(float(jnp.exp(log_u) + jnp.exp(log_rest)), 5)
        1.0
    """
    uniform_key, side_key = jax.random.split(key)
    small = 0.5 * fine_uniform(uniform_key, shape, dtype)
    small = jnp.where(small > 0, small, jnp.finfo(dtype).tiny)
    lower = jax.random.bernoulli(side_key, 0.5, shape)
    log_small, log_rest = jnp.log(small), jnp.log1p(-small)
    return jnp.where(lower, log_small, log_rest), jnp.where(lower, log_rest, log_small)
