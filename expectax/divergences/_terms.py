"""Terms that several divergences share: each is never negative and keeps its digits where both laws are close."""

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .._typing import Array
from ..numerics import deviance, digamma_error, expm1_rest, log_ratio, stirling_error


def log_gamma_excess(b: Array, a: Array) -> Array:
    """log Γ(b) - log Γ(a) - (b - a) ψ(a), the Bregman divergence of log Γ, by Stirling's formula for each part."""
    return deviance(b, a) - 0.5 * log_ratio(b, a) + stirling_error(b) - stirling_error(a) - (b - a) * digamma_error(a)


def outcome_terms(log_p: Array, log_q: Array) -> Array:
    """p (log p - log q) - p + q for each outcome: >= 0, and over all outcomes its sum is the divergence."""
    impossible = log_p == -jnp.inf
    gap = jnp.where(impossible, 0.0, log_p) - log_q
    p = jnp.exp(log_p)
    near = (jnp.abs(gap) < 1) & ~impossible
    close = p * expm1_rest(jnp.where(near, -gap, 0.0))
    far = p * (jnp.where(near | impossible, 0.0, gap) - 1) + jnp.exp(log_q)
    return jnp.where(near, close, far)


def normal_terms(log_scale_ratio: Array, shift: Array) -> Array:
    """KL of two normals whose scales have the ratio σ₁/σ₂ = eʳ, with means `shift` scales σ₂ apart."""
    return 0.5 * expm1_rest(2 * log_scale_ratio) + 0.5 * shift * shift


def ratio_of_factors(tril: Array, over: Array) -> tuple[Array, Array, Array]:
    """For M = L₂⁻¹ L₁, lower triangular: log M_ii, Σ_ii (M_ii² - 1 - log M_ii²) and Σ_{i>j} M_ij²."""
    m = solve_triangular(jnp.tril(over), jnp.tril(tril), lower=True)
    logs = log_ratio(jnp.diagonal(tril), jnp.diagonal(over))
    below = jnp.tril(m, -1)
    return logs, expm1_rest(2 * logs).sum(), (below * below).sum()
