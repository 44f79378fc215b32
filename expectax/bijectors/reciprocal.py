"""Reciprocal.

    y = 1/x,   log |dy/dx| = -2 log |x|

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array
from ._bijector import AbstractBijector


@final
class Reciprocal(AbstractBijector):
    """The positive numbers onto themselves, in reverse; the formulas hold below 0 too.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Reciprocal().forward(4.0))
        0.25
    """

    domain = supports.positive
    codomain = supports.positive

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return 1 / x, -2 * jnp.log(jnp.abs(x))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return 1 / y, -2 * jnp.log(jnp.abs(y))

    def _increases(self) -> bool:
        return False
