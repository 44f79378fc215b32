"""Bates distribution: the mean of n uniform variables.

    p(x; n, l, h) = n/(h - l) f_n(n (x - l)/(h - l)),   f_n the density of a sum of n Uniform(0, 1),   x ∈ [l, h]

Sampling   x = l + (h - l) (U₁ + ... + U_n)/n: pathwise in l and h. The support moves with them, so the score function is
           not valid here.
Accuracy   log_prob and both tails to 16 ulp of max(1, |result|, their largest derivative times argument), for n = 10⁶ too:
           by positive recurrences and Cauchy's integral, where the textbook sum alternates.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), section 26.9.
"""

import math
from typing import final

import jax
import jax.numpy as jnp
from jax import lax

from .. import _errors, random, supports
from .._module import static
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import irwin_hall_entropy, irwin_hall_inverse, irwin_hall_log_cdf, irwin_hall_log_density, log1mexp
from ._distribution import AbstractDistribution, parameter


@final
class Bates(AbstractDistribution):
    """The mean of independent uniforms: between the uniform and the normal, with ends.

    Args:
        total_count: n, how many; an integer >= 1, part of the program and not an array.
        low: l, the lower end. Real.
        high: h, the upper end; above `low`.

    Shapes: low, high broadcast to the batch; event ().

    Raises:
        ParameterError: total_count is not a positive integer, high is not above low, or the shapes do not broadcast
            (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Bates(2).prob(0.5))
        2.0
    """

    total_count: int = static()
    low: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)
    high: ParameterArray = parameter(supports.real, moves_support=True, within=supports.above("low"), default=1.0)

    pathwise = True

    def __post_init__(self):
        if isinstance(self.total_count, bool) or not isinstance(self.total_count, int) or self.total_count < 1:
            raise _errors.bad_parameter(self._label, "total_count", self.total_count, "a positive integer")
        super().__post_init__()

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    def _width(self) -> Array:
        return jnp.where(self.high > self.low, self.high - self.low, jnp.nan)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        def add(i: Array, total: Array) -> Array:
            side, upper = random.sides(jax.random.fold_in(key, i), shape, self.dtype)
            return total + jnp.where(upper, 1 - side, side)

        mean = lax.fori_loop(0, self.total_count, add, jnp.zeros(shape, self.dtype)) / self.total_count
        x = self.low + self._width() * mean
        x = jnp.where(x < self.low, self.low, x)  # rounding may step over an end
        return jnp.where(x > self.high, self.high, x)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        n, (sum_, _) = self.total_count, self._sum(x)
        return irwin_hall_log_density(sum_, n) - jnp.log(self._width() / n)

    def _sum(self, x: Array) -> tuple[Array, Array]:
        """How far the sum of the uniforms is from its nearer end, and whether that is the upper one."""
        below, above = x - self.low, self.high - x
        upper = above < below
        return self.total_count * (jnp.where(upper, above, below) / self._width()), upper

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tail(x, want_upper=False)

    def _log_sf(self, x: Array) -> Array:
        return self._log_tail(x, want_upper=True)

    def _log_tail(self, x: Array, want_upper: bool) -> Array:
        sum_, upper = self._sum(x)
        tail = irwin_hall_log_cdf(sum_, self.total_count)
        wanted = upper == want_upper
        return jnp.where(wanted, tail, log1mexp(jnp.where(wanted, -1.0, tail)))

    def _quantile(self, p: Array) -> Array:
        upper = p > 0.5
        distance = self._width() * (irwin_hall_inverse(jnp.where(upper, 1 - p, p), self.total_count) / self.total_count)
        return jnp.where(upper, self.high - distance, self.low + distance)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.low + 0.5 * self._width()

    def _variance(self) -> Array:
        return self._width() ** 2 / (12 * self.total_count)

    def _mode(self) -> Array:
        return self._mean()

    def _entropy(self) -> Array:
        return jnp.log(self._width()) + (irwin_hall_entropy(self.total_count) - math.log(self.total_count))
