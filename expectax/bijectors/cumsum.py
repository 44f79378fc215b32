"""Running sums along an axis.

    y_i = x_0 + ... + x_i,   log |det ∂y/∂x| = 0

Accuracy   forward to the rounding of the sum of sizes; the inverse's differences to 1 ulp of the entries of y.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._module import static
from .._typing import Array
from ._volume_preserving import AbstractVolumePreserving, check_axis
from .block import product


@final
class Cumsum(AbstractVolumePreserving):
    """Steps to a path.

    Args:
        axis: along which entries are summed, counted from the last: a negative integer.

    Shapes: event of -axis axes.

    Raises:
        ParameterError: not such an axis.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Cumsum().forward(np.array([1.0, 2.0, 3.0])).tolist()
        [1.0, 3.0, 6.0]
    """

    axis: int = static(default=-1)

    def __post_init__(self):
        check_axis(self, self.axis)

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(supports.real, -self.axis)

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.domain

    def _moved(self, x: Array) -> Array:
        return jnp.cumsum(x, 0)

    def _moved_back(self, y: Array) -> Array:
        return jnp.concatenate([y[:1], y[1:] - y[:-1]])
