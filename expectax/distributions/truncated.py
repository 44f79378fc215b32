"""Truncated distribution: a law on the line, given that its value lies in an interval.

    p(x) = p_base(x) / P(l <= X <= h),   x ∈ [l, h]

Sampling   by the inverse distribution function, in log space by the tail that is the smaller one: exact in far tails,
           pathwise in the base's parameters, l and h by the implicit derivative. Integers by a search, without a path.
Accuracy   log_prob to the rounding of the base's log-density and log-tails, in far tails and on narrow intervals too: of
           tails that are nearly equal the density is integrated, where it is smooth.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), section 12.4.3 (truncation).
"""

from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from .. import _errors, random
from .._parameter import is_visible
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1m, xlogy
from ..supports import at_least, real
from ._distribution import AbstractDistribution, parameter
from ._mass import log_above, log_below, log_mass, rough_quantile, tail_quantile, whole_quantile
from ._wrapper import CUMULATIVE, AbstractWrapper, as_drawn, cut, has_cdf, require, whole_with_least


@final
class Truncated(AbstractWrapper):
    """What is left of a distribution of numbers between two ends, both included.

    For a normal base `TruncatedNormal` has moments and entropy, and is quicker.

    Args:
        base: a distribution of reals or integers with a distribution function.
        low: l, the lower end; same unit as x. Real or -inf.
        high: h, the upper end; same unit as x. Real or inf, above `low` unless the base is one of integers.

    Shapes: the base's batch, low and high broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, the base has no distribution function, or has integers without a least
            one (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Truncated(ex.Gumbel(0.0, 1.0), 30.0, 31.0).quantile(0.5)), 3)
        30.38
    """

    base: AbstractDistribution
    low: ParameterArray = parameter(real, moves_support=True, default=-jnp.inf)
    high: ParameterArray = parameter(real, moves_support=True, default=jnp.inf, within=at_least("low"))

    def __post_init__(self):
        super().__post_init__()
        discrete = self.base.support.discrete
        fits = has_cdf(self.base) and not self.base.mixed and (not discrete or whole_with_least(self.base.support))
        require(fits, "Truncated", "a law of reals, or of integers with a least one, that has a cdf", self.base)
        shown = not discrete and is_visible(self.low) and is_visible(self.high)
        if shown and np.any(np.equal(self.low, self.high)):  # of integers one may be left, of reals none
            raise _errors.bad_parameter("Truncated", "high", f"{self.high}", f"a number > low = {self.low}")

    @property
    def support(self) -> Any:
        if not self.base.support.discrete:
            return cut(self.base, self.low, self.high)
        return cut(self.base, jnp.ceil(self.low), jnp.floor(self.high))

    def _has(self, method: str) -> bool:
        return method in CUMULATIVE or (self.base.finite and method in ("_mean", "_variance", "_entropy"))

    # --- The interval, as {a < x <= b} ---
    def _ends(self) -> tuple[Array, Array]:
        low, high = jnp.asarray(self.low, self.dtype), jnp.asarray(self.high, self.dtype)
        if self.base.support.discrete:
            return jnp.ceil(low) - 1, jnp.floor(high)
        return low, high

    def _log_mass(self) -> Array:
        return log_mass(self.base, *self._ends())

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return as_drawn(self._at(*random.tails(key, shape, self.dtype)), self.draw_dtype)

    def _at(self, log_u: Array, log_rest: Array) -> Array:
        """The value with the share u of the mass below it, by log u and log(1 - u)."""
        (low, high), log_z = self._ends(), self._log_mass()
        below = jnp.logaddexp(log_below(self.base, low), log_u + log_z)
        above = jnp.logaddexp(log_above(self.base, high), log_rest + log_z)
        upper = above < below
        log_p = jnp.where(upper, above, below)
        guess = rough_quantile(self.base, log_p, upper)
        if self.base.support.discrete:
            x = whole_quantile(self.base, log_p, upper, jnp.asarray(self.support.low, log_p.dtype), guess)
            x = jnp.where(x > high, high, x)
        else:
            x = tail_quantile(self.base, log_p, upper, (low, high), guess)
        return jnp.where(log_z > -jnp.inf, x, jnp.nan)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self.base._batched_log_prob(x) - self._log_mass()

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        low, high = self._ends()
        return log_mass(self.base, low, jnp.where(x > high, high, x)) - self._log_mass()

    def _log_sf(self, x: Array) -> Array:
        return log_mass(self.base, x, self._ends()[1]) - self._log_mass()

    def _quantile(self, p: Array) -> Array:
        inside = (p > 0) & (p < 1)
        x = self._at(jnp.log(jnp.where(inside, p, 0.5)), log1m(jnp.where(inside, p, 0.5)))
        low, high = (jnp.asarray(end, x.dtype) for end in (self.support.low, self.support.high))
        return jnp.where(inside | jnp.isnan(x), x, jnp.where(p == 0, low, high))

    # --- Moments of finite laws. Not here: those of others, which have no formula in general ---
    def _masses(self, method: str) -> tuple[Array, Array]:
        """Values and their probabilities."""
        if not self.base.finite:
            raise self._missing(method)
        values = self.base._support_values()
        log_p = jax.vmap(lambda v: self._batched_log_prob(v))(values)
        return values.astype(self.dtype).reshape((-1,) + (1,) * (log_p.ndim - 1)), jnp.exp(log_p)

    def _mean(self) -> Array:
        values, p = self._masses("mean")
        return (values * p).sum(0)

    def _variance(self) -> Array:
        values, p = self._masses("variance")
        return ((values - self._mean()) ** 2 * p).sum(0)

    def _entropy(self) -> Array:
        _, p = self._masses("entropy")
        return -xlogy(p, p).sum(0)

    def _support_values(self) -> Array:
        return self.base._support_values()
