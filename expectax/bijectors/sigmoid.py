"""Logistic function onto an interval.

    y = l + (h - l) σ(x),   σ(x) = 1/(1 + e⁻ˣ),   log |dy/dx| = log(h - l) + log σ(x) + log σ(-x)

Accuracy   2 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import log_logistic_density, log_ratio
from ._bijector import AbstractBijector


@final
class Sigmoid(AbstractBijector):
    """The reals onto (low, high).

    Args:
        low: l, the lower end. Real.
        high: h, the upper end; above `low`.

    Shapes: low, high broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Sigmoid(1.0, 3.0).forward(0.0))
        2.0
    """

    low: ParameterArray = parameter(supports.real, default=0.0)

    smoothness = 9
    high: ParameterArray = parameter(supports.real, default=1.0, within=supports.above("low"))

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Interval(self.low, self.high, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        width, lower = self.high - self.low, x < 0
        step = width * jax.nn.sigmoid(jnp.where(lower, x, -x))  # from the nearer end, to keep its digits
        return jnp.where(lower, self.low + step, self.high - step), jnp.log(width) + log_logistic_density(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        below, above = y - self.low, self.high - y
        log_det = jnp.log(self.high - self.low) - jnp.log(below) - jnp.log(above)
        return log_ratio(below, above), log_det

    def _increases(self) -> bool:
        return True
