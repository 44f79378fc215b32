"""Heavy tails by Lambert's W.

    y = m + (x - m) exp(δu²/2),   u = (x - m)/s,   log |dy/dx| = δu²/2 + log(1 + δu²)

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
Source     Goerg, "The Lambert way to Gaussianize heavy-tailed data with the inverse of Tukey's h transformation as a special case" (2015).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import expm1, lambert_w, lambert_w_exp, log1p, standardised
from ._bijector import AbstractBijector


@final
class LambertWTail(AbstractBijector):
    """The reals onto themselves: gives a law tails like those of |y|^(-1/δ), and takes them away.

    Args:
        shift: m, the centre. Real.
        scale: s, the unit of x. Positive.
        tailweight: δ; 0 leaves x as it is. At least 0.

    Shapes: shift, scale, tailweight broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive or tailweight negative, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.LambertWTail(1.0, 2.0, 0.0).forward(3.0))
        3.0
    """

    shift: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    tailweight: ParameterArray = parameter(supports.nonnegative)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        far = jnp.abs(x) == jnp.inf
        inner = jnp.where(far, self.shift, x)
        u = standardised(inner, self.shift, self.scale)
        w = self.tailweight * u * u
        at_end = jnp.where(self.tailweight > 0, jnp.inf, 0.0)
        y = inner + (inner - self.shift) * expm1(0.5 * w)
        return jnp.where(far, x, y), jnp.where(far, at_end, 0.5 * w + log1p(w))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        # w eʷ = δz² with w = δu²: u = z e^(-w/2), and by log w where that would lose digits or overflow
        far, tailweight = jnp.abs(y) == jnp.inf, self.tailweight
        inner = jnp.where(far, self.shift, y)
        z = standardised(inner, self.shift, self.scale)
        small = tailweight * z * z < 1
        z_near, z_away = jnp.where(small, z, 0.0), jnp.where(small, 1.0, z)
        near = lambert_w(tailweight * z_near * z_near)
        tailweight_away = jnp.where(small, 1.0, tailweight)
        away = lambert_w_exp(jnp.log(tailweight_away) + 2 * jnp.log(jnp.abs(z_away)))
        u_away = jnp.where(z_away < 0, -1.0, 1.0) * jnp.sqrt(away / tailweight_away)
        x_near = inner + (jnp.where(small, inner, self.shift) - self.shift) * expm1(-0.5 * near)
        x = jnp.where(small, x_near, self.shift + self.scale * u_away)
        w, at_end = jnp.where(small, near, away), jnp.where(tailweight > 0, -jnp.inf, 0.0)
        return jnp.where(far, y, x), jnp.where(far, at_end, -0.5 * w - log1p(w))

    def _increases(self) -> bool:
        return True
