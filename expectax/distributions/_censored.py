"""Censored distributions: values beyond an end are seen as that end, which so has mass.

    x = min(max(z, l), h),  z ~ base;   P(x = l) = F(l),   P(x = h) = P(z >= h),   p(x) = p_base(x) between

Of a law with a density the result has one too between its ends, and masses at them: log_prob is the density against
Lebesgue's measure there plus a unit mass at each end, and jumps. A draw itself moves continuously with all parameters.
"""

import abc
from typing import Any

import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._mass import log_above, log_below
from ._wrapper import CUMULATIVE, AbstractWrapper, as_drawn, cut, has_cdf, require, whole_with_least


class AbstractCensored(AbstractWrapper):
    """What the censored laws share: a family gives the ends, either of which may be infinite."""

    def __post_init__(self):
        super().__post_init__()
        base = self.base
        fits = has_cdf(base) and not base.mixed and (not base.support.discrete or whole_with_least(base.support))
        expected = "a law of reals, or of integers with a least one, that has a cdf"
        require(fits, type(self).__name__, expected, base)

    @abc.abstractmethod
    def _limits(self) -> tuple[Any, Any]:
        """l and h as they were given."""

    def _ends(self) -> tuple[Any, Any]:
        """l and h; of integers the next ones inside."""
        low, high = self._limits()
        return (jnp.ceil(low), jnp.floor(high)) if self.base.support.discrete else (low, high)

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return not self.base.support.discrete

    @property
    def support(self):
        return cut(self.base, *self._ends())

    def _has(self, method: str) -> bool:
        return method in CUMULATIVE

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        draws = jnp.broadcast_to(self.base._sample(key, shape), shape).astype(self.dtype)
        return as_drawn(self._clipped(draws), self.draw_dtype)

    def _clipped(self, x: Array) -> Array:
        low, high = (jnp.asarray(end, x.dtype) for end in self._ends())
        return jnp.where(low <= high, jnp.minimum(jnp.maximum(x, low), high), jnp.nan)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        x = x.astype(self.dtype)
        low, high = (jnp.asarray(end, x.dtype) for end in self._ends())
        at_low, at_high = x <= low, x >= high
        inner = jnp.where(at_low | at_high, self.base.support.interior(x), x)
        density = self.base._batched_log_prob(inner)
        above = log_above(self.base, high - 1 if self.base.support.discrete else high)
        log_prob = jnp.where(at_low, log_below(self.base, low), jnp.where(at_high, above, density))
        return jnp.where(low <= high, log_prob, jnp.nan)

    # --- Cumulative: between the ends the base's ---
    def _cdf(self, x: Array) -> Array:
        return self.base._batched("_masked_cdf", x)

    def _sf(self, x: Array) -> Array:
        return self.base._batched("_masked_sf", x)

    def _log_cdf(self, x: Array) -> Array:
        return self.base._batched("_masked_log_cdf", x)

    def _log_sf(self, x: Array) -> Array:
        return self.base._batched("_masked_log_sf", x)

    def _quantile(self, p: Array) -> Array:
        return self._clipped(self.base._batched("_masked_quantile", p))

    # --- Not here: moments and entropy, which have no formula in general ---
    def _support_values(self) -> Array:
        return self.base._support_values()
