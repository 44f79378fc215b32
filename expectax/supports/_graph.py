"""Weights between the vertices of a graph."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array, Key, Shape
from ..numerics import softplus_inverse
from ._real import least_positive
from ._support import AbstractSupport


class Graph(AbstractSupport):
    """Symmetric matrices >= 0 with zeros on the diagonal and no empty row."""

    event_rank = 2
    description = "a symmetric matrix >= 0 with zeros on its diagonal and no empty row"
    cheap = False  # formulas see sums of pairs alone, and an empty row shows as NaN by itself

    def contains(self, value):
        if value.shape[-1] != value.shape[-2]:
            return np.zeros(value.shape[:-2], bool)
        transposed: Any = np.swapaxes(value, -1, -2) if isinstance(value, np.ndarray) else jnp.swapaxes(value, -1, -2)
        eye = np.eye(value.shape[-1], dtype=bool).reshape((1,) * (value.ndim - 2) + value.shape[-2:])
        fits = (value == transposed) & (value >= 0) & ((value == 0) | ~eye)
        return fits.all((-2, -1)) & (value.sum(-1) > 0).all(-1)

    def constrain(self, unconstrained):
        pairs = 0.5 * (unconstrained + jnp.swapaxes(unconstrained, -1, -2))
        return self._hollow(jax.nn.softplus(pairs))

    def unconstrain(self, value):
        """A weight of 0 is taken for the least positive number, so that it has a finite place."""
        edges = self._hollow(jnp.ones_like(value)) > 0
        return jnp.where(edges, softplus_inverse(jnp.maximum(value, least_positive(value.dtype))), 0.0)

    def inside(self, value):
        return self._hollow(jnp.maximum(value, least_positive(value.dtype)))

    def interior(self, value):
        return self._hollow(jnp.ones_like(value))

    def random_point(self, key: Key, shape: Shape = (3, 3), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))

    def _hollow(self, value: Array) -> Array:
        eye = jnp.eye(value.shape[-1], dtype=bool).reshape((1,) * (value.ndim - 2) + value.shape[-2:])
        return jnp.where(eye, 0.0, value)
