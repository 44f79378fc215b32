"""Exponential distribution.

    p(x; λ) = λ exp(-λ x),   x >= 0

Sampling   x = E/λ,  E ~ Exponential(1): pathwise in λ.
Accuracy   all methods to a few ulp, both tails.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 19.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import expm1, exponential_log_prob, log1m, log1mexp
from ._distribution import AbstractDistribution, parameter


@final
class Exponential(AbstractDistribution):
    """Waiting time until the first of events that come at a constant rate.

    Args:
        rate: λ, events in a unit of x; the mean is 1/λ. Positive.

    Shapes: rate has the batch shape; event ().

    Raises:
        ParameterError: rate is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Exponential(2.0).log_sf(3.0))
        -6.0
    """

    rate: ParameterArray = parameter(supports.positive)

    support = supports.nonnegative
    pathwise = True
    nan_by_itself = ("log_prob",)
    whole_line = ("log_prob", "cdf", "log_sf")

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return -random.tails(key, shape, self.dtype)[0] / self.rate

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        """λe^(-λx) less the law of two waiting times, by 1/λ."""
        further = -random.tails(key, draw.shape, self.dtype)[0] / self.rate
        return WeakDerivative(1 / self.rate, draw, draw + further)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return exponential_log_prob(x, self.rate)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        return -self.rate * jnp.where(x < 0, 0.0, x)

    def _quantile(self, p: Array) -> Array:
        return -log1m(p) / self.rate

    # --- Moments ---
    def _mean(self) -> Array:
        return 1 / self.rate

    def _variance(self) -> Array:
        return 1 / (self.rate * self.rate)

    def _mode(self) -> Array:
        return jnp.zeros_like(self.rate)

    def _entropy(self) -> Array:
        return 1 - jnp.log(self.rate)
