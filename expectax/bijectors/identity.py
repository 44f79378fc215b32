"""Identity.

    y = x,   log |dy/dx| = 0

Accuracy   exact.
"""

from typing import final

import jax.numpy as jnp

from .._typing import Array
from ._bijector import AbstractBijector


@final
class Identity(AbstractBijector):
    """The reals onto themselves, each number left as it is.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Identity().forward(2.0))
        2.0
    """

    affine = True

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return x, jnp.zeros_like(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return y, jnp.zeros_like(y)

    def _increases(self) -> bool:
        return True
