"""Quantized distribution: a law with a density, rounded up to integers between two ends.

    k = min(max(⌈z⌉, l), h),  z ~ base;   P(k) = P(k - 1 < z <= k),   P(l) = P(z <= l),   P(h) = P(z > h - 1)

Sampling   as above. No path: the score is the gradient in the base's parameters, not in the ends.
Accuracy   log_prob to the rounding of the base's log-tails, in both of them; of narrow cells the density is integrated.
Source     Salimans, Karpathy, Chen, Kingma, "PixelCNN++" (2017), section 2.1; ends as TensorFlow Probability's.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._cells import AbstractCells
from ._distribution import AbstractDistribution, parameter
from ._mass import log_above, log_below
from ._wrapper import Between


@final
class Quantized(AbstractCells):
    """The values of a pixel or a sensor: integers up to which numbers are rounded, the last at each end for all beyond.

    Args:
        base: a distribution of reals with a distribution function.
        low: l, the least integer, or -inf.
        high: h, the greatest integer, above `low`, or inf.

    Shapes: the base's batch, low and high broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, the base is discrete or has no distribution function (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Quantized(ex.Normal(0.0, 1.0), low=0.0).prob(0.0)), 4)
        0.5
    """

    base: AbstractDistribution
    low: ParameterArray = parameter(supports.real, moves_support=True, default=-math.inf)
    high: ParameterArray = parameter(supports.real, moves_support=True, within=supports.above("low"), default=math.inf)

    back = 1.0

    @property
    def support(self):
        return Between(self.low, self.high)

    def _clipped(self, k: Array) -> Array:
        return jnp.where(jnp.asarray(self.low < self.high), jnp.minimum(jnp.maximum(k, self.low), self.high), jnp.nan)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self._clipped(AbstractCells._sample(self, key, shape))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        at_low, at_high = x <= self.low, x >= self.high
        below, above = log_below(self.base, jnp.asarray(self.low)), log_above(self.base, jnp.asarray(self.high - 1))
        between = AbstractCells._log_prob(self, jnp.where(at_low | at_high, 0.0, x))
        log_prob = jnp.where(at_low, below, jnp.where(at_high, above, between))
        return jnp.where(jnp.asarray(self.low < self.high), log_prob, jnp.nan)

    # --- Cumulative: between the ends that of all integers ---
    def _quantile(self, p: Array) -> Array:
        return self._clipped(AbstractCells._quantile(self, p))
