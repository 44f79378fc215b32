"""Discrete uniform distribution.

    P(k) = 1/(h - l + 1),   k = l, l + 1, ..., h

Sampling   x = l + ⌊(h - l + 1) U⌋,  U ~ Uniform[0, 1) of 64 bits: no derivative along the draw, and the support moves with
           both ends, so the score function is not valid for them either.
Accuracy   all methods to a few ulp of the ends.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 6.10.1.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter


@final
class DiscreteUniform(AbstractDistribution):
    """Equal chances for every integer between two ends, both included: a die; as a float.

    The ends may be arrays, so the number of values is not known to the program: to enumerate, use `Categorical`.

    Args:
        low: l, the lower end. An integer.
        high: h, the upper end; not below `low`. An integer; like all parameters it is kept in the float type, which is
            exact up to 2²⁴ in single precision.

    Shapes: low, high broadcast to the batch; event ().

    Raises:
        ParameterError: an end is not an integer, high is below low, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.DiscreteUniform(1, 6).mean())
        3.5
    """

    low: ParameterArray = parameter(supports.integers, moves_support=True, default=0)
    high: ParameterArray = parameter(supports.integers, moves_support=True, default=1, within=supports.at_least("low"))

    @property
    def support(self):
        return supports.IntegerRange(self.low, self.high)

    def _count(self) -> Array:
        return jnp.where(self.high >= self.low, self.high - self.low + 1, jnp.nan)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.low + random.integers(key, self._count(), shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return -jnp.log(self._count()) + jnp.zeros_like(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return (x - self.low + 1) / self._count()

    def _log_sf(self, x: Array) -> Array:
        return jnp.log((self.high - x) / self._count())

    def _quantile(self, p: Array) -> Array:
        count = self._count()
        steps = jnp.ceil(p * count)
        # rounding of the product may be off by one: the definition decides
        steps = jnp.where((steps - 1) / count >= p, steps - 1, steps)
        steps = jnp.where(steps / count < p, steps + 1, steps)
        return self.low + jnp.where(steps > 1, steps - 1, 0 * steps)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.low + 0.5 * (self._count() - 1)

    def _variance(self) -> Array:
        count = self._count()
        return (count - 1) * (count + 1) / 12

    def _mode(self) -> Array:
        """The least of values that are all as likely."""
        return self.low + 0 * self._count()

    def _entropy(self) -> Array:
        return jnp.log(self._count())
