"""Surfaces and subspaces: unit vectors, logarithms of probabilities, arrays with zero sums."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._module import static
from .._typing import Array, Key, Shape
from ._support import AbstractSupport
from ._vector import sums_to_one


class Sphere(AbstractSupport):
    """Unit vectors of R^n (to the rounding of their dtype)."""

    event_rank = 1
    description = "a vector of length 1"
    tolerant = True

    def contains(self, value):
        return sums_to_one(value * value)

    def constrain(self, unconstrained):
        return unconstrained / jnp.sqrt((unconstrained * unconstrained).sum(-1, keepdims=True))

    def unconstrain(self, value):
        return value  # one of many

    def interior(self, value):
        return jnp.zeros_like(value).at[..., 0].set(1)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))


class LogSimplex(AbstractSupport):
    """Logarithms of probability vectors: reals whose exponentials sum to 1 (to the rounding of their dtype)."""

    event_rank = 1
    description = "a vector of log-probabilities whose exponentials sum to 1"
    tolerant = True

    def contains(self, value):
        xp = jnp if isinstance(value, jax.Array) else np
        wide = value.astype(np.float32) if value.dtype.itemsize < 4 else value
        # a logarithm near -log n is itself rounded
        return sums_to_one(xp.exp(wide), value.dtype, 1 + math.log(max(value.shape[-1], 1)))

    def constrain(self, unconstrained):
        return jax.nn.log_softmax(unconstrained, axis=-1)

    def unconstrain(self, value):
        return value  # one of many

    def interior(self, value):
        return jnp.full_like(value, -math.log(value.shape[-1]))

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))


class ZeroSum(AbstractSupport):
    """Arrays with a zero sum along each of their `ranks` axes (to the rounding of their dtype)."""

    ranks: int = static(default=1)
    tolerant = True

    @property
    def event_rank(self):
        return self.ranks

    @property
    def description(self):
        return "a vector with sum 0" if self.ranks == 1 else "an array with sum 0 along each axis"

    def contains(self, value):
        axes = tuple(range(-self.ranks, 0))
        wide = value.astype(np.float32) if value.dtype.itemsize < 4 else value
        eps = max(float(jnp.finfo(value.dtype).eps), 2.0**-23)
        size = abs(wide).max(axes, keepdims=True)
        inside = (size >= 0).all(axes)  # NaN
        for axis in axes:
            bound = 8 * eps * math.sqrt(value.shape[axis]) * size
            inside = inside & (abs(wide.sum(axis, keepdims=True)) <= bound).all(axes)
        return inside

    def constrain(self, unconstrained):
        for axis in 2 * tuple(range(-self.ranks, 0)):  # once more: what is left may be small against what was taken off
            unconstrained = unconstrained - unconstrained.mean(axis, keepdims=True)
        return unconstrained

    def unconstrain(self, value):
        return value  # one of many

    def interior(self, value):
        return jnp.zeros_like(value)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))
