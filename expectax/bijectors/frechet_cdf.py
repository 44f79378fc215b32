"""Distribution function of Fréchet's law.

    y = exp(-z^(-α)),   z = (x - μ)/σ >= 0,   log |dy/dx| = log α - (α + 1) log z - z^(-α) - log σ

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import exp_gap, gumbel_cdf, log_ratio
from ._bijector import AbstractBijector


@final
class FrechetCDF(AbstractBijector):
    """The numbers from `loc` on onto [0, 1].

    Args:
        loc: μ, the lower end. Real.
        scale: σ; same unit as x. Positive.
        concentration: α, the tail's exponent. Positive.

    Shapes: loc, scale, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: scale or concentration is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.FrechetCDF().forward(1.0)), 4)
        0.3679
    """

    loc: ParameterArray = parameter(supports.real, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)
    concentration: ParameterArray = parameter(supports.positive, default=1.0)

    smoothness = 9
    codomain = supports.unit_interval

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Interval(self.loc, jnp.inf)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        edge = x == self.loc
        d = jnp.where(edge, self.scale, x - self.loc)
        v = self.concentration * log_ratio(d, self.scale)
        y, log_det = gumbel_cdf(v), exp_gap(-v) - jnp.log(d) + jnp.log(self.concentration)
        return jnp.where(edge, 0 * y, y), jnp.where(edge, log_det - jnp.inf, log_det)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        edge, power = y == 0, 1 / self.concentration
        hazard = -jnp.log(jnp.where(edge, 0.5, y))
        z = hazard**-power
        log_det = jnp.log(self.scale) - jnp.log(self.concentration) - (1 + power) * jnp.log(hazard) + hazard
        return self.loc + self.scale * jnp.where(edge, 0 * z, z), jnp.where(edge, log_det + jnp.inf, log_det)

    def _increases(self) -> bool:
        return True
