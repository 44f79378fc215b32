"""What families of positive definite matrices share."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array


@jax.custom_jvp
def checked_factor(x: Array) -> tuple[Array, Array]:
    """(Cholesky factor, whether x is symmetric and has one): where not, the identity, with no derivative."""
    eps = jnp.finfo(x.dtype).eps
    symmetric = (jnp.abs(x - jnp.swapaxes(x, -1, -2)) <= 8 * eps * jnp.abs(x).max((-2, -1), keepdims=True)).all(
        (-2, -1)
    )
    factor = jnp.linalg.cholesky(x)
    ok = symmetric & (jnp.abs(factor) < jnp.inf).all((-2, -1))
    return jnp.where(ok[..., None, None], factor, _eye(x)), ok


@checked_factor.defjvp
def _checked_factor_jvp(primals, tangents) -> Any:
    # C⁻¹ dC = Φ(C⁻¹ dX C⁻ᵀ), Φ the lower half (Murray, "Differentiation of the Cholesky decomposition", 2016)
    factor, ok = checked_factor(*primals)
    change = jnp.where(ok[..., None, None], 0.5 * (tangents[0] + jnp.swapaxes(tangents[0], -1, -2)), 0.0)
    left = lax.linalg.triangular_solve(factor, change, left_side=True, lower=True)
    both = lax.linalg.triangular_solve(factor, left, left_side=False, lower=True, transpose_a=True)
    half = jnp.tril(both) * (1 - 0.5 * _eye(factor))
    change = jnp.matmul(factor, half, precision=lax.Precision.HIGHEST)
    return (factor, ok), (change, np.zeros(ok.shape, jax.dtypes.float0))


def _eye(x: Array) -> Array:
    """The identity, of the rank of x."""
    n = x.shape[-1]
    return jnp.eye(n, dtype=x.dtype).reshape((1,) * (x.ndim - 2) + (n, n))


def masked(log_prob: Array, ok: Array, x: Array) -> Array:
    """-∞ where x is not in the support, NaN at NaN."""
    log_prob = jnp.where(ok | jnp.isnan(log_prob), log_prob, -jnp.inf)
    return jnp.where(jnp.isnan(x).any((-2, -1)), jnp.nan, log_prob)


def gram(factor: Array) -> Array:
    """F Fᵀ."""
    return jnp.matmul(factor, jnp.swapaxes(factor, -1, -2), precision=lax.Precision.HIGHEST)


def on_diagonal(value: float, p: int) -> Array:
    """What stands where a moment does not exist: an infinite one on the diagonal, NaN beside it."""
    return jnp.where(jnp.eye(p, dtype=bool), value, jnp.nan)


@jax.custom_jvp
def lower_product(factor: Array, x: Array) -> Array:
    """L x, (*batch, n, n) and (*lanes, n)."""
    return jnp.matmul(factor, x[..., None], precision=lax.Precision.HIGHEST)[..., 0]


def _lower_product_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    # written as sums: the transpose of a batched product of vectors is an order slower on a CPU than one of numbers
    (factor, x), out = primals, lower_product(*primals)
    change = jnp.zeros_like(out)
    if not isinstance(tangents[0], SymbolicZero):
        change += (tangents[0] * x[..., None, :]).sum(-1)
    if not isinstance(tangents[1], SymbolicZero):
        change += (factor * tangents[1][..., None, :]).sum(-1)
    return out, change


lower_product.defjvp(_lower_product_jvp, symbolic_zeros=True)
