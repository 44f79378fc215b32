"""Inverse of the Box-Cox transformation.

    y = (1 + p x)^(1/p), eˣ at p = 0,   log |dy/dx| = (1 - p) log(1 + p x)/p

Accuracy   ACC
Source     Box, Cox, "An analysis of transformations" (1964).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import expm1_scaled, log1p_scaled, tail_end
from ._bijector import AbstractBijector


@final
class PowerTransform(AbstractBijector):
    """The numbers with 1 + p x > 0 onto the positive ones, smoothly through p = 0.

    Args:
        power: p. Real.

    Shapes: power has the batch shape; event ().

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.PowerTransform(2.0).forward(4.0))
        3.0
    """

    power: ParameterArray = parameter(supports.real, default=0.0)

    codomain = supports.positive

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        ends = (tail_end(0.0, 1.0, self.power, upper=upper) for upper in (False, True))
        return supports.Interval(*ends, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        log_y = log1p_scaled(x, self.power)
        return jnp.exp(log_y), (1 - self.power) * log_y

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        log_y = jnp.log(y)
        return expm1_scaled(log_y, self.power), (self.power - 1) * log_y

    def _increases(self) -> bool:
        return True
