"""Half-normal distribution.

    p(x; σ) = √(2/π) exp(-z²/2) / σ,   z = x/σ,   x >= 0

Sampling   x = σ |ε|,  ε ~ Normal(0, 1): pathwise in σ.
Accuracy   log_prob to 2 ulp of max(1, |log p|); both tails in log space, the lower through erf.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 13.
"""

import math
from typing import final

import jax.numpy as jnp
from jax import lax

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    divide,
    half_line_scale,
    half_normal_log_cdf,
    half_normal_log_sf,
    ndtri_centre,
)
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)
_log_prob = half_line_scale(lambda z: -0.5 * (z * z) + (_LOG_2 - HALF_LOG_2PI), jnp.negative)


@final
class HalfNormal(AbstractDistribution):
    """The size of a normal deviation: a common prior of standard deviations.

    Args:
        scale: σ of the normal whose size this is; same unit as x. Positive.

    Shapes: scale has the batch shape; event ().

    Raises:
        ParameterError: scale is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.HalfNormal(2.0).mean()), 4)
        1.5958
    """

    scale: ParameterArray = parameter(supports.positive)

    support = supports.nonnegative
    pathwise = True
    nan_by_itself = ("log_prob",)
    whole_line = ("log_prob", "cdf")

    def _z(self, x: Array) -> Array:
        return divide(x, self.scale)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.scale * jnp.abs(random.normal(key, shape, self.dtype))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_prob(x, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return lax.erf(self._z(jnp.where(x < 0, 0.0, x)) * math.sqrt(0.5))

    def _log_cdf(self, x: Array) -> Array:
        return half_normal_log_cdf(self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return half_normal_log_sf(self._z(x))

    def _quantile(self, p: Array) -> Array:
        return self.scale * ndtri_centre(p)

    # --- Moments ---
    def _mean(self) -> Array:
        return math.sqrt(2 / math.pi) * self.scale

    def _variance(self) -> Array:
        return (1 - 2 / math.pi) * self.scale * self.scale

    def _mode(self) -> Array:
        return jnp.zeros_like(self.scale)

    def _entropy(self) -> Array:
        return 0.5 + HALF_LOG_2PI - _LOG_2 + jnp.log(self.scale)
