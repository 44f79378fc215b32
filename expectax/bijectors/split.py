"""An array cut into parts.

    y_1, ..., y_k = consecutive parts of x along an axis,   log |det ∂y/∂x| = 0

Accuracy   exact.
"""

import itertools
from collections.abc import Sequence
from typing import final

import jax.numpy as jnp

from .. import _errors
from .._module import static
from .._typing import Array, ArrayLike
from ._of_trees import AbstractTreeBijector


@final
class Split(AbstractTreeBijector):
    """An array onto a tuple of arrays. The inverse joins them.

    Args:
        split_sizes: how many entries of x each part takes.
        axis: along which, counted from the last: a negative integer.

    Shapes: event of -axis axes.

    Raises:
        ParameterError: sizes that are not integers >= 0, or not such an axis.
        ShapeError: x is not as long as the sizes together.

    Example:
        >>> import expectax as ex, numpy as np
        >>> [part.tolist() for part in ex.bijectors.Split((1, 2)).forward(np.array([1.0, 2.0, 3.0]))]
        [[1.0], [2.0, 3.0]]
    """

    split_sizes: Sequence[int] = static()
    axis: int = static(default=-1)

    def __post_init__(self):
        name, sizes = type(self).__name__, tuple(self.split_sizes)
        if not sizes or not all(type(n) is int and n >= 0 for n in sizes):
            raise _errors.bad_parameter(name, "split_sizes", repr(sizes), "integers >= 0, at least one")
        if type(self.axis) is not int or self.axis >= 0:
            raise _errors.bad_parameter(name, "axis", repr(self.axis), "a negative integer")
        object.__setattr__(self, "split_sizes", sizes)

    def forward_and_log_det(self, x: ArrayLike) -> tuple[tuple[Array, ...], Array]:
        """(y, log |det ∂y/∂x|)."""
        x, total = jnp.asarray(x), sum(self.split_sizes)
        if x.ndim < -self.axis or x.shape[self.axis] != total:
            raise _errors.bad_bijector_event(type(self).__name__, x.shape, f"{total} entries along axis {self.axis}")
        ends = list(itertools.accumulate(self.split_sizes))[:-1]
        return tuple(jnp.split(x, ends, self.axis)), self._log_det(x)

    def inverse_and_log_det(self, y: Sequence[ArrayLike]) -> tuple[Array, Array]:
        """(x, log |det ∂x/∂y|)."""
        x = jnp.concatenate([jnp.asarray(part) for part in y], self.axis)
        return x, self._log_det(x)

    def _log_det(self, x: Array) -> Array:
        return jnp.zeros(x.shape[: x.ndim + self.axis], jnp.result_type(x))
