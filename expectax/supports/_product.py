"""The product of a support with itself over several axes."""

from typing import Any

import jax.numpy as jnp

from .._module import static
from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class Product(AbstractSupport):
    """Arrays whose lanes each lie in `base`: `ranks` axes of lanes in front of the base's event."""

    base: AbstractSupport
    ranks: int = static()

    @property
    def event_rank(self):
        return self.base.event_rank + self.ranks

    @property
    def discrete(self):
        return self.base.discrete

    @property
    def cheap(self):
        return self.base.cheap

    @property
    def tolerant(self):
        return self.base.tolerant

    @property
    def whole_space(self):
        return self.base.whole_space

    @property
    def bounds(self):
        return self.base.bounds

    @property
    def description(self):
        return f"an array of lanes, each {self.base.description}" if self.ranks else self.base.description

    def contains(self, value):
        return self.base.contains(value).all(tuple(range(-self.ranks, 0)))

    def constrain(self, unconstrained):
        return self.base.constrain(unconstrained)

    def unconstrain(self, value):
        return self.base.unconstrain(value)

    def inside(self, value):
        return self.base.inside(value)

    def interior(self, value):
        return self.base.interior(value)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.base.random_point(key, shape, dtype)
