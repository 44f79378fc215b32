"""Triangular distribution.

    p(x; l, h, m) = 2/(h - l) · (x - l)/(m - l) for x <= m,   2/(h - l) · (h - x)/(h - m) for x >= m,   x ∈ [l, h]

Sampling   x = F⁻¹(U) in closed form, with U and 1 - U precise in both tails: pathwise in l, h and m. The support moves
           with l and h, so the score function is not valid for them.
Accuracy   all methods to a few ulp of max(1, their largest derivative times argument): distances are taken first.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), section 26.9.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1p
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)


@final
class Triangular(AbstractDistribution):
    """A density that rises in a straight line to its peak, and falls in another: three guesses make one.

    Args:
        low: l, the lower end. Real.
        high: h, the upper end; above `low`.
        peak: m, the mode; from `low` to `high`.

    Shapes: low, high, peak broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, peak is not between them, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Triangular(0.0, 4.0, 1.0).cdf(1.0))
        0.25
    """

    low: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)
    high: ParameterArray = parameter(supports.real, moves_support=True, within=supports.above("low"), default=1.0)
    peak: ParameterArray = parameter(supports.real, within=supports.between("low", "high"), default=0.5)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    def _widths(self) -> tuple[Array, Array, Array]:
        """Those of the whole, of the rising and of the falling part."""
        ok = (self.low < self.high) & (self.low <= self.peak) & (self.peak <= self.high)
        return jnp.where(ok, self.high - self.low, jnp.nan), self.peak - self.low, self.high - self.peak

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        return self._at(jnp.where(upper, 1 - side, side), jnp.where(upper, side, 1 - side))

    def _at(self, p: Array, rest: Array) -> Array:
        """The point with the probability p below, and `rest` above it."""
        width, rise, fall = self._widths()
        rising = p * width < rise
        own = jnp.where(rising, rise, fall)
        distance = jnp.sqrt(jnp.where(rising, p, rest)) * jnp.sqrt(width * jnp.where(own > 0, own, 1.0))
        x = jnp.where(rising, self.low + distance, self.high - jnp.where(own > 0, distance, 0.0))
        x = jnp.where(x < self.low, self.low, x)  # rounding may step over an end
        return jnp.where(x > self.high, self.high, x) + jnp.where(jnp.isnan(width), jnp.nan, 0.0)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        width, rise, fall = self._widths()
        distance, own = jnp.where(x < self.peak, x - self.low, self.high - x), jnp.where(x < self.peak, rise, fall)
        at_peak, edge = x == self.peak, (x != self.peak) & (distance == 0)
        ratio = jnp.where(at_peak | edge, 1.0, distance) / jnp.where(at_peak | (own == 0), 1.0, own)
        inside = jnp.log(ratio) + _LOG_2 - jnp.log(width)
        return jnp.where(edge & ~jnp.isnan(width), -jnp.inf, inside)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        below, above, rising = self._parts(x)
        return jnp.where(rising, below, 1 - above)

    def _sf(self, x: Array) -> Array:
        below, above, rising = self._parts(x)
        return jnp.where(rising, 1 - below, above)

    def _log_cdf(self, x: Array) -> Array:
        below, above, rising = self._parts(x)
        return jnp.where(rising, jnp.log(jnp.where(rising, below, 1.0)), log1p(-above))

    def _log_sf(self, x: Array) -> Array:
        below, above, rising = self._parts(x)
        return jnp.where(rising, log1p(-below), jnp.log(jnp.where(rising, 1.0, above)))

    def _parts(self, x: Array) -> tuple[Array, Array, Array]:
        """(F where it rises, 1 - F where it falls, which of them it is); the other is a harmless number."""
        width, rise, fall = self._widths()
        rising = x < self.peak
        d, own = jnp.where(rising, x - self.low, self.high - x), jnp.where(rising, rise, fall)
        part = (d / width) * (d / jnp.where(own > 0, own, 1.0))
        return jnp.where(rising, part, 0.5), jnp.where(rising, 0.5, part), rising

    def _quantile(self, p: Array) -> Array:
        return self._at(p, 1 - p)

    # --- Moments ---
    def _mean(self) -> Array:
        width, rise, fall = self._widths()
        return jnp.where(jnp.isnan(width), jnp.nan, self.peak + (fall - rise) / 3)

    def _variance(self) -> Array:
        width, rise, fall = self._widths()
        return (width * width - rise * fall) / 18

    def _mode(self) -> Array:
        return jnp.where(jnp.isnan(self._widths()[0]), jnp.nan, self.peak)

    def _entropy(self) -> Array:
        return 0.5 - _LOG_2 + jnp.log(self._widths()[0])
