"""Power.

    y = xᵖ,   log |dy/dx| = log |p| + (p - 1) log x

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import xlogy
from ._bijector import AbstractBijector


@final
class Power(AbstractBijector):
    """The positive numbers onto themselves.

    Args:
        power: p, of either sign. Not zero, where the map is not invertible and the log-determinant -inf.

    Shapes: power has the batch shape; event ().

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Power(3.0).inverse(8.0))
        2.0
    """

    power: ParameterArray = parameter(supports.real)

    domain = supports.positive
    codomain = supports.positive

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return x**self.power, jnp.log(jnp.abs(self.power)) + xlogy(self.power - 1, x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        inverse = 1 / self.power
        return y**inverse, xlogy(inverse - 1, y) - jnp.log(jnp.abs(self.power))

    def _increases(self) -> Array:
        return jnp.asarray(self.power) > 0
