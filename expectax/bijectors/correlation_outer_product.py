"""From the Cholesky factor of a correlation matrix to the matrix.

    Y = L Lᵀ,   log |det ∂y/∂L| = Σ_i (n - 1 - i) log L_ii,   i = 0, ..., n - 1

by the entries below the diagonals of both.

Accuracy   forward to the rounding of the sums of sizes; the inverse factorises, its error in proportion to Y's condition.
Source     Lewandowski, Kurowicka, Joe, "Generating random correlation matrices" (2009).
"""

from typing import final

import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape
from ..numerics import with_diagonal
from ._bijector import AbstractBijector
from .fill_triangular import check_square


@final
class CorrelationOuterProduct(AbstractBijector):
    """Cholesky factors of correlation matrices onto the matrices: the inverse of NumPyro's `CorrMatrixCholeskyTransform`.

    Shapes: event (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.CorrelationOuterProduct().forward(np.array([[1.0, 0.0], [0.6, 0.8]])).tolist()
        [[1.0, 0.6...], [0.6..., 1.0]]
    """

    domain = supports.correlation_cholesky
    codomain = supports.correlation

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return with_diagonal(x @ x.T, jnp.ones(len(x), x.dtype)), _log_det(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x = jnp.linalg.cholesky(y)
        return x, -_log_det(x)

    def _forward_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


def _log_det(factor: Array) -> Array:
    return (np.arange(len(factor) - 1, -1, -1).astype(factor.dtype) * jnp.log(jnp.diagonal(factor))).sum()
