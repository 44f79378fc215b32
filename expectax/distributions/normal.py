"""Normal (Gaussian) distribution.

    p(x; μ, σ) = exp(-z²/2) / (σ √(2π)),   z = (x - μ)/σ,   x ∈ ℝ

Sampling   x = μ + σ ε,  ε ~ Normal(0, 1): pathwise in μ and σ.
Accuracy   log_prob and its derivatives to 2 ulp of max(1, |log p|); cdf, log_cdf and log_sf to 10 ulp in both tails, the
           rounding of z made good.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 13.
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import HALF_LOG_2PI, location_scale, ndtri, normal_cdf, normal_log_cdf
from ._distribution import AbstractDistribution, parameter

# a square has one operand: XLA would store a quotient that two operations use
_log_prob = location_scale(lambda z: -2 * jnp.square(0.5 * z) - HALF_LOG_2PI, jnp.negative)


@final
class Normal(AbstractDistribution):
    """The bell curve: sums of many small independent effects.

    Args:
        loc: μ, the mean; same unit as x. Real.
        scale: σ, the standard deviation; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Normal(0.0, 2.0).log_prob(1.0)), 4)
        -1.7371
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True
    nan_by_itself = ("log_prob",)
    symmetric = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.loc + self.scale * random.normal(key, shape, self.dtype)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        """In μ: Rayleigh distances to both sides; in σ: a double-sided Maxwell variate, less a uniform part of it."""
        if parameter == "loc":
            distance = self.scale * jnp.sqrt(-2 * random.tails(key, draw.shape, self.dtype)[0])
            return WeakDerivative(1 / (self.scale * math.sqrt(2 * math.pi)), self.loc + distance, self.loc - distance)
        normal, tail, side, part = jax.random.split(key, 4)
        z = random.normal(normal, draw.shape, self.dtype)
        square = z * z - 2 * random.tails(tail, draw.shape, self.dtype)[0]
        maxwell = self.scale * random.signs(side, draw.shape, self.dtype) * jnp.sqrt(square)
        part = jax.random.uniform(part, draw.shape, self.dtype)
        return WeakDerivative(1 / self.scale, self.loc + maxwell, self.loc + maxwell * part)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_prob(x, self.loc, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return normal_cdf(x, self.loc, self.scale)

    def _sf(self, x: Array) -> Array:
        return normal_cdf(-x, -self.loc, self.scale)

    def _log_cdf(self, x: Array) -> Array:
        return normal_log_cdf(x, self.loc, self.scale)

    def _log_sf(self, x: Array) -> Array:
        return normal_log_cdf(-x, -self.loc, self.scale)

    def _quantile(self, p: Array) -> Array:
        return self.loc + self.scale * ndtri(p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return self.scale * self.scale

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return 0.5 + HALF_LOG_2PI + jnp.log(self.scale)
