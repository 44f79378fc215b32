"""Multiplication of a vector entry by entry.

    y_i = d_i x_i,   log |det ∂y/∂x| = Σ_i log |d_i|

Accuracy   both directions to 1 ulp, log-determinants to 1 ulp of the sum of the terms' sizes.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ..numerics import divide
from ._bijector import AbstractBijector, check_event


@final
class DiagLinear(AbstractBijector):
    """Vectors onto vectors by a diagonal matrix.

    Args:
        scale_diag: d, factors of either sign; not 0, where the map is not invertible.

    Shapes: scale_diag (..., n); event (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.DiagLinear(np.array([2.0, -4.0])).inverse(np.ones(2)).tolist()
        [0.5, -0.25]
    """

    scale_diag: ParameterArray = parameter(supports.real_vector)

    affine = True
    domain = supports.real_vector
    codomain = supports.real_vector

    def _log_det(self) -> Array:
        return jnp.log(jnp.abs(self.scale_diag)).sum()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.scale_diag * x, self._log_det()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return divide(y, self.scale_diag), -self._log_det()

    def _forward_shape(self, shape: Shape) -> Shape:
        n = jnp.shape(self.scale_diag)[-1]
        check_event(self, shape, shape == (n,), f"({n},)")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
