"""Hyperbolic tangent.

    y = tanh x,   log |dy/dx| = -2 log cosh x

Accuracy   2 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

from .. import supports
from .._typing import Array
from ..numerics import artanh, log1msquare, log_cosh, tanh
from ._bijector import AbstractBijector


@final
class Tanh(AbstractBijector):
    """The reals onto (-1, 1). Where y rounds to ±1 its inverse is ±inf: keep x, as `forward_and_log_det` gives both.

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.Tanh().forward_log_det(100.0)), 4)
        -198.6137
    """

    codomain = supports.Interval(-1.0, 1.0, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return tanh(x), -2 * log_cosh(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return artanh(y), -log1msquare(y)

    def _increases(self) -> bool:
        return True
