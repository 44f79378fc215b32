"""Triangular matrices whose diagonal may be of either sign."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class LowerTriangular(AbstractSupport):
    """Square matrices with zeros above the diagonal."""

    event_rank = 2
    description = "a lower triangular matrix"

    def contains(self, value):
        n = value.shape[-1]
        above = (np.subtract.outer(np.arange(n), np.arange(n)) < 0).reshape((1,) * (value.ndim - 2) + (n, n))
        return (((value == 0) | ~above) & (value == value)).all((-2, -1))  # noqa: PLR0124  only NaN differs from itself

    def constrain(self, unconstrained):
        return jnp.tril(unconstrained)

    def unconstrain(self, value):
        return value

    def interior(self, value):
        return jnp.zeros_like(value)

    def random_point(self, key: Key, shape: Shape = (3, 3), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))
