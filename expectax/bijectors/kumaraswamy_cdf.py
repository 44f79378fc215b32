"""Distribution function of Kumaraswamy's law.

    y = 1 - (1 - xᵃ)ᵇ,   x ∈ [0, 1],   log |dy/dx| = log ab + (a - 1) log x + (b - 1) log(1 - xᵃ)

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
Source     Jones, "Kumaraswamy's distribution: a beta-type distribution with some tractability advantages" (2009).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import expm1, log1m, log1mexp
from ._bijector import AbstractBijector


@final
class KumaraswamyCDF(AbstractBijector):
    """The unit interval onto itself.

    Args:
        concentration1: a, pulls x towards 1. Positive.
        concentration0: b, pulls x towards 0. Positive.

    Shapes: concentration1, concentration0 broadcast to the batch; event ().

    Raises:
        ParameterError: a concentration is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.KumaraswamyCDF(1.0, 2.0).forward(0.5))
        0.75
    """

    concentration1: ParameterArray = parameter(supports.positive, default=1.0)
    concentration0: ParameterArray = parameter(supports.positive, default=1.0)

    smoothness = 9
    domain = supports.unit_interval
    codomain = supports.unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        a, b = self.concentration1, self.concentration0
        edge = (x == 0) | (x == 1)
        log_x = jnp.log(jnp.where(edge, 0.5, x))
        log_rest = log1mexp(a * log_x)
        own = jnp.where(x == 0, a, b)  # the exponent that meets log 0
        at_edge = jnp.where(own < 1, jnp.inf, jnp.where(own > 1, -jnp.inf, 0.0))
        log_det = jnp.where(edge, at_edge, (a - 1) * log_x + (b - 1) * log_rest) + jnp.log(a) + jnp.log(b)
        end = jnp.where(x == 0, 0.0, 1.0).astype(x.dtype)
        y_at_edge = end + jnp.where(own == 1, a * b, 0.0) * (x - end)  # with the slope there
        return jnp.where(edge, y_at_edge, -expm1(b * log_rest)), log_det

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        a, b = self.concentration1, self.concentration0
        edge = (y == 0) | (y == 1)
        log_rest = log1m(jnp.where(edge, 0.5, y)) / b
        log_x = log1mexp(log_rest) / a
        own = jnp.where(y == 0, a, b)
        at_edge = jnp.where(own < 1, -jnp.inf, jnp.where(own > 1, jnp.inf, 0.0))
        log_det = jnp.where(edge, at_edge, (1 - a) * log_x + (1 - b) * log_rest) - jnp.log(a) - jnp.log(b)
        end = jnp.where(y == 0, 0.0, 1.0).astype(y.dtype)
        x_at_edge = end + jnp.where(own == 1, 1 / (a * b), 0.0) * (y - end)
        return jnp.where(edge, x_at_edge, jnp.exp(log_x)), log_det

    def _increases(self) -> bool:
        return True
