"""Folded distribution: the size of a random number.

    x = |z|,  z ~ base;   p(x) = p_base(x) + p_base(-x),   F(x) = P(-x <= z <= x)

Sampling   as above: pathwise where the base is.
Accuracy   log_prob, and the tails as sums and differences of the base's in log space: to the base's own rounding.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), section 13.7.3.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, Shape
from ..numerics import log1m, log_sum_exp
from ._distribution import AbstractDistribution
from ._mass import log_above, log_below, log_mass, rough_quantile, tail_quantile, whole_quantile
from ._wrapper import CUMULATIVE, AbstractWrapper, ends_of, has_cdf, require


@final
class Folded(AbstractWrapper):
    """What is left of a number that has lost its sign. Its moments and entropy have no formula in general.

    Args:
        base: a distribution of reals or integers with a distribution function.

    Shapes: the base's batch; event ().

    Raises:
        ParameterError: the base has no distribution function.

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Folded(ex.Normal(0.0, 1.0)).cdf(1.0)), 4)
        0.6827
    """

    base: AbstractDistribution

    finite = False  # pyright: ignore[reportAssignmentType]

    def __post_init__(self):
        super().__post_init__()
        base = self.base
        fits = has_cdf(base) and not base.mixed and not base.atomic
        require(fits, "Folded", "a law of reals or integers that has a cdf", base)

    @property
    def support(self):
        low, high = ends_of(self.base.support)
        if self.base.support.discrete:
            return supports.counts
        if isinstance(low, float | int) and isinstance(high, float | int) and max(-low, high) == jnp.inf:
            return supports.nonnegative
        below, above = jnp.abs(jnp.asarray(low, self.dtype)), jnp.abs(jnp.asarray(high, self.dtype))
        return supports.Interval(0.0, jnp.maximum(below, above))

    def _has(self, method: str) -> bool:
        return method in CUMULATIVE

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return jnp.abs(self.base._sample(key, shape))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        there, opposite = self.base._batched_log_prob(x), self.base._batched_log_prob(-x)
        if self.base.support.discrete:
            opposite = jnp.where(x == 0, -jnp.inf, opposite)
        return log_sum_exp(jnp.stack(jnp.broadcast_arrays(there, opposite), -1))

    # --- Cumulative ---
    def _opposite(self, x: Array) -> Array:
        """What z is not to exceed for |z| > x; of integers the next one."""
        return -x - 1 if self.base.support.discrete else -x

    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log_mass(self.base, self._opposite(x), x)

    def _log_sf(self, x: Array) -> Array:
        below, above = log_below(self.base, self._opposite(x)), log_above(self.base, x)
        return log_sum_exp(jnp.stack(jnp.broadcast_arrays(below, above), -1))

    def _quantile(self, p: Array) -> Array:
        inside = (p > 0) & (p < 1)
        safe = jnp.where(inside, p, 0.5)
        upper = safe > 0.5
        log_p = jnp.where(upper, log1m(safe), jnp.log(safe)) + 0 * log_below(self.base, jnp.zeros_like(p))
        guess = jnp.abs(rough_quantile(self.base, log_p, upper))
        if self.base.support.discrete:
            x = whole_quantile(self, log_p, upper, jnp.zeros_like(log_p), guess)
        else:
            x = tail_quantile(self, log_p, upper, (jnp.zeros_like(p), jnp.full_like(p, jnp.inf)), guess)
        high = getattr(self.support, "high", jnp.inf)
        return jnp.where(inside | jnp.isnan(x), x, jnp.where(p == 0, 0.0, high))
