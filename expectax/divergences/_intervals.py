"""Laws whose support moves with a parameter, and the circle.

Where p has mass outside q's support the divergence is infinite.
"""

import jax.numpy as jnp

from .._typing import Array
from ..distributions import Pareto, Uniform, VonMises
from ..numerics import expm1_rest, i0_deficit, log_i0e, log_ratio
from ._kl import infinite, inside, register_kl


@register_kl(Uniform, Uniform)
def _uniform(p: Uniform, q: Uniform) -> Array:
    value = log_ratio(q.high - q.low, p.high - p.low)
    return jnp.where(inside(p, q), value, infinite(p, q))


@register_kl(Pareto, Pareto)
def _pareto(p: Pareto, q: Pareto) -> Array:
    contained = p.scale >= q.scale
    start = log_ratio(jnp.where(contained, p.scale, q.scale), q.scale)
    value = expm1_rest(log_ratio(q.concentration, p.concentration)) + q.concentration * start
    return jnp.where(contained, value, infinite(p, q))


@register_kl(VonMises, VonMises)
def _von_mises(p: VonMises, q: VonMises) -> Array:
    """log I₀(κ₂) - log I₀(κ₁) + A(κ₁) (κ₁ - κ₂ cos(μ₁ - μ₂)), A = I₁/I₀, written with e⁻ᵏ I₀ and 1 - A."""
    k1, k2 = p.concentration, q.concentration
    deficit, half = i0_deficit(k1), jnp.sin(0.5 * (p.loc - q.loc))
    return log_i0e(k2) - log_i0e(k1) + (k2 - k1) * deficit + 2 * (1 - deficit) * k2 * half * half
