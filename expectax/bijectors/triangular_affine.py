"""Affine map by a lower triangular matrix.

    y = m + L x,   log |det ∂y/∂x| = Σ_i log |L_ii|

Accuracy   the inverse by forward substitution: backward stable, error in proportion to the condition of L.
"""

from typing import final

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ._bijector import AbstractBijector, check_event


@final
class TriangularAffine(AbstractBijector):
    """Vectors onto vectors.

    Args:
        loc: m, what 0 is mapped to.
        scale_tril: L, lower triangular with a positive diagonal.

    Shapes: loc (..., n) and scale_tril (..., n, n), batches broadcast; event (n,).

    Raises:
        ParameterError: scale_tril is not lower triangular with a positive diagonal (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.TriangularAffine(np.zeros(2), 2 * np.eye(2)).forward(np.ones(2))
        Array([2., 2.], dtype=float32)
    """

    loc: ParameterArray = parameter(supports.real_vector)
    scale_tril: ParameterArray = parameter(supports.lower_cholesky)

    domain = supports.real_vector
    codomain = supports.real_vector
    affine = True

    def _log_det(self) -> Array:
        return jnp.log(jnp.abs(jnp.diagonal(self.scale_tril))).sum()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.loc + jnp.tril(self.scale_tril) @ x, self._log_det()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return solve_triangular(self.scale_tril, y - self.loc, lower=True), -self._log_det()

    def _forward_shape(self, shape: Shape) -> Shape:
        n = jnp.shape(self.scale_tril)[-1]
        check_event(self, shape, shape == (n,), f"({n},)")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
