"""Distribution function of Weibull's law.

    y = 1 - exp(-zᵏ),   z = x/λ >= 0,   log |dy/dx| = log k + (k - 1) log z - zᵏ - log λ

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import divide, exp_gap, exponential_cdf_exp, log1m, log_ratio, xlogy
from ._bijector import AbstractBijector


@final
class WeibullCDF(AbstractBijector):
    """The numbers from 0 on onto [0, 1].

    Args:
        scale: λ; same unit as x. Positive.
        concentration: k, the shape. Positive.

    Shapes: scale, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.WeibullCDF().forward(1.0)), 4)
        0.6321
    """

    scale: ParameterArray = parameter(supports.positive, default=1.0)
    concentration: ParameterArray = parameter(supports.positive, default=1.0)

    smoothness = 9
    domain = supports.nonnegative
    codomain = supports.unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        k, edge = self.concentration, x == 0
        inner = jnp.where(edge, self.scale, x)
        v = k * log_ratio(inner, self.scale)
        at_zero = jnp.where(k == 1, divide(x, self.scale), 0.0)  # with the slope there
        log_det_at_zero = xlogy(k - 1, jnp.where(edge, 0.0, 1.0).astype(x.dtype)) - jnp.log(self.scale)
        log_det = jnp.where(edge, log_det_at_zero, exp_gap(v) - jnp.log(inner)) + jnp.log(k)
        return jnp.where(edge, at_zero, exponential_cdf_exp(v)), log_det

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        end, power = y == 1, 1 / self.concentration
        hazard = -log1m(jnp.where(end, 0.5, y))
        x = self.scale * hazard**power
        log_det = jnp.log(self.scale) - jnp.log(self.concentration) + xlogy(power - 1, hazard) + hazard
        return jnp.where(end, x + jnp.inf, x), jnp.where(end, log_det + jnp.inf, log_det)

    def _increases(self) -> bool:
        return True
