"""Affine map of numbers.

    y = m + s x,   log |dy/dx| = log |s|

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import standardised
from ._bijector import AbstractBijector


@final
class Affine(AbstractBijector):
    """The reals onto themselves.

    Args:
        shift: m, what 0 is mapped to. Real.
        scale: s, the factor; of either sign. Not zero, where the map is not invertible and the log-determinant -inf.

    Shapes: shift, scale broadcast to the batch; event ().

    Raises:
        ParameterError: the shapes do not broadcast.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Affine(1.0, scale=-2.0).forward(3.0))
        -5.0
    """

    shift: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.real)

    affine = True

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.shift + self.scale * x, jnp.log(jnp.abs(self.scale))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return standardised(y, self.shift, self.scale), -jnp.log(jnp.abs(self.scale))

    def _increases(self) -> Array:
        return jnp.asarray(self.scale) > 0
