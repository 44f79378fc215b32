"""From a Cholesky factor to the matrix.

    Y = L Lᵀ,   log |det ∂y/∂L| = n log 2 + Σ_i (n - i) log L_ii,   i = 0, ..., n - 1

by the entries on and below the diagonals of both.

Accuracy   forward to 1 ulp of the sums of sizes; the inverse factorises, its error in proportion to Y's condition.
Source     Magnus, Neudecker, "The elimination matrix" (1980).
"""

import math
from typing import final

import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape
from ._bijector import AbstractBijector
from .fill_triangular import check_square


@final
class CholeskyOuterProduct(AbstractBijector):
    """Cholesky factors onto positive definite matrices.

    Shapes: event (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.CholeskyOuterProduct().forward(2 * np.eye(2)).tolist()
        [[4.0, 0.0], [0.0, 4.0]]
    """

    domain = supports.lower_cholesky
    codomain = supports.positive_definite

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return x @ x.T, outer_log_det(jnp.log(jnp.diagonal(x)))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = jnp.linalg.cholesky(y)
        return x, -outer_log_det(jnp.log(jnp.diagonal(x)))

    def _forward_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


def outer_log_det(log_diagonal: Array) -> Array:
    """log |det| of L ↦ L Lᵀ, from log L_ii."""
    n = len(log_diagonal)
    return n * math.log(2) + (np.arange(n, 0, -1).astype(log_diagonal.dtype) * log_diagonal).sum()
