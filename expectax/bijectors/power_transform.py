"""Inverse of the Box-Cox transformation.

    y = (1 + p x)^(1/p), eˣ at p = 0,   log |dy/dx| = (1 - p) log(1 + p x)/p

Accuracy   2 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
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

    smoothness = 9
    codomain = supports.positive

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        zero, one = jnp.asarray(0.0), jnp.asarray(1.0)
        ends = (tail_end(zero, one, self.power, upper=upper) for upper in (False, True))
        return supports.Interval(*ends, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        far = jnp.abs(x) == jnp.inf
        log_y = jnp.where(far, x, log1p_scaled(jnp.where(far, 0.0, x), self.power))
        return jnp.exp(log_y), self._log_det(log_y, far)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        edge, (low, high) = (y == 0) | (y == jnp.inf), self.domain.bounds
        log_y = jnp.log(y)
        x = expm1_scaled(jnp.where(edge, 0.0, log_y), self.power)
        return jnp.where(edge, jnp.where(y == 0, low, high), x), -self._log_det(log_y, edge)

    def _log_det(self, log_y: Array, end: Array) -> Array:
        return jnp.where(end & (self.power == 1), 0.0, (1 - self.power) * log_y)

    def _increases(self) -> bool:
        return True
