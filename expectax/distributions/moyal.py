"""Moyal distribution.

    p(x; μ, σ) = exp(-(z + e⁻ᶻ)/2) / (σ √(2π)),   z = (x - μ)/σ,   x ∈ ℝ

Sampling   x = μ - 2σ log |ε|,  ε ~ Normal(0, 1) with full precision near 0, so that far tails exist: pathwise in μ and σ.
Accuracy   log_prob to 2 ulp of max(1, its derivatives times arguments); both tails in log space, to a few ulp.
Source     Moyal, "Theory of ionization fluctuations" (1955).
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    EULER_GAMMA,
    HALF_LOG_2PI,
    expm1,
    half_normal_log_cdf,
    half_normal_log_sf,
    half_normal_quantile,
    location_scale,
    standardised,
)
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)
_FAR = 40.0
"""z from where on P(|ε| <= e^(-z/2)) is e^(-z/2) √(2/π) to the last digit."""
_log_prob = location_scale(lambda z: -0.5 * (z + jnp.exp(-z)) - HALF_LOG_2PI, lambda z: 0.5 * expm1(-z))


@final
class Moyal(AbstractDistribution):
    """The energy that a fast particle loses in thin matter: an approximation of Landau's law.

    Args:
        loc: μ, the mode; same unit as x. Real.
        scale: σ; same unit as x; the standard deviation is πσ/√2. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Moyal(0.0, 1.0).mean()), 4)
        1.2704
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True

    def _z(self, x: Array) -> Array:
        return standardised(x, self.loc, self.scale)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        size = half_normal_quantile(jnp.where(upper, 1 - side, side), jnp.where(upper, side, 1 - side))
        return self.loc - 2 * self.scale * jnp.log(size)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_prob(x, self.loc, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return half_normal_log_sf(jnp.exp(-0.5 * self._z(x)))

    def _log_sf(self, x: Array) -> Array:
        z = self._z(x)
        far = z > _FAR
        inside = half_normal_log_cdf(jnp.exp(-0.5 * jnp.where(far, 0.0, z)))
        return jnp.where(far, -0.5 * z + (0.5 * _LOG_2 - 0.5 * math.log(math.pi)), inside)

    def _quantile(self, p: Array) -> Array:
        return self.loc - 2 * self.scale * jnp.log(half_normal_quantile(1 - p, p))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + (EULER_GAMMA + _LOG_2) * self.scale

    def _variance(self) -> Array:
        return 0.5 * math.pi**2 * self.scale * self.scale

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return 0.5 * (EULER_GAMMA + _LOG_2 + 1) + HALF_LOG_2PI + jnp.log(self.scale)
