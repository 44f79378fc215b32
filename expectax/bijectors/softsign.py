"""Softsign.

    y = x/(1 + |x|),   log |dy/dx| = -2 log(1 + |x|)

Accuracy   1 ulp of the value plus its derivatives times arguments, both ways; log-determinants 1 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array
from ..numerics import log1m, log1p
from ._bijector import AbstractBijector


@final
class Softsign(AbstractBijector):
    """The reals onto (-1, 1), with heavier tails than tanh; the log-determinant has a kink at 0.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Softsign().forward(3.0))
        0.75
    """

    smoothness = 1
    codomain = supports.Interval(-1.0, 1.0, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        size = jnp.abs(x)
        far = size == jnp.inf
        y = jnp.where(far, jnp.sign(x), jnp.where(far, 0.0, x) / (1 + jnp.where(far, 0.0, size)))
        return y, -2 * log1p(size)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        size = jnp.abs(y)
        return y / (1 - size), -2 * log1m(size)

    def _increases(self) -> bool:
        return True
