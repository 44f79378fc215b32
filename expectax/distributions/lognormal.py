"""Log-normal distribution.

    p(x; μ, σ) = exp(-z²/2) / (x σ √(2π)),   z = (log x - μ)/σ,   x > 0

Sampling   x = exp(μ + σ ε),  ε ~ Normal(0, 1): pathwise in μ and σ. Draws are kept at or above the smallest normal
           number, so that their log-density is finite.
Accuracy   log_prob to a few ulp of its largest term; log_cdf and log_sf through `log_ndtr`, both tails.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 14.
"""

from typing import final

import jax.numpy as jnp
from jax.scipy import special

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, expm1, floored_exp, location_scale, ndtri
from ._distribution import AbstractDistribution, parameter

_log_prob = location_scale(lambda z: -0.5 * (z * z) - HALF_LOG_2PI, jnp.negative)


@final
class LogNormal(AbstractDistribution):
    """A variable whose logarithm is normal: products of many small independent effects.

    Args:
        loc: μ, the mean of log x. Real.
        scale: σ, the standard deviation of log x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.LogNormal(0.0, 0.5).mean()), 4)
        1.1331
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.positive
    pathwise = True
    nan_by_itself = ("log_prob",)

    def _z(self, x: Array) -> Array:
        return (jnp.log(x) - self.loc) / self.scale

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return floored_exp(self.loc + self.scale * random.normal(key, shape, self.dtype))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        log_x = jnp.where(x > 0, jnp.log(x), jnp.nan)  # by a selection, or XLA would store the logarithm
        return _log_prob(log_x, self.loc, self.scale) - log_x

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return special.ndtr(self._z(x))

    def _log_cdf(self, x: Array) -> Array:
        return special.log_ndtr(self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return special.log_ndtr(-self._z(x))

    def _quantile(self, p: Array) -> Array:
        return jnp.exp(self.loc + self.scale * ndtri(p))

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.exp(self.loc + 0.5 * self.scale * self.scale)

    def _variance(self) -> Array:
        square = self.scale * self.scale
        return expm1(square) * jnp.exp(2 * self.loc + square)

    def _mode(self) -> Array:
        return jnp.exp(self.loc - self.scale * self.scale)

    def _entropy(self) -> Array:
        return self.loc + 0.5 + HALF_LOG_2PI + jnp.log(self.scale)
