"""Axes of an array in another order.

    y[i_(p_1), ..., i_(p_k)] = x[i_1, ..., i_k],   log |det ∂y/∂x| = 0

Accuracy   exact.
"""

from collections.abc import Sequence
from typing import final

import jax.numpy as jnp
import numpy as np

from .. import _errors
from .._module import static
from .._typing import Array, Shape
from ._volume_preserving import AbstractRearrangement


@final
class Transpose(AbstractRearrangement):
    """The last axes of an array permuted.

    Args:
        perm: p, the axis of x that each axis of y is: the integers 0, ..., k - 1 in any order. By default those of a matrix.

    Shapes: event of k axes.

    Raises:
        ParameterError: not a permutation.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Transpose().forward(np.zeros((2, 3))).shape
        (3, 2)
    """

    perm: Sequence[int] = static(default=(1, 0))

    def __post_init__(self):
        perm = np.asarray(self.perm)
        if perm.ndim != 1 or not np.array_equal(np.sort(perm), np.arange(perm.size)):
            shown = repr(self.perm)[:80]
            raise _errors.bad_parameter(self._label, "perm", shown, "the integers 0, ..., k - 1 in any order")
        object.__setattr__(self, "perm", tuple(int(i) for i in perm))

    @property
    def _event_ranks(self) -> tuple[int, int]:
        return len(self.perm), len(self.perm)

    @property
    def _back(self) -> tuple[int, ...]:
        return tuple(int(i) for i in np.argsort(self.perm))

    def _moved(self, x: Array) -> Array:
        return jnp.transpose(x, tuple(self.perm))

    def _moved_back(self, y: Array) -> Array:
        return jnp.transpose(y, self._back)

    def _forward_shape(self, shape: Shape) -> Shape:
        return tuple(shape[i] for i in self.perm)

    def _inverse_shape(self, shape: Shape) -> Shape:
        return tuple(shape[i] for i in self._back)
