"""A bijector of the diagonal of a matrix.

    Y_ii = g(x_ii),   Y_ij = x_ij elsewhere,   log |det ∂y/∂x| = that of g over the diagonal

Accuracy   that of g.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import Parameter
from .._typing import Array, Shape
from ..numerics import with_diagonal
from ..supports import AbstractSupport
from ._bijector import AbstractBijector
from .block import Block, without
from .fill_triangular import check_square


@final
class TransformDiagonal(AbstractBijector):
    """Matrices whose diagonal alone changes.

    Domain and codomain are all matrices, for simplicity: on the diagonal they are those of g. Triangular matrices stay
    triangular, and become Cholesky factors if g maps onto the positive numbers.

    Args:
        diag_bijector: g, of numbers or of the vector on the diagonal.

    Shapes: event (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.TransformDiagonal(ex.bijectors.Exp()).forward(np.zeros((2, 2))).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    diag_bijector: AbstractBijector

    domain = supports.real_matrix
    codomain = supports.real_matrix

    def _parameters(self) -> list[Parameter]:
        return self._diagonal._parameters()

    @property
    def _diagonal(self) -> AbstractBijector:
        return self.diag_bijector if self.diag_bijector._event_ranks[0] else Block(self.diag_bijector, 1)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        diagonal, log_det = self._diagonal._forward_and_log_det(jnp.diagonal(x))
        return with_diagonal(x, diagonal), log_det

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        diagonal, log_det = self._diagonal._inverse_and_log_det(jnp.diagonal(y))
        return with_diagonal(y, diagonal), log_det

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        return _triangular(support, self._diagonal.codomain) or super()._image(support)

    def _preimage(self, support: AbstractSupport) -> AbstractSupport:
        return _triangular(support, self._diagonal.domain) or super()._preimage(support)

    def _forward_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


def _triangular(support: AbstractSupport, diagonal: AbstractSupport) -> AbstractSupport | None:
    """What triangular matrices become when their diagonal is of the given set; None of other matrices."""
    if support not in (supports.lower_triangular, supports.lower_cholesky):
        return None
    lane = without(diagonal, 1)
    low, high = (None, None) if lane is None or lane.event_rank else lane.bounds
    numbers = isinstance(low, int | float) and isinstance(high, int | float)
    return supports.lower_cholesky if numbers and low == 0 and high == math.inf else supports.lower_triangular
