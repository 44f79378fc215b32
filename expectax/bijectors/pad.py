"""An array with constant margins.

    y = x inside, c in the margins;   log |det| = 0, as a map onto the entries inside

Accuracy   exact.
"""

from collections.abc import Sequence
from typing import final

import jax.numpy as jnp
import numpy as np

from .. import _errors, supports
from .._module import static
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ._bijector import check_event
from ._volume_preserving import AbstractVolumePreserving
from .block import product


@final
class Pad(AbstractVolumePreserving):
    """Arrays onto those of a larger shape whose margins hold one number; the inverse drops the margins unseen.

    Args:
        paddings: the widths (before, after) of the margins along each of the last axes, integers >= 0.
        constant_values: c.

    Shapes: event of len(paddings) axes; constant_values has the batch shape.

    Raises:
        ParameterError: paddings are not such pairs.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Pad().forward(np.array([1.0, 2.0])).tolist()
        [1.0, 2.0, 0.0]
    """

    paddings: Sequence[Sequence[int]] = static(default=((0, 1),))
    constant_values: ParameterArray = parameter(supports.real, default=0.0)

    def __post_init__(self):
        pairs = tuple(tuple(pair) for pair in self.paddings)
        if not pairs or not all(len(pair) == 2 and all(type(n) is int and n >= 0 for n in pair) for pair in pairs):
            wanted = "pairs of integers >= 0, one an axis"
            raise _errors.bad_parameter(self._label, "paddings", repr(self.paddings), wanted)
        object.__setattr__(self, "paddings", pairs)
        super().__post_init__()

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(supports.real, len(self.paddings))

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Padded(self.paddings, self.constant_values)  # pyright: ignore[reportArgumentType]

    @property
    def _event_ranks(self) -> tuple[int, int]:
        return len(self.paddings), len(self.paddings)

    def _moved(self, x: Array) -> Array:
        inside = np.pad(np.ones(x.shape, bool), self.paddings)
        return jnp.where(inside, jnp.pad(x, self.paddings), self.constant_values)

    def _moved_back(self, y: Array) -> Array:
        return y[tuple(slice(low, n - high) for n, (low, high) in zip(y.shape, self.paddings, strict=True))]

    def _forward_shape(self, shape: Shape) -> Shape:
        return tuple(n + low + high for n, (low, high) in zip(shape, self.paddings, strict=True))

    def _inverse_shape(self, shape: Shape) -> Shape:
        inner = tuple(n - low - high for n, (low, high) in zip(shape, self.paddings, strict=True))
        check_event(self, shape, min(inner) >= 0, f"at least the margins {self.paddings}")
        return inner
