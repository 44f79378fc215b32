"""Distribution function of the generalised Pareto law.

    y = 1 - e⁻ᵉ,   e = log(1 + ξz)/ξ, z at ξ = 0,   z = (x - μ)/σ >= 0,   1 + ξz >= 0
    log |dy/dx| = -(1 + ξ) e - log σ

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
Source     Hosking, Wallis, "Parameter and quantile estimation for the generalized Pareto distribution" (1987).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import below_end, density_at_end, expm1, expm1_scaled, log1m, log1p_scaled, standardised, tail_end
from ._bijector import AbstractBijector


@final
class GeneralizedParetoCDF(AbstractBijector):
    """The numbers between the law's ends onto [0, 1], smoothly through ξ = 0.

    Args:
        loc: μ, the lower end. Real.
        scale: σ; same unit as x. Positive.
        concentration: ξ, the tail index; below 0 there is an upper end μ - σ/ξ. Real.

    Shapes: loc, scale, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.GeneralizedParetoCDF(concentration=-1.0).forward(0.25)), 4)
        0.25
    """

    loc: ParameterArray = parameter(supports.real, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)
    concentration: ParameterArray = parameter(supports.real, default=0.0)

    codomain = supports.unit_interval

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        parameters = self.loc, self.scale, self.concentration
        return supports.Interval(self.loc, tail_end(*parameters, upper=True))

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        xi = self.concentration
        z = standardised(x, self.loc, self.scale)
        inside = below_end(z, xi)
        e = log1p_scaled(jnp.where(inside, z, 0.0), xi)
        log_det = jnp.where(inside, -(1 + xi) * e, density_at_end(xi)) - jnp.log(self.scale)
        return jnp.where(inside, -expm1(-e), 1.0), log_det

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        xi, end = self.concentration, y == 1
        e = -log1m(jnp.where(end, 0.5, y))
        x = self.loc + self.scale * expm1_scaled(e, xi)
        log_det = jnp.where(end, -density_at_end(xi), (1 + xi) * e) + jnp.log(self.scale)
        return jnp.where(end & ~jnp.isnan(x), self.domain.bounds[1], x), log_det

    def _increases(self) -> bool:
        return True
