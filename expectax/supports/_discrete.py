"""Integers: counts, ranges and the pair {0, 1}."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class IntegersFrom(AbstractSupport):
    """{low, low + 1, ...}."""

    low: Any = 0
    discrete = True

    @property
    def description(self):
        return f"an integer >= {self.low}"

    def contains(self, value):
        return (value >= self.low) & (value % 1 == 0)

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
        return (value >= self.low) & (value <= self.high) & (value % 1 == 0)

    def constrain(self, unconstrained):
        return self.low + (self.high - self.low) * jax.nn.sigmoid(unconstrained)

    def interior(self, value):
        return jnp.full_like(value, self.low)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return jax.random.randint(key, shape, self.low, self.high + 1).astype(dtype)
