"""Laplace (double exponential) distribution.

    p(x; μ, b) = exp(-|z|) / (2b),   z = (x - μ)/b,   x ∈ ℝ

Sampling   x = μ + b ℓ,  ℓ ~ Laplace(0, 1): pathwise in μ and b.
Accuracy   all methods to a few ulp, both tails in log space exactly linear.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 24.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import location_scale, standardised
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)
_log_prob = location_scale(lambda z: -jnp.abs(z) - _LOG_2, lambda z: -jnp.sign(z))


@final
class Laplace(AbstractDistribution):
    """Two exponential tails back to back: errors with more outliers than the normal has.

    Args:
        loc: μ, the mean, median and mode; same unit as x. Real.
        scale: b, the mean absolute deviation; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Laplace(0.0, 0.5).log_prob(2.0))
        -4.0
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True
    nan_by_itself = ("log_prob",)
    symmetric = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        size = -jnp.log(2 * side)
        return self.loc + self.scale * jnp.where(upper, size, -size)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        """In μ: the upper half less the lower; in s: a Gamma(2) distance less the law itself."""
        distance = -self.scale * random.tails(key, draw.shape, self.dtype)[0]
        if parameter == "loc":
            return WeakDerivative(1 / (2 * self.scale), self.loc + distance, self.loc - distance)
        side = jnp.where(draw > self.loc, 1.0, -1.0)
        return WeakDerivative(1 / self.scale, draw + side * distance, draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_prob(x, self.loc, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        z = standardised(x, self.loc, self.scale)
        tail = 0.5 * jnp.exp(-jnp.abs(z))
        return jnp.where(z < 0, tail, 1 - tail)

    def _log_cdf(self, x: Array) -> Array:
        return _log_tail(standardised(x, self.loc, self.scale))

    def _log_sf(self, x: Array) -> Array:
        return _log_tail(-standardised(x, self.loc, self.scale))

    def _quantile(self, p: Array) -> Array:
        tail = jnp.minimum(p, 1 - p)
        return self.loc + self.scale * jnp.where(p < 0.5, 1.0, -1.0) * jnp.log(2 * tail)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return 2 * self.scale * self.scale

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return 1 + _LOG_2 + jnp.log(self.scale)


def _log_tail(z: Array) -> Array:
    """log P(Z <= z) for the standard Laplace."""
    return jnp.where(z < 0, z - _LOG_2, jnp.log1p(-0.5 * jnp.exp(-jnp.abs(z))))
