"""Entries along an axis in reverse.

    y_i = x_(n - 1 - i),   log |det ∂y/∂x| = 0

Accuracy   exact.
"""

from typing import final

from .._module import static
from .._typing import Array
from ._volume_preserving import AbstractRearrangement, check_axis


@final
class Flip(AbstractRearrangement):
    """Entries in reverse order; its own inverse.

    Args:
        axis: along which entries are reversed, counted from the last: a negative integer.

    Shapes: event of -axis axes.

    Raises:
        ParameterError: not such an axis.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Flip().forward(np.array([1.0, 2.0, 3.0])).tolist()
        [3.0, 2.0, 1.0]
    """

    axis: int = static(default=-1)

    def __post_init__(self):
        check_axis(self, self.axis)

    @property
    def _event_ranks(self) -> tuple[int, int]:
        return -self.axis, -self.axis

    def _moved(self, x: Array) -> Array:
        return x[::-1]

    def _moved_back(self, y: Array) -> Array:
        return y[::-1]
