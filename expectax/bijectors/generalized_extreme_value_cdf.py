"""Distribution function of the generalised extreme value law.

    y = exp(-e⁻ᵍ),   g = log(1 + ξz)/ξ, z at ξ = 0,   z = (x - μ)/σ,   1 + ξz >= 0
    log |dy/dx| = -(1 + ξ) g - e⁻ᵍ - log σ

Accuracy   2 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
Source     Jenkinson, "The frequency distribution of the annual maximum (or minimum) values of meteorological elements" (1955).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import (
    below_end,
    density_at_end,
    exp_gap,
    expm1_scaled,
    gumbel_cdf,
    log1p_scaled,
    standardised,
    tail_end,
)
from ._bijector import AbstractBijector


@final
class GeneralizedExtremeValueCDF(AbstractBijector):
    """The numbers between the law's ends onto [0, 1], smoothly through ξ = 0.

    Args:
        loc: μ. Real.
        scale: σ; same unit as x. Positive.
        concentration: ξ, the tail index: a lower end above 0, an upper one below. Real.

    Shapes: loc, scale, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.GeneralizedExtremeValueCDF(1.0, 2.0, 0.5).forward(1.0)), 4)
        0.3679
    """

    loc: ParameterArray = parameter(supports.real, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)
    concentration: ParameterArray = parameter(supports.real, default=0.0)

    codomain = supports.unit_interval

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        parameters = self.loc, self.scale, self.concentration
        return supports.Interval(tail_end(*parameters, upper=False), tail_end(*parameters, upper=True))

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        xi = self.concentration
        z = standardised(x, self.loc, self.scale)
        inside = below_end(z, xi)
        g = log1p_scaled(jnp.where(inside, z, 0.0), xi)
        lower = x < self.loc
        at_end = jnp.where(lower, -jnp.inf, density_at_end(xi)) - jnp.log(self.scale)
        y = jnp.where(inside, gumbel_cdf(g), jnp.where(lower, 0.0, 1.0))
        return y, jnp.where(inside, exp_gap(-g) - xi * g - jnp.log(self.scale), at_end)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        xi, edge = self.concentration, (y == 0) | (y == 1)
        hazard = -jnp.log(jnp.where(edge, 0.5, y))
        g = -jnp.log(hazard)
        x, log_det = self.loc + self.scale * expm1_scaled(g, xi), (1 + xi) * g + hazard
        low, high = self.domain.bounds
        at_end = jnp.where(y == 0, jnp.inf, -density_at_end(xi))
        x = jnp.where(edge & ~jnp.isnan(x), jnp.where(y == 0, low, high), x)
        return x, jnp.where(edge, at_end, log_det) + jnp.log(self.scale)

    def _increases(self) -> bool:
        return True
