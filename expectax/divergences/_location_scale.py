"""Laws of a location and a scale, and those that a logarithm brings to this form.

Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions" (1994/95) for the moments; Chyzak & Nielsen,
           "A closed-form formula for the Kullback-Leibler divergence between Cauchy distributions" (2019).
"""

import math

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ..distributions import (
    Cauchy,
    Gumbel,
    HalfNormal,
    InverseGaussian,
    Laplace,
    LogitNormal,
    LogNormal,
    Moyal,
    Normal,
    Rayleigh,
    TanhNormal,
    Weibull,
)
from ..numerics import EULER_GAMMA, HALF_LOG_2PI, erfcx, expm1, expm1_rest, log1p, log_gamma1p_any, log_ratio
from ._kl import register_kl
from ._terms import normal_terms


@register_kl(Normal, Normal)
@register_kl(LogNormal, LogNormal)
@register_kl(LogitNormal, LogitNormal)
@register_kl(TanhNormal, TanhNormal)
def _normal(p: Normal, q: Normal) -> Array:
    return normal_terms(log_ratio(p.scale, q.scale), (p.loc - q.loc) / q.scale)


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: HalfNormal, q: HalfNormal) -> Array:
    return normal_terms(log_ratio(p.scale, q.scale), jnp.zeros_like(p.scale))


@register_kl(Laplace, Laplace)
def _laplace(p: Laplace, q: Laplace) -> Array:
    """eʳ (e⁻ᵃ - 1 + a) + (eʳ - 1 - r) with r = log(b₁/b₂), a = |μ₁ - μ₂|/b₁."""
    r, a = log_ratio(p.scale, q.scale), jnp.abs(p.loc - q.loc) / p.scale
    return jnp.exp(r) * expm1_rest(-a) + expm1_rest(r)


@register_kl(Normal, Laplace)
def _normal_laplace(p: Normal, q: Laplace) -> Array:
    """By the mean of a folded normal, E|X - m| = σ √(2/π) e^(-t²/2) + |d| erf(t/√2), t = |d|/σ."""
    distance = jnp.abs(p.loc - q.loc)
    t = distance / p.scale
    # σ √(2/π) e^(-t²/2) - |d| erfc(t/√2) + |d|, with the exponential taken out
    excess = p.scale * jnp.exp(-0.5 * t * t) * ((2 / jnp.pi) ** 0.5 - t * erfcx(t * 0.5**0.5))
    return (distance + excess) / q.scale + math.log(2) - HALF_LOG_2PI - 0.5 - log_ratio(p.scale, q.scale)


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Cauchy, q: Cauchy) -> Array:
    """log(((s₁ + s₂)² + d²)/(4 s₁ s₂))."""
    r, d = log_ratio(p.scale, q.scale), (p.loc - q.loc) / q.scale
    half = jnp.sinh(0.5 * r)
    return log1p(half * half + 0.25 * d * d * jnp.exp(-r))


def gumbel_terms(log_scale_ratio: Array, shift: Array) -> Array:
    """KL of two Gumbel laws with β₁/β₂ = eʳ and (μ₁ - μ₂)/β₂ = d: -r + d + γ(eʳ - 1) + e^(-d) Γ(1 + eʳ) - 1."""
    ratio = jnp.exp(log_scale_ratio)
    log_gamma = log_gamma1p_any(ratio)
    return expm1_rest(log_gamma - shift) + log_gamma + EULER_GAMMA * expm1(log_scale_ratio) - log_scale_ratio


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Gumbel, q: Gumbel) -> Array:
    return gumbel_terms(log_ratio(p.scale, q.scale), (p.loc - q.loc) / q.scale)


@register_kl(Moyal, Moyal)
def _moyal(p: Moyal, q: Moyal) -> Array:
    """X = μ - σ log W, W ~ χ²(1): with E[log W] = -γ - log 2 and E[Wʳ] = 2ʳ Γ(½ + r)/Γ(½)."""
    r, d = log_ratio(p.scale, q.scale), (p.loc - q.loc) / q.scale
    ratio = jnp.exp(r)
    log_power = ratio * math.log(2) + lax.lgamma(0.5 + ratio) - 0.5 * math.log(math.pi)
    w = log_power - d
    return 0.5 * (expm1_rest(w) + log_power + (EULER_GAMMA + math.log(2)) * expm1(r)) - r


@register_kl(Rayleigh, Rayleigh)
def _rayleigh(p: Rayleigh, q: Rayleigh) -> Array:
    """X² is exponential."""
    return expm1_rest(2 * log_ratio(p.scale, q.scale))


@register_kl(InverseGaussian, InverseGaussian)
def _inverse_gaussian(p: InverseGaussian, q: InverseGaussian) -> Array:
    """By E[X] = μ and E[1/X] = 1/μ + 1/λ."""
    distance = (p.loc - q.loc) / q.loc
    return 0.5 * (
        expm1_rest(log_ratio(q.concentration, p.concentration)) + q.concentration / p.loc * distance * distance
    )


@register_kl(Weibull, Weibull)
def _weibull(p: Weibull, q: Weibull) -> Array:
    """-log X is Gumbel with location -log λ and scale 1/k."""
    shift = q.concentration * log_ratio(q.scale, p.scale)
    return gumbel_terms(log_ratio(q.concentration, p.concentration), shift)
