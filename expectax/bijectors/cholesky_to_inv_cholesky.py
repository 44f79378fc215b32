"""From the Cholesky factor of a matrix to that of its inverse.

    Y Yᵀ = (L Lᵀ)⁻¹,   log |det ∂y/∂L| = Σ_i (n - i) (log L_ii - log Y_ii) - 2(n + 1) Σ_i log L_ii,   i = 0, ..., n - 1

by the entries on and below the diagonals. With J the reversal of rows and R of J L = Rᵀ Qᵀ: J L Lᵀ J = Rᵀ R, and Y = J R⁻¹ J.

Accuracy   1 ulp times the condition of L (not of L Lᵀ), of the size of Y.
Source     Golub, Van Loan, "Matrix computations" (2013), section 5.2; the log-determinant: Magnus, Neudecker, "The
           elimination matrix" (1980).
"""

from typing import final

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .. import supports
from .._typing import Array, Shape
from ._bijector import AbstractBijector
from .cholesky_outer_product import outer_log_det
from .fill_triangular import check_square


@final
class CholeskyToInvCholesky(AbstractBijector):
    """Cholesky factors onto Cholesky factors: of a covariance and of its precision; its own inverse.

    Shapes: event (n, n).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.CholeskyToInvCholesky().forward(2 * np.eye(2)).tolist()
        [[0.5, 0.0], [0.0, 0.5]]
    """

    domain = supports.lower_cholesky
    codomain = supports.lower_cholesky

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        upper = jnp.linalg.qr(x[::-1].T, mode="r")
        upper = upper * jnp.where(jnp.diagonal(upper) < 0, -1.0, 1.0)[:, None]
        inverse = solve_triangular(upper, jnp.eye(len(x), dtype=x.dtype), lower=False)
        y = jnp.tril(inverse[::-1, ::-1])
        ours, theirs = jnp.log(jnp.diagonal(x)), jnp.log(jnp.diagonal(y))
        return y, outer_log_det(ours) - outer_log_det(theirs) - 2 * (len(x) + 1) * ours.sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return self._forward_and_log_det(y)

    def _forward_shape(self, shape: Shape) -> Shape:
        check_square(self, shape)
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
