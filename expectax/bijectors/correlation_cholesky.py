"""Cholesky factors of correlation matrices, by rows that are normalised.

    Y_i = (x_i, 1, 0, ...) / √(1 + |x_i|²),   x_i the i free numbers of row i = 0, ..., n - 1
    log |det ∂y/∂x| = -Σ_i (i + 2)/2 log(1 + |x_i|²)   by the entries below the diagonal

Accuracy   y to 2 ulp of each entry, log-determinants to 2 ulp.
"""

from typing import final

import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape
from ..numerics import length_and_one, log1p_square, with_diagonal
from ._bijector import AbstractBijector
from .fill_triangular import check_square, filled, matrix_size


@final
class CorrelationCholesky(AbstractBijector):
    """Vectors of n(n-1)/2 numbers onto n x n Cholesky factors with rows of length 1.

    Rows follow each other; TFP's bijector of this name fills its matrix in another order. NumPyro's
    `CorrCholeskyTransform` is another map, by hyperbolic tangents.

    Shapes: event (n(n-1)/2,), of y (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.CorrelationCholesky().forward(np.array([0.75])).tolist()
        [[1.0, 0.0], [0.6..., 0.8...]]
    """

    domain = supports.real_vector
    codomain = supports.correlation_cholesky

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        rows = filled(x, matrix_size(self, x.shape, -1), -1)
        powers = jnp.arange(2, len(rows) + 2, dtype=x.dtype) / 2
        scaled = with_diagonal(rows, jnp.ones(len(rows), x.dtype)) / length_and_one(rows)[:, None]
        return scaled, -(powers * log1p_square(rows)).sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        diagonal = jnp.diagonal(y)
        powers = jnp.arange(2, len(y) + 2, dtype=y.dtype)
        return (y / diagonal[:, None])[np.tril_indices(len(y), -1)], -(powers * jnp.log(diagonal)).sum()

    def _forward_shape(self, shape: Shape) -> Shape:
        return (matrix_size(self, shape, -1),) * 2

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return (shape[0] * (shape[0] - 1) // 2,)
