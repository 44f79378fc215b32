"""A vector as a lower triangular matrix, row by row.

    Y_ij = x_(i(i+1)/2 + j)   for j <= i, counted from 0; 0 above

log |det| = 0, as a map onto the entries on and below the diagonal.

Accuracy   exact.
"""

import math
from typing import final

import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape
from ._bijector import AbstractBijector, check_event
from ._volume_preserving import AbstractVolumePreserving


@final
class FillTriangular(AbstractVolumePreserving):
    """Vectors of n(n+1)/2 numbers onto lower triangular n x n matrices.

    Rows follow each other, as in `numpy.tril_indices` and NumPyro. TFP's goes round in a spiral: its matrix of x has the
    same entries at other places.

    Shapes: event (n(n+1)/2,), of y (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.FillTriangular().forward(np.array([1.0, 2.0, 3.0])).tolist()
        [[1.0, 0.0], [2.0, 3.0]]
    """

    domain = supports.real_vector
    codomain = supports.lower_triangular

    def _moved(self, x: Array) -> Array:
        return filled(x, matrix_size(self, x.shape, 0), 0)

    def _moved_back(self, y: Array) -> Array:
        return y[np.tril_indices(y.shape[0])]

    def _forward_shape(self, shape: Shape) -> Shape:
        return (matrix_size(self, shape, 0),) * 2

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return (shape[0] * (shape[0] + 1) // 2,)


def filled(x: Array, size: int, offset: int) -> Array:
    """A square matrix with x on the diagonal `offset` and below."""
    place = np.zeros((size, size), int)
    place[np.tril_indices(size, offset)] = np.arange(len(x)) + 1
    return jnp.concatenate([jnp.zeros(1, x.dtype), x])[place]


def matrix_size(bijector: AbstractBijector, shape: Shape, offset: int) -> int:
    """n, of n(n+1)/2 numbers on and below the diagonal, or n(n-1)/2 below it (offset -1)."""
    count = shape[0]
    n = (math.isqrt(8 * count + 1) - 1) // 2 - offset
    wanted = "n(n+1)/2" if offset == 0 else "n(n-1)/2"
    check_event(bijector, shape, n * (n + 1 + 2 * offset) // 2 == count, f"({wanted},)")
    return n


def check_square(bijector: AbstractBijector, shape: Shape) -> None:
    """Refuse matrices that are not square."""
    check_event(bijector, shape, shape[0] == shape[1], "(n, n)")
