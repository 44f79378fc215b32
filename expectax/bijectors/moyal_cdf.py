"""Distribution function of Moyal's law.

    y = P(|ε| > e^(-z/2)),  ε ~ Normal(0, 1),   z = (x - μ)/σ,   log |dy/dx| = -(z + e⁻ᶻ)/2 - ½ log 2π - log σ

Accuracy   4 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import HALF_LOG_2PI, exp_gap, half_normal_quantile, moyal_cdf, standardised
from ._bijector import AbstractBijector


@final
class MoyalCDF(AbstractBijector):
    """The reals onto (0, 1).

    Args:
        loc: μ. Real.
        scale: σ; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.MoyalCDF().forward(0.0)), 4)
        0.3173
    """

    loc: ParameterArray = parameter(supports.real, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)

    codomain = supports.open_unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        z = standardised(x, self.loc, self.scale)
        return moyal_cdf(z), 0.5 * exp_gap(-z) - HALF_LOG_2PI - jnp.log(self.scale)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        end = y == 0
        inner = jnp.where(end, 0.5, y)
        size = half_normal_quantile(1 - inner, inner)
        log_size = jnp.log(size)
        x = self.loc - 2 * self.scale * log_size
        log_det = jnp.log(self.scale) + HALF_LOG_2PI - log_size + 0.5 * size * size
        return jnp.where(end, x - jnp.inf, x), jnp.where(end, log_det + jnp.inf, log_det)

    def _increases(self) -> bool:
        return True
