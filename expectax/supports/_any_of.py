"""The union of a few sets, each of a kind of its own."""

import functools
import operator
from typing import Any

import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class AnyOf(AbstractSupport):
    """Values that lie in at least one of several sets of one event rank, all discrete or none."""

    sets: tuple[AbstractSupport, ...]

    @property
    def event_rank(self):
        return self.sets[0].event_rank

    @property
    def discrete(self):
        return self.sets[0].discrete

    @property
    def cheap(self):
        return all(s.cheap for s in self.sets)

    @property
    def tolerant(self):
        return any(s.tolerant for s in self.sets)

    @property
    def whole_space(self):
        return any(s.whole_space for s in self.sets)

    @property
    def description(self):
        return " or ".join(dict.fromkeys(s.description for s in self.sets))

    @property
    def bounds(self):
        return self.low, self.high

    @property
    def low(self):
        """The least end of all sets."""
        return _extreme([getattr(s, "low", s.bounds[0]) for s in self.sets], min, jnp.minimum)

    @property
    def high(self):
        """The greatest end of all sets."""
        return _extreme([getattr(s, "high", s.bounds[1]) for s in self.sets], max, jnp.maximum)

    def contains(self, value):
        return functools.reduce(operator.or_, (s.contains(value) for s in self.sets))

    def constrain(self, unconstrained):
        return self.sets[0].constrain(unconstrained)

    def interior(self, value):
        return self.sets[0].interior(value)

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return self.sets[0].random_point(key, shape, dtype)


def _extreme(ends: list, of_numbers: Any, of_arrays: Any) -> Any:
    """Of Python numbers as such a number, so that it can be told without running anything."""
    if all(isinstance(end, int | float) for end in ends):
        return of_numbers(ends)
    return functools.reduce(of_arrays, ends)
