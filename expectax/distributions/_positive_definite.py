"""What families of positive definite matrices share."""

import jax.numpy as jnp
from jax import lax

from .._typing import Array


def checked_factor(x: Array) -> tuple[Array, Array]:
    """(Cholesky factor, whether x is symmetric and has one): the identity where it has none."""
    eps = jnp.finfo(x.dtype).eps
    symmetric = (jnp.abs(x - jnp.swapaxes(x, -1, -2)) <= 8 * eps * jnp.abs(x).max((-2, -1), keepdims=True)).all(
        (-2, -1)
    )
    factor = jnp.linalg.cholesky(x)
    ok = symmetric & (jnp.abs(factor) < jnp.inf).all((-2, -1))
    return jnp.where(ok[..., None, None], factor, jnp.eye(x.shape[-1], dtype=x.dtype)), ok


def masked(log_prob: Array, ok: Array, x: Array) -> Array:
    """-∞ where x is not in the support, NaN at NaN."""
    log_prob = jnp.where(ok | jnp.isnan(log_prob), log_prob, -jnp.inf)
    return jnp.where(jnp.isnan(x).any((-2, -1)), jnp.nan, log_prob)


def gram(factor: Array) -> Array:
    """F Fᵀ."""
    return jnp.matmul(factor, jnp.swapaxes(factor, -1, -2), precision=lax.Precision.HIGHEST)
