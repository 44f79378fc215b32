"""Linear map by a lower triangular matrix.

    y = L x,   log |det ∂y/∂x| = Σ_i log L_ii

Accuracy   forward to the rounding of the sum of its terms' sizes; the inverse by forward substitution is backward stable,
its error in proportion to the condition of L.
"""

from typing import final

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ._bijector import AbstractBijector, check_event


@final
class TriangularLinear(AbstractBijector):
    """Vectors onto vectors; `TriangularAffine` adds a shift.

    Args:
        scale_tril: L, lower triangular with a positive diagonal.

    Shapes: scale_tril (..., n, n); event (n,).

    Raises:
        ParameterError: scale_tril is not lower triangular with a positive diagonal (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.TriangularLinear(np.array([[2.0, 0.0], [1.0, 1.0]])).forward(np.ones(2)).tolist()
        [2.0, 2.0]
    """

    scale_tril: ParameterArray = parameter(supports.lower_cholesky)

    affine = True
    domain = supports.real_vector
    codomain = supports.real_vector

    def _log_det(self) -> Array:
        return jnp.log(jnp.abs(jnp.diagonal(self.scale_tril))).sum()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.scale_tril @ x, self._log_det()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return solve_triangular(self.scale_tril, y, lower=True), -self._log_det()

    def _forward_shape(self, shape: Shape) -> Shape:
        n = jnp.shape(self.scale_tril)[-1]
        check_event(self, shape, shape == (n,), f"({n},)")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
