"""Distribution function of Gumbel's law.

    y = exp(-e⁻ᶻ),   z = (x - μ)/β,   log |dy/dx| = -z - e⁻ᶻ - log β

Accuracy   2 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import exp_gap, gumbel_cdf, standardised
from ._bijector import AbstractBijector


@final
class GumbelCDF(AbstractBijector):
    """The reals onto (0, 1).

    Args:
        loc: μ. Real.
        scale: β; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.GumbelCDF().forward(0.0)), 4)
        0.3679
    """

    loc: ParameterArray = parameter(supports.real, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)

    codomain = supports.open_unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        z = standardised(x, self.loc, self.scale)
        return gumbel_cdf(z), exp_gap(-z) - jnp.log(self.scale)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        end = y == 0
        hazard = -jnp.log(jnp.where(end, 0.5, y))
        log_hazard = jnp.log(hazard)
        x, log_det = self.loc - self.scale * log_hazard, jnp.log(self.scale) - log_hazard + hazard
        return jnp.where(end, x - jnp.inf, x), jnp.where(end, log_det + jnp.inf, log_det)

    def _increases(self) -> bool:
        return True
