"""Distribution function of Gompertz' law.

    y = 1 - exp(-c (e^(λx) - 1)),   x >= 0,   log |dy/dx| = log cλ + λx - c (e^(λx) - 1)

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import expm1, log1m, log1p
from ._bijector import AbstractBijector


@final
class GompertzCDF(AbstractBijector):
    """The numbers from 0 on onto [0, 1].

    Args:
        concentration: c, the hazard at 0 in units of the rate. Positive.
        rate: λ; its inverse has the unit of x. Positive.

    Shapes: concentration, rate broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.GompertzCDF(1.0, 2.0).forward_log_det(0.0)), 4)
        0.6931
    """

    concentration: ParameterArray = parameter(supports.positive)
    rate: ParameterArray = parameter(supports.positive, default=1.0)

    domain = supports.nonnegative
    codomain = supports.unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        t, log_c = self.rate * x, jnp.log(self.concentration)
        far = log_c + t > math.log(jnp.finfo(x.dtype).max) - 1
        inner = jnp.where(far, 0.0, t)
        hazard = self.concentration * expm1(inner)
        log_det = log_c + jnp.log(self.rate) + inner - hazard
        return jnp.where(far, 1.0, -expm1(-hazard)), jnp.where(far, -jnp.inf, log_det)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        end = y == 1
        hazard = -log1m(jnp.where(end, 0.5, y))
        t = log1p(hazard / self.concentration)
        x = t / self.rate
        log_det = hazard - t - jnp.log(self.concentration) - jnp.log(self.rate)
        return jnp.where(end, x + jnp.inf, x), jnp.where(end, log_det + jnp.inf, log_det)

    def _increases(self) -> bool:
        return True
