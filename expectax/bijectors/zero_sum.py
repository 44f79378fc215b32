"""Arrays with zero sums, by a rotation.

    y_i = x_i - s/(n + √n)  for i < n,   y_n = -s/√n,   s = Σ_i x_i   along each of the axes

which is the reflection of (x, 0) that takes the last axis to the diagonal: lengths stay, and so the log-determinant is 0 as
a map onto the subspace with its own volume, of which ZeroSumNormal's density is one.

Accuracy   1 ulp of Σ |x_i|.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import _errors, supports
from .._module import static
from .._typing import Array, Shape
from ._bijector import check_event
from ._volume_preserving import AbstractVolumePreserving
from .block import product


@final
class ZeroSum(AbstractVolumePreserving):
    """Arrays onto arrays with one more entry and sum 0 along each axis: NumPyro's `ZeroSumTransform`.

    Args:
        ranks: along how many of the last axes. An integer >= 1.

    Shapes: event of `ranks` axes, each one shorter in x than in y.

    Raises:
        ParameterError: ranks is not such an integer.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.ZeroSum().forward(np.zeros(2)).shape
        (3,)
    """

    ranks: int = static(default=1)

    def __post_init__(self):
        if isinstance(self.ranks, bool) or not isinstance(self.ranks, int) or self.ranks < 1:
            raise _errors.bad_parameter(self._label, "ranks", repr(self.ranks), "an integer >= 1")

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(supports.real, self.ranks)

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.ZeroSum(self.ranks)

    def _moved(self, x: Array) -> Array:
        for axis in range(self.ranks):
            n = x.shape[axis] + 1
            total = x.sum(axis, keepdims=True)
            x = jnp.concatenate([x - total / (n + math.sqrt(n)), -total / math.sqrt(n)], axis)
        return x

    def _moved_back(self, y: Array) -> Array:
        for axis in range(self.ranks):
            n = y.shape[axis]
            rest, last = jnp.split(y, [n - 1], axis)
            y = rest - last / (1 + math.sqrt(n))
        return y

    def _forward_shape(self, shape: Shape) -> Shape:
        return tuple(n + 1 for n in shape)

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, all(n > 0 for n in shape), "at least 1 entry along each axis")
        return tuple(n - 1 for n in shape)
