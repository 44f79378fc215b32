"""The density of a normal vector of given Cholesky factor, with its derivative by one more triangular solve.

With z = L⁻¹ r and w = L⁻ᵀ z:   log p = -|z|²/2 - n/2 log 2π - Σ log L_ii,   d log p = -w·dr + wᵀ dL z - Σ dL_ii/L_ii.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.custom_derivatives import SymbolicZero
from jax.scipy.linalg import solve_triangular

from .._typing import Array
from ._entries import are_few, diagonal, entries
from ._stirling import HALF_LOG_2PI


@jax.custom_jvp
def normal_vector_log_density(r: Array, factor: Array) -> Array:
    """log p of one vector at r = x - μ; `factor` is L, of which nothing above the diagonal counts."""
    z = _solve(factor, r)
    return -0.5 * (z * z).sum() - r.shape[-1] * HALF_LOG_2PI - jnp.log(diagonal(factor)).sum()


def _normal_vector_jvp(primals, tangents):
    r, factor = primals
    dr, dfactor = tangents
    z = _solve(factor, r)
    w = _solve(factor, z, transposed=True)
    change = jnp.zeros_like(r[0]) if isinstance(dr, SymbolicZero) else -(w * dr).sum()
    if not isinstance(dfactor, SymbolicZero):
        change += (_slope(w, z, factor) * dfactor).sum()
    return normal_vector_log_density(r, factor), change


def _slope(w: Array, z: Array, factor: Array) -> Array:
    """In L: the lower half of w zᵀ, less 1/L_ii on the diagonal; in one pass."""
    outer, places = w[:, None] * z[None, :], np.arange(len(w))
    below, on = places[:, None] > places[None, :], places[:, None] == places[None, :]
    return jnp.where(below, outer, jnp.where(on, outer - 1 / diagonal(factor)[:, None], 0.0))


normal_vector_log_density.defjvp(_normal_vector_jvp, symbolic_zeros=True)


def _solve(factor: Array, b: Array, *, transposed: bool = False) -> Array:
    """L⁻¹ b, or L⁻ᵀ b; a small one entry by entry, which XLA vectorises along the lanes and fuses with its neighbours."""
    n = b.shape[-1]
    if n == 0 or not are_few(factor, 2):
        return solve_triangular(factor, b, lower=True, trans=int(transposed))
    coefficients, rest = entries(factor, 2), entries(b, 1)
    for i in reversed(range(n)) if transposed else range(n):
        rest[i] = lax.optimization_barrier(
            rest[i] / coefficients[i * n + i]
        )  # else XLA finds it anew for each later one
        for j in range(i) if transposed else range(i + 1, n):
            rest[j] = rest[j] - coefficients[i * n + j if transposed else j * n + i] * rest[i]
    return jnp.stack(rest)
