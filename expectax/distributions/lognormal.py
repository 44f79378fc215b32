"""Log-normal distribution.

    p(x; μ, σ) = exp(-z²/2) / (x σ √(2π)),   z = (log x - μ)/σ,   x > 0

Sampling   x = exp(μ + σ ε),  ε ~ Normal(0, 1): pathwise in μ and σ. Draws are kept at or above the smallest normal
           number, so that their log-density is finite.
Accuracy   log_prob to a few ulp of its largest term; log_cdf and log_sf through `log_ndtr`, both tails.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 14.
"""

import math
from typing import final

import jax
import jax.numpy as jnp
from jax.scipy import special

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, divide, expm1, floored_exp, log_quotient, ndtri, standardised
from ._distribution import AbstractDistribution, parameter


@jax.custom_jvp
def _log_density(x: Array, loc: Array, scale: Array) -> Array:
    """-z²/2 - log(σ x) - ½ log 2π, the logarithm of the product in one: those of its factors may cancel."""
    z = standardised(jnp.log(x), loc, scale)
    far = x > 2.0**100  # of which the reciprocal may be subnormal
    log_product = log_quotient(scale, 1 / jnp.where(far, x * 2.0**-64, x))
    return -(0.5 * z) * z - log_product - jnp.where(far, 64 * math.log(2), 0.0) - HALF_LOG_2PI


@_log_density.defjvp
def _log_density_jvp(primals, tangents):
    x, loc, scale = primals
    z = standardised(jnp.log(x), loc, scale)
    by_loc = divide(z, scale)
    change = by_loc * tangents[1] + divide((z - 1) * (z + 1), scale) * tangents[2]
    return _log_density(*primals), change - divide(by_loc + 1, x) * tangents[0]


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
        return _log_density(x, self.loc, self.scale)

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
