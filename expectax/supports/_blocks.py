"""Vectors made of blocks, each with a support of its own."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._module import static
from .._typing import Array, Key, Shape
from ._support import AbstractSupport


class Blocks(AbstractSupport):
    """Vectors whose consecutive blocks, read as arrays of the given shapes, lie each in its own set."""

    parts: tuple
    """One support a block."""
    shapes: tuple = static()
    """Shape of each block's event."""
    event_rank = 1
    cheap = False
    description = "a vector of blocks, each with a support of its own"

    @property
    def discrete(self):
        return all(part.discrete for part in self.parts)

    @property
    def whole_space(self):
        return all(part.whole_space for part in self.parts)

    def split(self, value: Any) -> list:
        """The blocks of vectors, as events."""
        blocks, start = [], 0
        for shape in self.shapes:
            end = start + math.prod(shape)
            blocks.append(value[..., start:end].reshape(*value.shape[:-1], *shape))
            start = end
        return blocks

    def _joined(self, blocks: list) -> Array:
        pairs = zip(blocks, self.shapes, strict=True)
        return jnp.concatenate([b.reshape(*b.shape[: b.ndim - len(s)], math.prod(s)) for b, s in pairs], -1)

    def _each(self, method: str, value: Array) -> Array:
        blocks = zip(self.parts, self.split(value), strict=True)
        return self._joined([getattr(part, method)(block) for part, block in blocks])

    def contains(self, value):
        tests = [part.contains(block) for part, block in zip(self.parts, self.split(value), strict=True)]
        inside = tests[0]
        for test in tests[1:]:
            inside = inside & test
        return inside

    def constrain(self, unconstrained):
        return self._each("constrain", unconstrained)

    def interior(self, value):
        return self._each("interior", value)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        keys = jax.random.split(key, len(self.parts))
        points = zip(self.parts, keys, self.shapes, strict=True)
        return self._joined([part.random_point(k, (*shape[:-1], *s), dtype) for part, k, s in points])
