"""Reflection at a hyperplane through 0.

    y = x - 2 v (v·x) / (v·v),   log |det ∂y/∂x| = 0   (the determinant is -1)

Accuracy   a few ulp of |x|.
Source     Householder, "Unitary triangularization of a nonsymmetric matrix" (1958).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ._bijector import check_event
from ._volume_preserving import AbstractVolumePreserving


@final
class Householder(AbstractVolumePreserving):
    """Vectors onto vectors of the same length; its own inverse.

    Args:
        reflection_axis: v, what is mapped to its negative; of any length but 0.

    Shapes: reflection_axis (..., n); event (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Householder(np.array([0.0, 2.0])).forward(np.array([3.0, 4.0])).tolist()
        [3.0, -4.0]
    """

    reflection_axis: ParameterArray = parameter(supports.real_vector)

    domain = supports.real_vector
    codomain = supports.real_vector

    def _moved(self, x: Array) -> Array:
        axis = self.reflection_axis / jnp.abs(self.reflection_axis).max(initial=0.0)  # squares stay in range
        return x - axis * (2 * (axis @ x) / (axis @ axis))

    def _moved_back(self, y: Array) -> Array:
        return self._moved(y)

    def _forward_shape(self, shape: Shape) -> Shape:
        n = jnp.shape(self.reflection_axis)[-1]
        check_event(self, shape, shape == (n,), f"({n},)")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
