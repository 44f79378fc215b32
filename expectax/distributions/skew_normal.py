"""Skew normal distribution.

    p(x; ξ, ω, α) = 2 φ(z) Φ(αz) / ω,   z = (x - ξ)/ω,   x ∈ ℝ

Sampling   x = ξ + ω (δ |ε₁| + √(1 - δ²) ε₂),  δ = α/√(1 + α²),  ε ~ Normal(0, 1): pathwise in ξ, ω and α.
Accuracy   log_prob to 4 ulp of max(1, its derivatives times arguments), and so are the tails to 20, the thin one too,
           where Φ(z) - 2 T(z, α) would cancel; T is Owen's function.
Source     Azzalini, "A class of distributions which includes the normal ones" (1985).
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    log_ndtr,
    skew_normal_entropy_loss,
    skew_normal_log_cdf,
    skew_normal_mode,
    skew_normal_quantile,
    standardised,
)
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)


@final
class SkewNormal(AbstractDistribution):
    """A normal of which one side is thinned out: what is left of one of two correlated normals if the other is positive.

    Args:
        loc: ξ, the mean of the normal before; same unit as x. Real.
        scale: ω, the standard deviation of the normal before; same unit as x. Positive.
        skewness: α; 0 is the normal, above 0 the upper tail is the longer. Real.

    Shapes: loc, scale, skewness broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.SkewNormal(0.0, 1.0, 1.0).cdf(0.0)), 4)
        0.25
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    skewness: ParameterArray = parameter(supports.real)

    support = supports.real
    pathwise = True

    def _z(self, x: Array) -> Array:
        return standardised(x, self.loc, self.scale)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        own, other = (random.normal(k, shape, self.dtype) for k in jax.random.split(key))
        share, rest = _direction(self.skewness)
        return self.loc + self.scale * (share * jnp.abs(own) + rest * other)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        far = jnp.abs(x) == jnp.inf
        z = self._z(jnp.where(far, self.loc, x))
        inside = -0.5 * z * z + log_ndtr(self.skewness * z) + (_LOG_2 - HALF_LOG_2PI) - jnp.log(self.scale)
        return jnp.where(far, jnp.where(jnp.isnan(inside), jnp.nan, -jnp.inf), inside)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return skew_normal_log_cdf(self._z(x), self.skewness)

    def _log_sf(self, x: Array) -> Array:
        return skew_normal_log_cdf(-self._z(x), -self.skewness)

    def _quantile(self, p: Array) -> Array:
        return self.loc + self.scale * skew_normal_quantile(p, self.skewness)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + math.sqrt(2 / math.pi) * self.scale * _direction(self.skewness)[0]

    def _variance(self) -> Array:
        share, _ = _direction(self.skewness)
        return self.scale * self.scale * (1 - 2 / math.pi * share * share)

    def _mode(self) -> Array:
        return self.loc + self.scale * skew_normal_mode(self.skewness)

    def _entropy(self) -> Array:
        return 0.5 + HALF_LOG_2PI + jnp.log(self.scale) - skew_normal_entropy_loss(self.skewness)


def _direction(skewness: Array) -> tuple[Array, Array]:
    """(α, 1)/√(1 + α²), as good as (±1, 0) beyond the root of the largest number."""
    top = jnp.finfo(skewness.dtype).max ** 0.4
    a = jnp.where(skewness > top, top, jnp.where(skewness < -top, -top, skewness))
    length = jnp.sqrt(1 + a * a)
    return a / length, 1 / length
