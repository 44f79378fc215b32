"""The reals onto the angles of one turn.

    y = c + 2 arctan x,   log |dy/dx| = log 2 - log(1 + x²)

Accuracy   a few ulp, of the size of c where that is larger.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import log1p_square
from ._bijector import AbstractBijector


@final
class OntoCircle(AbstractBijector):
    """What `of_support` gives for a circle.

    Args:
        centre: c.
    """

    centre: ParameterArray = parameter(supports.real)

    domain = supports.real

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Circle(self.centre)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.codomain.constrain(x), math.log(2) - log1p_square(x[..., None])

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = self.codomain.unconstrain(jnp.asarray(y))
        return x, log1p_square(x[..., None]) - math.log(2)

    def _increases(self) -> bool:
        return True
