"""Shapes as TFP on JAX hands them out: a tuple that also answers TensorFlow's questions."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from ..._typing import Array


class TensorShape(tuple):
    """A fully known shape."""

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    ndims = rank

    @property
    def dims(self) -> list[int]:
        """The sizes."""
        return list(self)

    def as_list(self) -> list[int]:
        """The sizes."""
        return list(self)

    def num_elements(self) -> int:
        """The number of elements of an array of this shape."""
        return math.prod(self)

    def concatenate(self, other: Any) -> "TensorShape":
        """This shape's axes, then the other's."""
        return TensorShape((*self, *as_shape(other)))

    def is_fully_defined(self) -> bool:
        """Always: JAX knows its shapes."""
        return True

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two are equal."""
        return tuple(self) == as_shape(other)

    def __add__(self, other: Any) -> "TensorShape":
        return self.concatenate(other)

    def __radd__(self, other: Any) -> "TensorShape":
        return TensorShape(as_shape(other)).concatenate(self)

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return TensorShape(found) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        return f"TensorShape({list(self)})"


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape from anything that TFP takes for one: a size, a list, an array of sizes."""
    if isinstance(shape, np.ndarray) or hasattr(shape, "__jax_array__") or hasattr(shape, "dtype"):
        shape = np.asarray(shape).tolist()
    return tuple(map(int, shape)) if isinstance(shape, tuple | list) else (int(shape),)


def added(terms: Any) -> Array:
    """The sum of numbers and arrays, broadcast to one shape; 0 of none."""
    arrays = [jnp.asarray(t) for t in terms]
    shape = np.broadcast_shapes(*(t.shape for t in arrays))
    wide = [jnp.broadcast_to(t, shape) for t in arrays]
    return sum(wide[1:], wide[0]) if wide else jnp.zeros(())
