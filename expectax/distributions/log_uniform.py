"""Log-uniform (reciprocal) distribution.

    p(x; l, h) = 1/(x log(h/l)),   x ∈ [l, h],  l > 0

Sampling   x = l exp(U log(h/l)), from the nearer end: pathwise in both ends. The support moves with them, so the score
           function is not valid here.
Accuracy   all methods to a few ulp of their largest derivative times argument, on narrow intervals too.
Source     Hamming, "On the distribution of numbers" (1970).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import cosh_rest, log_ratio
from ._distribution import AbstractDistribution, parameter


@final
class LogUniform(AbstractDistribution):
    """Equal density of the logarithm between two ends: a quantity whose order of magnitude is not known.

    Args:
        low: l, the lower end. Positive.
        high: h, the upper end; above `low`.

    Shapes: low, high broadcast to the batch; event ().

    Raises:
        ParameterError: low is not positive, high is not above low, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.LogUniform(0.01, 100.0).cdf(1.0)), 6)
        0.5
    """

    low: ParameterArray = parameter(supports.positive, moves_support=True)
    high: ParameterArray = parameter(supports.positive, moves_support=True, within=supports.above("low"))

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    def _width(self) -> Array:
        """log(h/l)."""
        return jnp.where(self.high > self.low, log_ratio(self.high, self.low), jnp.nan)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        return self._at(side, upper)

    def _at(self, side: Array, upper: Array) -> Array:
        """The point whose probability from the `upper` end, or else from the lower one, is `side`."""
        distance = self._width() * side
        x = jnp.where(upper, self.high * jnp.exp(-distance), self.low * jnp.exp(distance))
        x = jnp.where(x < self.low, self.low, x)  # rounding may step over an end
        return jnp.where(x > self.high, self.high, x)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return -jnp.log(x) - jnp.log(self._width())

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return log_ratio(x, self.low) / self._width()

    def _log_cdf(self, x: Array) -> Array:
        return jnp.log(self._cdf(x))

    def _log_sf(self, x: Array) -> Array:
        return jnp.log(log_ratio(self.high, x) / self._width())

    def _quantile(self, p: Array) -> Array:
        upper = p > 0.5
        return self._at(jnp.where(upper, 1 - p, p), upper)

    # --- Moments ---
    def _mean(self) -> Array:
        return (self.high - self.low) / self._width()

    def _variance(self) -> Array:
        """mean · √(lh) (cosh t - sinh t/t) at t = log(h/l)/2."""
        return self._mean() * (jnp.sqrt(self.low) * jnp.sqrt(self.high) * cosh_rest(0.5 * self._width()))

    def _mode(self) -> Array:
        return jnp.where(self.high > self.low, self.low, jnp.nan)

    def _entropy(self) -> Array:
        return 0.5 * (jnp.log(self.low) + jnp.log(self.high)) + jnp.log(self._width())
