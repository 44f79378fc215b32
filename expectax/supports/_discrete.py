"""Integers: counts, ranges and the pair {0, 1}."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._module import static
from .._typing import Array, Key, Shape
from ..numerics import fold
from ._support import AbstractSupport


def is_whole(value):
    """Whether a number is an integer: by rounding, which unlike a remainder is cheap enough for XLA to fuse."""
    if not isinstance(value, jax.Array) or not jnp.issubdtype(value.dtype, jnp.floating):
        return value % 1 == 0
    return value - jnp.floor(value) == 0  # NaN at infinity


class IntegersFrom(AbstractSupport):
    """{low, low + 1, ...}."""

    low: Any = 0
    discrete = True

    @property
    def description(self):
        return f"an integer >= {self.low}"

    def contains(self, value):
        return (value >= self.low) & is_whole(value)

    def constrain(self, unconstrained):
        return self.low + jax.nn.softplus(unconstrained)

    def interior(self, value):
        return jnp.full_like(value, self.low)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return (self.low + jax.random.randint(key, shape, 0, 6)).astype(dtype)


class Integers(IntegersFrom):
    """{..., -1, 0, 1, ...}."""

    low: Any = -math.inf

    @property
    def description(self):
        return "an integer"

    def constrain(self, unconstrained):
        return unconstrained

    def interior(self, value):
        return jnp.zeros_like(value)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return jax.random.randint(key, shape, -3, 4).astype(dtype)


class IntegerRange(AbstractSupport):
    """{low, ..., high}, both ends included."""

    low: Any = 0
    high: Any = 1
    discrete = True

    @property
    def description(self):
        return f"an integer in {{{self.low}, ..., {self.high}}}"

    def contains(self, value):
        return (value >= self.low) & (value <= self.high) & is_whole(value)

    def constrain(self, unconstrained):
        return self.low + (self.high - self.low) * jax.nn.sigmoid(unconstrained)

    def interior(self, value):
        return jnp.zeros_like(value) + self.low

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return jax.random.randint(key, shape, self.low, self.high + 1).astype(dtype)


class Atoms(AbstractSupport):
    """The values that stand along one axis of an array (*batch, count, *event): any numbers, vectors or matrices."""

    values: Any
    rank: int = static(default=0)
    """Number of axes of one value."""
    discrete = True
    description = "one of the atoms"

    @property
    def event_rank(self):
        return self.rank

    @property
    def low(self):
        """The least of numbers."""
        return jnp.min(jnp.asarray(self.values), -1)

    @property
    def high(self):
        """The greatest of numbers."""
        return jnp.max(jnp.asarray(self.values), -1)

    def contains(self, value):
        value, values = jnp.expand_dims(value, -self.rank - 1), jnp.asarray(self.values)
        values = values.reshape((1,) * (value.ndim - values.ndim) + values.shape)
        return (value == values).all(tuple(range(-self.rank, 0))).any(-1)

    def constrain(self, unconstrained):
        return jax.nn.sigmoid(unconstrained) * (self._end(-1) - self._end(0)) + self._end(0)

    def interior(self, value):
        return jnp.zeros_like(value) + self._end(0).astype(value.dtype)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return self.interior(jnp.zeros(shape, dtype))

    def _end(self, number: int) -> Array:
        return jnp.take(jnp.asarray(self.values), number, axis=-self.rank - 1)


class Outcomes(Atoms):
    """Given numbers, in the type of the value: a half-precision draw is compared with the outcomes rounded alike."""

    values: Any = static()
    tolerant = True

    def contains(self, value):
        values = np.asarray(self.values).astype(value.dtype)
        return (value[..., None] == values.reshape((1,) * value.ndim + values.shape)).any(-1)


class Permutation(AbstractSupport):
    """Vectors that hold each of 0, ..., n - 1 once."""

    event_rank = 1
    discrete = True
    description = "a permutation of 0, ..., n - 1"

    def contains(self, value):
        return (jnp.sort(value, -1) == self.interior(value)).all(-1)

    def constrain(self, unconstrained):
        return unconstrained

    def interior(self, value):
        return jax.lax.broadcasted_iota(value.dtype, value.shape, value.ndim - 1)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return jax.random.permutation(key, self.interior(jnp.zeros(shape, dtype)), axis=-1)


class CountsOf(AbstractSupport):
    """Vectors of counts that add up to a total."""

    total: Any = 1
    event_rank = 1
    discrete = True
    description = "a vector of counts with the right sum"

    def contains(self, value):
        total = jnp.asarray(self.total)
        total = total.reshape((1,) * (value.ndim - 1 - total.ndim) + total.shape)
        counts = fold(jnp.logical_and, jnp.all, (value >= 0) & (value % 1 == 0))
        return counts & (fold(jnp.add, jnp.sum, value) == total)

    def constrain(self, unconstrained):
        return jnp.asarray(self.total)[..., None] * jax.nn.softmax(unconstrained, axis=-1)

    def interior(self, value):
        first = jnp.arange(value.shape[-1]) == 0
        first = first.reshape((1,) * (value.ndim - 1) + first.shape)
        return jnp.where(first, jnp.asarray(self.total, value.dtype)[..., None], jnp.zeros_like(value))

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.interior(jnp.zeros(shape, dtype))
