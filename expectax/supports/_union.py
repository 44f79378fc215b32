"""The union of several sets of one kind."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._module import static
from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class Union(AbstractSupport):
    """Values that lie in at least one of the sets that `base` holds along an axis of its leaves.

    The axis stands `ranks` axes from the right, in leaves that have as many; others are shared by all sets.
    """

    base: AbstractSupport
    ranks: int = static(default=1)

    @property
    def event_rank(self):
        return self.base.event_rank

    @property
    def discrete(self):
        return self.base.discrete

    @property
    def cheap(self):
        return self.base.cheap

    @property
    def description(self):
        return f"in one of several sets, each {self.base.description}"

    @property
    def low(self):
        """The least end of all sets."""
        return self._over(getattr(self.base, "low", -math.inf), jnp.min)

    @property
    def high(self):
        """The greatest end of all sets."""
        return self._over(getattr(self.base, "high", math.inf), jnp.max)

    def _over(self, end: Any, extreme: Any) -> Any:
        return extreme(end, -self.ranks) if jnp.ndim(end) >= self.ranks else end

    def contains(self, value):
        value = jnp.expand_dims(jnp.asarray(value), -self.ranks)
        return self._aligned(value.ndim).contains(value).any(-1)

    def _aligned(self, ndim: int) -> AbstractSupport:
        return jax.tree.map(lambda v: jnp.reshape(v, (1,) * (ndim - jnp.ndim(v)) + jnp.shape(v)), self.base)

    def constrain(self, unconstrained):
        return self._first(self.base.constrain(jnp.expand_dims(unconstrained, -self.ranks)))

    def interior(self, value):
        value = jnp.expand_dims(value, -self.ranks)
        return self._first(self._aligned(value.ndim).interior(value))

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        place = len(shape) + 1 - self.ranks
        return self._first(self.base.random_point(key, (*shape[:place], 1, *shape[place:]), dtype))

    def _first(self, points: Array) -> Array:
        return jax.lax.index_in_dim(points, 0, points.ndim - self.ranks, keepdims=False)
