"""The real line, half lines and intervals."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._module import static
from .._typing import Array, Key, Shape
from ..numerics import log_ratio, softplus_inverse
from ._support import AbstractSupport


def least_positive(dtype: Any) -> Any:
    """About the least number > 0 that arithmetic does not take for 0 (half precision is computed in single)."""
    info = jnp.finfo(dtype)
    return info.smallest_subnormal if dtype == jnp.float16 else 2 * info.tiny


def step_of(end: Array) -> Array:
    """What moves a number by at least its rounding; nothing for an infinite one."""
    size = jnp.where(jnp.isinf(end), 0.0, abs(end))
    return jnp.maximum(size * jnp.finfo(end.dtype).eps, least_positive(end.dtype))


class Real(AbstractSupport):
    """All finite and infinite reals (NaN is not one)."""

    description = "a real number"
    whole_space = True
    cheap = False  # the test would be for NaN, and NaN shows by itself

    def contains(self, value):
        return value == value  # noqa: PLR0124  only NaN differs from itself

    def constrain(self, unconstrained):
        return unconstrained

    def unconstrain(self, value):
        return value

    def interior(self, value):
        return jnp.zeros_like(value)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return jax.random.normal(key, shape, dtype)


class HalfLine(AbstractSupport):
    """(0, inf), or [0, inf) when `closed`."""

    closed: bool = static(default=False)
    bounds = (0.0, math.inf)

    @property
    def description(self):
        return "a number >= 0" if self.closed else "a number > 0"

    def contains(self, value):
        return (value >= 0) if self.closed else (value > 0)

    def constrain(self, unconstrained):
        return jax.nn.softplus(unconstrained)

    def unconstrain(self, value):
        return softplus_inverse(value)

    def inside(self, value):
        return jnp.maximum(value, least_positive(value.dtype))

    def interior(self, value):
        return jnp.ones_like(value)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return jnp.exp(0.5 * jax.random.normal(key, shape, dtype))


class Interval(AbstractSupport):
    """[low, high], or (low, high) when not `closed`; the ends may be arrays that broadcast against values."""

    low: Any = 0.0
    high: Any = 1.0
    closed: bool = static(default=True)

    @property
    def bounds(self):
        return self.low, self.high

    @property
    def description(self):
        left, right = "[]" if self.closed else "()"
        return f"a number in {left}{self.low}, {self.high}{right}"

    def contains(self, value):
        if self.closed:
            return (value >= self.low) & (value <= self.high)
        return (value > self.low) & (value < self.high)

    def constrain(self, unconstrained):
        low, high = self._ends()
        above, below = low + jax.nn.softplus(unconstrained), high - jax.nn.softplus(-unconstrained)
        between = low + (high - low) * jax.nn.sigmoid(unconstrained)
        return self.by_ends(between, above, below, unconstrained)

    def unconstrain(self, value):
        low, high = self._ends()
        below, above = value - low, high - value
        up, down = jnp.isinf(self.high), jnp.isinf(self.low)
        logit = log_ratio(jnp.where(down, 1.0, below), jnp.where(up, 1.0, above))
        above_low = softplus_inverse(jnp.where(down, 1.0, below))
        below_high = -softplus_inverse(jnp.where(up, 1.0, above))
        return self.by_ends(logit, above_low, below_high, value)

    def inside(self, value):
        low, high = (jnp.asarray(end, value.dtype) for end in (self.low, self.high))
        if not self.closed:
            low, high = low + step_of(low), high - step_of(high)
        return jnp.minimum(jnp.maximum(value, low), high)

    def interior(self, value):
        low, high = self._ends()
        # beyond one end by its own size, so that no rounding brings the point back onto it
        inner = self.by_ends(0.5 * low + 0.5 * high, low + abs(low) + 1, high - abs(high) - 1, 0.0)
        return jnp.zeros_like(value) + inner

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        low, high = self._ends()
        u = jax.random.uniform(key, shape, dtype, 0.1, 0.9)
        size = (abs(low) + abs(high) + 1) * u
        return self.by_ends(low + (high - low) * u, low + size, high - size, u)

    def _ends(self):
        """Both ends, 0 in place of an infinite one."""
        return tuple(jnp.where(jnp.isinf(end), 0.0, end) for end in (self.low, self.high))

    def by_ends(self, between, above, below, free):
        """What is given for an interval, for a half line up or down, for the whole line."""
        if isinstance(self.low, float | int) and isinstance(self.high, float | int):  # no selection to be judged later
            up, down = math.isinf(self.high), math.isinf(self.low)
            return (free if down else above) if up else below if down else between
        up, down = jnp.isinf(self.high), jnp.isinf(self.low)
        return jnp.where(up, jnp.where(down, free, above), jnp.where(down, below, between))
