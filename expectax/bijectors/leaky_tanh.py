"""Hyperbolic tangent with straight ends.

    y = tanh x for |x| <= m, on by its tangent line beyond;   log |dy/dx| = -2 log cosh min(|x|, m)

The log-determinant has a kink at ±m.

Accuracy   2 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import artanh, log1msquare, log_cosh
from ._bijector import AbstractBijector


@final
class LeakyTanh(AbstractBijector):
    """The reals onto themselves: tanh, with outliers kept apart.

    Args:
        max_val: m, where the straight ends begin. Positive.

    Shapes: max_val has the batch shape; event ().

    Raises:
        ParameterError: max_val is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.LeakyTanh(1.0).forward(1.0)), 4)
        0.7616
    """

    max_val: ParameterArray = parameter(supports.positive)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        m, inside = self.max_val, jnp.abs(x) <= self.max_val
        log_slope = -2 * log_cosh(jnp.where(inside, x, m))
        beyond = jnp.sign(x) * (jnp.tanh(m) + jnp.exp(log_slope) * (jnp.abs(x) - m))
        return jnp.where(inside, jnp.tanh(jnp.where(inside, x, 0.0)), beyond), log_slope

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        m, top = self.max_val, jnp.tanh(self.max_val)
        inside, log_slope = jnp.abs(y) < top, -2 * log_cosh(m)
        inner = jnp.where(inside, y, 0.0)
        beyond = jnp.sign(y) * (m + jnp.exp(-log_slope) * (jnp.abs(y) - top))
        return jnp.where(inside, artanh(inner), beyond), -jnp.where(inside, log1msquare(inner), log_slope)

    def _increases(self) -> bool:
        return True
