"""The inverse of a triangular matrix.

    Y = X⁻¹,   log |det ∂y/∂x| = -(n + 1) Σ_i log |X_ii|   by the entries on and below the diagonal

Accuracy   1 ulp of |X⁻¹| |X| |X⁻¹|, entry by entry: forward substitution; log-determinants to 1 ulp.
"""

from typing import final

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .. import supports
from .._typing import Array, Shape
from ._bijector import AbstractBijector
from .fill_triangular import check_square


@final
class MatrixInverseTriL(AbstractBijector):
    """Cholesky factors onto Cholesky factors; its own inverse.

    Shapes: event (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.MatrixInverseTriL().forward(np.array([[2.0, 0.0], [2.0, 1.0]])).tolist()
        [[0.5, 0.0], [-1.0, 1.0]]
    """

    domain = supports.lower_cholesky
    codomain = supports.lower_cholesky

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        y = solve_triangular(x, jnp.eye(len(x), dtype=x.dtype), lower=True)
        return jnp.tril(y), -(len(x) + 1) * jnp.log(jnp.abs(jnp.diagonal(x))).sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return self._forward_and_log_det(y)

    def _forward_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
