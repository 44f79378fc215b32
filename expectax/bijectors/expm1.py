"""Exponential less one.

    y = eˣ - 1,   log |dy/dx| = x

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

import math
from typing import final

from .. import supports
from .._typing import Array
from ..numerics import expm1, log1p
from ._bijector import AbstractBijector


@final
class Expm1(AbstractBijector):
    """The reals onto the numbers above -1, with the digits of both near 0.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Expm1().forward(0.0))
        0.0
    """

    codomain = supports.Interval(-1.0, math.inf, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return expm1(x), x

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = log1p(y)
        return x, -x

    def _increases(self) -> bool:
        return True
