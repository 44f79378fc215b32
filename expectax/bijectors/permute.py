"""Permutation of the entries along an axis.

    y_i = x_(p_i),   log |det ∂y/∂x| = 0

Accuracy   exact.
"""

from collections.abc import Sequence
from typing import final

import jax.numpy as jnp
import numpy as np

from .. import _errors
from .._module import static
from .._typing import Array, Shape
from ._bijector import check_event
from ._volume_preserving import AbstractRearrangement, check_axis


@final
class Permute(AbstractRearrangement):
    """Entries in another order, which is part of the structure and not a parameter.

    Args:
        permutation: p, the integers 0, ..., n - 1 in any order.
        axis: along which entries move, counted from the last: a negative integer.

    Shapes: event of -axis axes, of which the first has n entries.

    Raises:
        ParameterError: not a permutation, or not such an axis.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Permute([2, 0, 1]).forward(np.array([1.0, 2.0, 3.0])).tolist()
        [3.0, 1.0, 2.0]
    """

    permutation: Sequence[int] = static()
    axis: int = static(default=-1)

    def __post_init__(self):
        order = np.asarray(self.permutation)
        if order.ndim != 1 or not np.array_equal(np.sort(order), np.arange(order.size)):
            shown = repr(self.permutation)[:80]
            raise _errors.bad_parameter(self._label, "permutation", shown, "the integers 0, ..., n - 1 in any order")
        object.__setattr__(self, "permutation", tuple(int(i) for i in order))
        check_axis(self, self.axis)

    @property
    def _event_ranks(self) -> tuple[int, int]:
        return -self.axis, -self.axis

    def _moved(self, x: Array) -> Array:
        return jnp.take(x, np.array(self.permutation, int), axis=0)

    def _moved_back(self, y: Array) -> Array:
        return jnp.take(y, np.argsort(np.array(self.permutation, int)), axis=0)

    def _forward_shape(self, shape: Shape) -> Shape:
        n = len(self.permutation)
        check_event(self, shape, shape[:1] == (n,), f"{n} entries along axis {self.axis}")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
