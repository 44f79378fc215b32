"""Uniform distribution on an interval.

    p(x; l, h) = 1/(h - l),   x ∈ [l, h]

Sampling   x = l + (h - l) u,  u ~ Uniform[0, 1): pathwise in both ends. The support moves with them, so the score
           function is not valid here.
Accuracy   all methods to a few ulp of the interval's ends.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 26.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import uniform_log_prob
from ._distribution import AbstractDistribution, parameter


@final
class Uniform(AbstractDistribution):
    """Equal density everywhere between two ends, both included.

    Args:
        low: l, the lower end. Real.
        high: h, the upper end; above `low`.

    Shapes: low, high broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Uniform(1.0, 3.0).cdf(1.5))
        0.25
    """

    low: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)
    high: ParameterArray = parameter(supports.real, moves_support=True, within=supports.above("low"), default=1.0)

    pathwise = True
    nan_by_itself = ("log_prob",)
    whole_line = ("log_prob", "cdf", "quantile")

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    def _width(self) -> Array:
        return jnp.where(self.high > self.low, self.high - self.low, jnp.nan)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        distance = self._width() * side
        x = jnp.where(upper, self.high - distance, self.low + distance)
        x = jnp.where(x < self.low, self.low, x)  # rounding may step over an end
        return jnp.where(x > self.high, self.high, x)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        """An end itself against the law; the support may move."""
        constant = 1 / self._width()
        if parameter == "low":
            return WeakDerivative(constant, draw, self.low + 0 * draw)
        return WeakDerivative(constant, self.high + 0 * draw, draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return uniform_log_prob(x, self.low, self.high)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        share = jnp.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)
        return jnp.where(self.high > self.low, share, jnp.nan)

    def _log_cdf(self, x: Array) -> Array:
        return jnp.log(self._cdf(x))

    def _log_sf(self, x: Array) -> Array:
        return jnp.log((self.high - x) / self._width())

    def _quantile(self, p: Array) -> Array:
        ok = (p >= 0) & (p <= 1) & (self.high > self.low)
        return jnp.where(ok, jnp.where(p == 1, self.high, self.low + (self.high - self.low) * p), jnp.nan)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.low + 0.5 * self._width()

    def _variance(self) -> Array:
        return self._width() ** 2 / 12

    def _mode(self) -> Array:
        return self._mean()

    def _entropy(self) -> Array:
        return jnp.log(self._width())
