"""Arrays with fixed margins, and arrays whose parts along an axis lie in sets of their own."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._module import static
from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class Padded(AbstractSupport):
    """Arrays of reals that equal `value` within `paddings`, the widths (before, after) along each axis."""

    paddings: tuple[tuple[int, int], ...] = static()
    value: Any = 0.0
    description = "an array with constant margins"

    @property
    def event_rank(self):
        return len(self.paddings)

    def inside(self, shape: Shape) -> np.ndarray:
        """Where an array is not padding: a mask of as many axes."""
        mask = np.zeros(shape[len(shape) - self.event_rank :], bool)
        mask[tuple(slice(low, n - high) for n, (low, high) in zip(mask.shape, self.paddings, strict=True))] = True
        return mask.reshape((1,) * (len(shape) - mask.ndim) + mask.shape)

    def contains(self, value):
        value = jnp.asarray(value)
        known = value == value  # noqa: PLR0124  only NaN differs from itself
        right = (value == self._margin(value)) | self.inside(value.shape)
        return (known & right).all(tuple(range(-self.event_rank, 0)))

    def constrain(self, unconstrained):
        return jnp.where(self.inside(unconstrained.shape), unconstrained, self._margin(unconstrained))

    def _margin(self, value: Any) -> Array:
        """The number in the margins, against a value."""
        margin = jnp.asarray(self.value).astype(value.dtype)
        lanes = max(value.ndim - self.event_rank - margin.ndim, 0)
        return margin.reshape((1,) * lanes + margin.shape + (1,) * self.event_rank)

    def unconstrain(self, value):
        return value  # one of many

    def interior(self, value):
        return self.constrain(jnp.zeros_like(value))

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))


class Parts(AbstractSupport):
    """Arrays whose consecutive parts along the event's first axis, of the given sizes, each lie in a set."""

    bases: tuple[AbstractSupport, ...]
    sizes: tuple[int, ...] = static()

    @property
    def event_rank(self):
        return self.bases[0].event_rank

    @property
    def description(self):
        return "an array whose parts are " + ", ".join(base.description for base in self.bases)

    @property
    def discrete(self):
        return any(base.discrete for base in self.bases)

    @property
    def whole_space(self):
        return all(base.whole_space for base in self.bases)

    @property
    def tolerant(self):
        return any(base.tolerant for base in self.bases)

    def split(self, value: Any) -> list[Any]:
        """The parts."""
        ends = [0, *itertools.accumulate(self.sizes)]
        rest = (slice(None),) * (self.event_rank - 1)
        return [value[(..., slice(low, high), *rest)] for low, high in itertools.pairwise(ends)]

    def _each(self, fns: Sequence[Callable[[Array], Array]], value: Array) -> Array:
        parts = [fn(part) for fn, part in zip(fns, self.split(value), strict=True)]
        return jnp.concatenate(parts, -self.event_rank)

    def contains(self, value):
        tests = [base.contains(part) for base, part in zip(self.bases, self.split(value), strict=True)]
        return np.logical_and.reduce(tests) if isinstance(value, np.ndarray) else jnp.stack(tests).all(0)

    def constrain(self, unconstrained):
        return self._each([base.constrain for base in self.bases], unconstrained)

    def unconstrain(self, value):
        return self._each([base.unconstrain for base in self.bases], value)

    def interior(self, value):
        return self._each([base.interior for base in self.bases], value)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        axis = len(shape) - self.event_rank
        points = [
            base.random_point(k, (*shape[:axis], size, *shape[axis + 1 :]), dtype)
            for base, k, size in zip(self.bases, jax.random.split(key, len(self.sizes)), self.sizes, strict=True)
        ]
        return jnp.concatenate(points, axis)
