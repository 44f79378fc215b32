"""Square.

    y = x²,   log |dy/dx| = log 2x

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array
from ._bijector import AbstractBijector


@final
class Square(AbstractBijector):
    """The numbers from 0 on onto themselves.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Square().inverse(9.0))
        3.0
    """

    domain = supports.nonnegative
    codomain = supports.nonnegative

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return x * x, jnp.log(x) + math.log(2)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return jnp.sqrt(y), -0.5 * jnp.log(y) - math.log(2)

    def _increases(self) -> bool:
        return True
