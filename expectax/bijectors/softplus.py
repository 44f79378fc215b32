"""Softplus.

    y = l + c log(1 + e^(x/c)),   log |dy/dx| = log σ(x/c)

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
Source     Dugas et al., "Incorporating second-order functional knowledge for better option pricing" (2001).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import divide, log1mexp, log1pexp, log_sigmoid, softplus_inverse
from ._bijector import AbstractBijector


@final
class Softplus(AbstractBijector):
    """The reals onto the numbers above `low`: like the exponential far below 0, like x far above.

    Args:
        hinge_softness: c, the width of the bend at 0; same unit as x. Positive.
        low: l, the lower end. Real.

    Shapes: hinge_softness, low broadcast to the batch; event ().

    Raises:
        ParameterError: hinge_softness is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.Softplus().forward(0.0)), 4)
        0.6931
    """

    hinge_softness: ParameterArray = parameter(supports.positive, default=1.0)
    low: ParameterArray = parameter(supports.real, default=0.0)

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Interval(self.low, jnp.inf, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        z = divide(x, self.hinge_softness)
        return self.low + self.hinge_softness * log1pexp(z), log_sigmoid(z)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        rise = divide(y - self.low, self.hinge_softness)
        return self.hinge_softness * softplus_inverse(rise), -log1mexp(-rise)

    def _increases(self) -> bool:
        return True
