"""Laws of directions: against one whose log-density is linear in x, mean and entropy suffice.

Source     De Cao & Aziz, "The power spherical distribution" (2020), for the pairs that are wanted.
"""

from typing import Any

from .._typing import Array
from ..distributions import PowerSpherical, SphericalUniform, VonMisesFisher
from ._kl import register_kl


@register_kl(SphericalUniform, SphericalUniform)
@register_kl(PowerSpherical, SphericalUniform)
@register_kl(VonMisesFisher, SphericalUniform)
def _against_uniform(p: Any, q: SphericalUniform) -> Array:
    mean = p._mean()
    return -q._log_prob(mean) - p._entropy().astype(mean.dtype)


@register_kl(SphericalUniform, VonMisesFisher)
@register_kl(PowerSpherical, VonMisesFisher)
@register_kl(VonMisesFisher, VonMisesFisher)
def _against_von_mises_fisher(p: Any, q: VonMisesFisher) -> Array:
    """log q(x) = log q(μ) - κ (1 - μᵀx)."""
    direction = q.mean_direction
    mean, entropy = p._mean().astype(direction.dtype), p._entropy().astype(direction.dtype)  # p may have no arrays
    return q.concentration * (1 - (direction * mean).sum()) - q._log_prob(direction) - entropy
