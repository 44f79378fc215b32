"""Normal vectors.

    KL = ½ [tr(Σ₂⁻¹ Σ₁) - n + log det Σ₂ - log det Σ₁ + |L₂⁻¹ (μ₁ - μ₂)|²]

Source     Kullback, "Information theory and statistics" (1959), chapter 9; Woodbury's identity for factors.
"""

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_solve, solve_triangular

from .._typing import Array
from ..distributions import LowRankMultivariateNormal, MultivariateNormal
from ._kl import register_kl
from ._terms import ratio_of_factors

_EXACT = lax.Precision.HIGHEST


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Array:
    """½ [Σ_ii (M_ii² - 1 - log M_ii²) + Σ_{i>j} M_ij² + |z|²] with M = L₂⁻¹ L₁."""
    z = solve_triangular(q.scale_tril, p.loc - q.loc, lower=True)
    _, diagonal, below = ratio_of_factors(p.scale_tril, q.scale_tril)
    return 0.5 * (diagonal + below + (z * z).sum())


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _low_rank_and_full(p: LowRankMultivariateNormal, q: MultivariateNormal) -> Array:
    columns = jnp.concatenate([p.factor, jnp.diag(jnp.sqrt(p.diagonal))], axis=-1)
    columns = jnp.concatenate([columns, (p.loc - q.loc)[:, None]], axis=-1)
    z = solve_triangular(q.scale_tril, columns, lower=True)
    half_log_dets = q._half_log_det() - p._half_log_det(p._whitened()[1])
    return 0.5 * ((z * z).sum() - len(p.loc)) + half_log_dets


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _full_and_low_rank(p: MultivariateNormal, q: LowRankMultivariateNormal) -> Array:
    columns = jnp.concatenate([jnp.tril(p.scale_tril), (p.loc - q.loc)[:, None]], axis=-1)
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
