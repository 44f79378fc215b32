"""Logarithm of one more.

    y = log(1 + x),   log |dy/dx| = -log(1 + x)

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

import math
from typing import final

from .. import supports
from .._typing import Array
from ..numerics import expm1, log1p
from ._bijector import AbstractBijector


@final
class Log1p(AbstractBijector):
    """The numbers above -1 onto the reals, with the digits of both near 0.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Log1p().forward(0.0))
        0.0
    """

    domain = supports.Interval(-1.0, math.inf, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        y = log1p(x)
        return y, -y

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return expm1(y), y

    def _increases(self) -> bool:
        return True
