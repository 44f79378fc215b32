"""Distribution function of the standard normal.

    y = Φ(x),   log |dy/dx| = -x²/2 - ½ log 2π

Accuracy   4 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

from typing import final

from .. import supports
from .._typing import Array
from ..numerics import HALF_LOG_2PI, ndtr, ndtri
from ._bijector import AbstractBijector


@final
class NormalCDF(AbstractBijector):
    """The reals onto (0, 1): makes a standard normal uniform.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.NormalCDF().forward(0.0))
        0.5
    """

    smoothness = 9
    codomain = supports.open_unit_interval

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return ndtr(x), -0.5 * x * x - HALF_LOG_2PI

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = ndtri(y)
        return x, 0.5 * x * x + HALF_LOG_2PI

    def _increases(self) -> bool:
        return True
