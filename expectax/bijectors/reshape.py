"""The entries of an array in an array of another shape, row by row.

log |det ∂y/∂x| = 0

Accuracy   exact.
"""

import math
from collections.abc import Sequence
from typing import final

from .. import _errors
from .._module import static
from .._typing import Array, Shape
from ._bijector import check_event
from ._volume_preserving import AbstractRearrangement


@final
class Reshape(AbstractRearrangement):
    """Another shape of the event.

    Args:
        event_shape_out: of y; at most one size may be -1, which stands for what is left.
        event_shape_in: of x, likewise; by default a vector.

    Raises:
        ParameterError: not such shapes.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Reshape((2, 3)).forward(np.arange(6.0)).tolist()
        [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    """

    event_shape_out: Sequence[int] = static()
    event_shape_in: Sequence[int] = static(default=(-1,))

    def __post_init__(self):
        for name in ("event_shape_out", "event_shape_in"):
            shape = getattr(self, name)
            whole = isinstance(shape, list | tuple) and all(type(n) is int and n >= -1 for n in shape)
            if not whole or shape.count(-1) > 1:
                wanted = "a tuple of integers >= 0, of which one may be -1"
                raise _errors.bad_parameter(self._label, name, repr(shape), wanted)
            object.__setattr__(self, name, tuple(shape))
        sizes = [math.prod(s) for s in (self.event_shape_out, self.event_shape_in) if -1 not in s]
        if len(set(sizes)) > 1:
            shown = f"{self.event_shape_out} for {self.event_shape_in}"
            raise _errors.bad_parameter(self._label, "event_shape_out", shown, "a shape of as many entries")

    @property
    def _event_ranks(self) -> tuple[int, int]:
        return len(self.event_shape_in), len(self.event_shape_out)

    def _moved(self, x: Array) -> Array:
        return x.reshape(self._forward_shape(x.shape))

    def _moved_back(self, y: Array) -> Array:
        return y.reshape(self._inverse_shape(y.shape))

    def _forward_shape(self, shape: Shape) -> Shape:
        return self._filled(shape, tuple(self.event_shape_in), tuple(self.event_shape_out))

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._filled(shape, tuple(self.event_shape_out), tuple(self.event_shape_in))

    def _filled(self, shape: Shape, wanted: Shape, result: Shape) -> Shape:
        """The resulting shape, after a look at the one that came."""
        fits = len(shape) == len(wanted) and all(n in (m, -1) for n, m in zip(wanted, shape, strict=True))
        size = math.prod(shape)
        known = math.prod(n for n in result if n >= 0)
        fits = fits and (size == known if -1 not in result else known > 0 and size % known == 0)
        check_event(self, shape, fits, f"{wanted}, to become {result}")
        return tuple(size // known if n < 0 else n for n in result)
