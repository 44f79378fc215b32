"""A vector as a Cholesky factor: row by row, with a diagonal that a bijector makes positive.

    Y_ij = x_(i(i+1)/2 + j)   for j < i,   Y_ii = g(x_(i(i+1)/2 + i)),   log |det ∂y/∂x| = Σ_i log g'

g is softplus unless another is given.

Accuracy   that of g; all else is exact.
"""

from typing import final

from .. import supports
from .._parameter import Parameter
from .._typing import Array, Shape
from ._bijector import AbstractBijector
from .fill_triangular import FillTriangular
from .softplus import Softplus
from .transform_diagonal import TransformDiagonal


@final
class FillScaleTriL(AbstractBijector):
    """Vectors of n(n+1)/2 numbers onto n x n Cholesky factors.

    With softplus it is NumPyro's `SoftplusLowerCholeskyTransform`. TFP's adds 1e-5 to the diagonal and fills matrices in
    another order.

    Args:
        diag_bijector: g, from the reals onto the positive numbers.

    Shapes: event (n(n+1)/2,), of y (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.FillScaleTriL(ex.bijectors.Exp()).forward(np.zeros(3)).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """

    diag_bijector: AbstractBijector = Softplus()

    domain = supports.real_vector
    codomain = supports.lower_cholesky

    def _parameters(self) -> list[Parameter]:
        return self._diagonal._parameters()

    @property
    def _diagonal(self) -> TransformDiagonal:
        return TransformDiagonal(self.diag_bijector)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self._diagonal._forward_and_log_det(FillTriangular()._moved(x))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x, log_det = self._diagonal._inverse_and_log_det(y)
        return FillTriangular()._moved_back(x), log_det

    def _forward_shape(self, shape: Shape) -> Shape:
        return FillTriangular()._forward_shape(shape)

    def _inverse_shape(self, shape: Shape) -> Shape:
        return FillTriangular()._inverse_shape(shape)
