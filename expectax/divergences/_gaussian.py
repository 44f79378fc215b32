"""Normal vectors.

    KL = ½ [tr(Σ₂⁻¹ Σ₁) - n + log det Σ₂ - log det Σ₁ + |L₂⁻¹ (μ₁ - μ₂)|²]

Source     Kullback, "Information theory and statistics" (1959), chapter 9; Woodbury's identity for factors.
"""

from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_solve, solve_triangular

from .._typing import Array
from ..distributions import (
    GaussianProcess,
    Independent,
    LowRankMultivariateNormal,
    MatrixNormal,
    MultivariateNormal,
    Normal,
)
from ..numerics import log_ratio
from ._kl import register_kl
from ._terms import normal_terms, ratio_of_factors

_EXACT = lax.Precision.HIGHEST


def _diagonal(d: Any) -> Array | None:
    """Standard deviations of independent entries; None for a law that is not written so."""
    if isinstance(d, Independent):
        return jnp.broadcast_to(d.base.scale, d.event_shape)  # type: ignore[attr-defined]
    return getattr(d, "scale_diag", None)


def _factor(d: Any) -> Array:
    """L with Σ = L Lᵀ."""
    if isinstance(d, GaussianProcess):
        return d._factor()
    diagonal = _diagonal(d)
    return jnp.tril(d.scale_tril) if diagonal is None else jnp.diag(diagonal)


def _is_vector(d: Any) -> bool:
    return not isinstance(d, Independent) or (isinstance(d.base, Normal) and d.event_ranks == 1)


@register_kl(Independent, MultivariateNormal)
@register_kl(MultivariateNormal, Independent)
@register_kl(GaussianProcess, GaussianProcess)
@register_kl(GaussianProcess, MultivariateNormal)
@register_kl(MultivariateNormal, GaussianProcess)
@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Array | None:
    """½ [Σ_ii (M_ii² - 1 - log M_ii²) + Σ_{i>j} M_ij² + |z|²] with M = L₂⁻¹ L₁."""
    if not _is_vector(p) or not _is_vector(q):
        return None
    distance = p._mean() - q._mean()
    p_scale, q_scale = _diagonal(p), _diagonal(q)
    if p_scale is not None and q_scale is not None:
        return normal_terms(log_ratio(p_scale, q_scale), distance / q_scale).sum()
    over = _factor(q)
    z = solve_triangular(over, distance, lower=True)
    _, diagonal, below = ratio_of_factors(_factor(p), over)
    return 0.5 * (diagonal + below + (z * z).sum())


@register_kl(MatrixNormal, MatrixNormal)
def _matrix_normal(p: MatrixNormal, q: MatrixNormal) -> Array:
    """M = M_row ⊗ M_column: Σ M_ij² is a product of two sums, log det a sum over both."""
    (m, n), (rows, columns) = p.event_shape, (q.scale_row_tril, q.scale_column_tril)
    by_row = ratio_of_factors(p.scale_row_tril, rows)
    by_column = ratio_of_factors(p.scale_column_tril, columns)
    r, c = ((t[1] + t[2] + 2 * t[0].sum()) for t in (by_row, by_column))  # Σ M_ij² less the order
    spread = r * c + n * (by_row[1] + by_row[2]) + m * (by_column[1] + by_column[2])
    half = solve_triangular(jnp.tril(rows), p.loc - q.loc, lower=True)
    z = solve_triangular(jnp.tril(columns), half.T, lower=True)
    return 0.5 * (spread + (z * z).sum())


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _low_rank_and_full(p: LowRankMultivariateNormal, q: MultivariateNormal) -> Array:
    columns = jnp.concatenate([p.factor, jnp.diag(jnp.sqrt(p.diagonal))], axis=-1)
    columns = jnp.concatenate([columns, (p.loc - q.loc)[:, None]], axis=-1)
    z = solve_triangular(_factor(q), columns, lower=True)
    half_log_dets = q._half_log_det() - p._half_log_det(p._whitened()[1])
    return 0.5 * ((z * z).sum() - len(p.loc)) + half_log_dets


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _full_and_low_rank(p: MultivariateNormal, q: LowRankMultivariateNormal) -> Array:
    columns = jnp.concatenate([_factor(p), (p.loc - q.loc)[:, None]], axis=-1)
    return _against_low_rank(columns, q) - 0.5 * len(p.loc) - p._half_log_det()


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _low_rank(p: LowRankMultivariateNormal, q: LowRankMultivariateNormal) -> Array:
    """Σ₁ = D + W Wᵀ: W's columns as those of a full factor, D by the diagonal of Σ₂⁻¹."""
    columns = jnp.concatenate([p.factor, (p.loc - q.loc)[:, None]], axis=-1)
    a, chol = q._whitened()
    shares = solve_triangular(chol, a.T, lower=True)  # Σ₂⁻¹ = D₂^-½ (I - SᵀS) D₂^-½
    own = (p.diagonal / q.diagonal * (1 - (shares * shares).sum(0))).sum()
    return _against_low_rank(columns, q) + 0.5 * (own - len(p.loc)) - p._half_log_det(p._whitened()[1])


def _against_low_rank(columns: Array, q: LowRankMultivariateNormal) -> Array:
    """½ Σ over columns cᵀ Σ₂⁻¹ c, plus ½ log det Σ₂: squares of what is left after projection, as in the density."""
    a, chol = q._whitened()
    y = columns / jnp.sqrt(q.diagonal)[:, None]
    u = cho_solve((chol, True), jnp.matmul(a.T, y, precision=_EXACT))
    rest = y - jnp.matmul(a, u, precision=_EXACT)
    return 0.5 * ((rest * rest).sum() + (u * u).sum()) + q._half_log_det(chol)
