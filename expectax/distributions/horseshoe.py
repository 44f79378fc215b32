"""Horseshoe distribution.

    x = σ λ ε,  ε ~ Normal(0, 1), λ ~ HalfCauchy(1);   p(x; σ) = eʸ E₁(y) / (σ √(2π³)),   y = (x/σ)²/2,   x ∈ ℝ

Sampling   by the product, in σ pathwise; draws are kept away from 0 by the smallest normal number.
Accuracy   log_prob to 4 ulp of max(1, |log p|), both tails and what lies around 0 to 8. The density is infinite at 0.
Source     Carvalho, Polson, Scott, "The horseshoe estimator for sparse signals" (2010).
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import cot_pi, horseshoe_log_density, horseshoe_log_size, horseshoe_log_tail, log1p, tan_pi
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)
_ENTROPY = 2.10987183606164772473517239189
"""By quadrature in 30 digits."""


@final
class Horseshoe(AbstractDistribution):
    """A prior for many effects of which most are nothing and a few are large: an infinite peak, tails as Cauchy's.

    Args:
        scale: σ; same unit as x. Positive.

    Shapes: scale has the batch shape; event ().

    Raises:
        ParameterError: scale is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Horseshoe(2.0).cdf(0.0))
        0.5
    """

    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        normal_key, spread_key = jax.random.split(key)
        side, upper = random.sides(spread_key, shape, self.dtype)
        spread = jnp.where(upper, cot_pi(0.5 * side), tan_pi(0.5 * side))
        z, tiny = random.normal(normal_key, shape, self.dtype) * spread, jnp.finfo(self.dtype).tiny
        return self.scale * jnp.where(jnp.abs(z) < tiny, tiny, z)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        edge = (x == 0) | (jnp.abs(x) == jnp.inf)
        inside = horseshoe_log_density(self._log_size(jnp.where(edge, self.scale, x)))
        at_edge = jnp.where(x == 0, jnp.inf, -jnp.inf).astype(x.dtype)
        return jnp.where(edge, at_edge, inside) - jnp.log(self.scale)

    def _log_size(self, x: Array) -> Array:
        return jnp.log(jnp.abs(x)) - jnp.log(self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_half(x)

    def _log_sf(self, x: Array) -> Array:
        return self._log_half(-x)

    def _log_half(self, x: Array) -> Array:
        """log P(X <= x)."""
        edge = (x == 0) | (jnp.abs(x) == jnp.inf)
        log_size = self._log_size(jnp.where(edge, self.scale, x))
        log_half = horseshoe_log_tail(log_size) - _LOG_2
        at_edge = jnp.where(x < 0, -jnp.inf, jnp.where(x == 0, -_LOG_2, 0.0)).astype(x.dtype)
        inside = jnp.where(x < 0, log_half, log1p(-jnp.exp(log_half)))
        return jnp.where(edge, jnp.where(jnp.isnan(self.scale), jnp.nan, at_edge), inside)

    def _quantile(self, p: Array) -> Array:
        mass = jnp.abs(2 * p - 1)
        tail = 2 * jnp.minimum(p, 1 - p)
        inside = (mass > 0) & (tail > 0)
        log_size = horseshoe_log_size(jnp.where(inside, mass, 0.5), jnp.where(inside, tail, 0.5))
        size = jnp.where(inside, jnp.exp(log_size), jnp.where(mass == 0, 0.0, jnp.inf))
        return self.scale * jnp.where(p < 0.5, -size, size)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.full_like(self.scale, jnp.nan)

    def _variance(self) -> Array:
        return jnp.full_like(self.scale, jnp.nan)

    def _mode(self) -> Array:
        return jnp.zeros_like(self.scale)

    def _entropy(self) -> Array:
        return _ENTROPY + jnp.log(self.scale)
