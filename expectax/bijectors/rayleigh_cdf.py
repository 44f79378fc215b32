"""Distribution function of Rayleigh's law.

    y = 1 - exp(-z²/2),   z = x/σ >= 0,   log |dy/dx| = log z - z²/2 - log σ

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import divide, expm1, log1m
from ._bijector import AbstractBijector


@final
class RayleighCDF(AbstractBijector):
    """The numbers from 0 on onto [0, 1].

    Args:
        scale: σ; same unit as x. Positive.

    Shapes: scale has the batch shape; event ().

    Raises:
        ParameterError: scale is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.RayleighCDF().forward(1.0)), 4)
        0.3935
    """

    scale: ParameterArray = parameter(supports.positive, default=1.0)

    domain = supports.nonnegative
    codomain = supports.unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        z = divide(x, self.scale)
        far = z == jnp.inf
        inner = jnp.where(far, 1.0, z)
        half_square = 0.5 * inner * inner
        log_det = jnp.log(inner) - half_square - jnp.log(self.scale)
        return jnp.where(far, 1.0, -expm1(-half_square)), jnp.where(far, -jnp.inf, log_det)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        end = y == 1
        hazard = -log1m(jnp.where(end, 0.5, y))
        z = jnp.sqrt(2 * hazard)
        x, log_det = self.scale * z, jnp.log(self.scale) - jnp.log(z) + hazard
        return jnp.where(end, x + jnp.inf, x), jnp.where(end, log_det + jnp.inf, log_det)

    def _increases(self) -> bool:
        return True
