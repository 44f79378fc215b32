"""Exponential.

    y = eˣ,   log |dy/dx| = x

Accuracy   forward, inverse and both log-determinants to 1 ulp of the function's own rounding.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array
from ._bijector import AbstractBijector


@final
class Exp(AbstractBijector):
    """The reals onto the positive numbers.

    Example:
        >>> import expectax as ex
        >>> y, log_det = ex.bijectors.Exp().forward_and_log_det(2.0)
        >>> float(log_det)
        2.0
    """

    domain = supports.real
    codomain = supports.positive

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return jnp.exp(x), x

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = jnp.log(y)
        return x, -x

    def _increases(self) -> bool:
        return True
