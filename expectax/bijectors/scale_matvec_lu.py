"""Linear map by a matrix that is given by its LU factors.

    y = P L U x,   log |det ∂y/∂x| = Σ_i log |U_ii|

L has ones on its diagonal, (P z)_(p_i) = z_i.

Accuracy   forward to the rounding of the sums of sizes; the inverse by two substitutions, its error in proportion to the
conditions of L and U.
Source     Kingma, Dhariwal, "Glow: generative flow with invertible 1x1 convolutions" (2018), section 3.2.
"""

from collections.abc import Sequence
from typing import final

import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

from .. import _errors, supports
from .._module import static
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ._bijector import AbstractBijector, check_event


@final
class ScaleMatvecLU(AbstractBijector):
    """Vectors onto vectors by any invertible matrix, at the cost of a triangular one.

    Args:
        lower_upper: U on and above the diagonal, L below it. U's diagonal is not 0, where the map is not invertible.
        permutation: p, the integers 0, ..., n - 1 in any order: part of the structure and not a parameter.

    Shapes: lower_upper (..., n, n); event (n,).

    Raises:
        ParameterError: not a permutation.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.ScaleMatvecLU(np.array([[2.0, 1.0], [0.5, 1.0]]), (1, 0)).forward(np.ones(2)).tolist()
        [2.5, 3.0]
    """

    lower_upper: ParameterArray = parameter(supports.real_matrix)
    permutation: Sequence[int] = static()

    domain = supports.real_vector
    codomain = supports.real_vector

    def __post_init__(self):
        super().__post_init__()
        order = np.asarray(self.permutation)
        if not np.array_equal(np.sort(order), np.arange(np.shape(self.lower_upper)[-1])):
            shown = repr(self.permutation)[:80]
            raise _errors.bad_parameter(self._label, "permutation", shown, "the integers 0, ..., n - 1 in any order")
        object.__setattr__(self, "permutation", tuple(int(i) for i in order))

    def _factors(self) -> tuple[Array, Array, Array]:
        """L less its diagonal of ones, U, and the log-determinant."""
        upper = jnp.triu(self.lower_upper)
        return jnp.tril(self.lower_upper, -1), upper, jnp.log(jnp.abs(jnp.diagonal(upper))).sum()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        lower, upper, log_det = self._factors()
        z = upper @ x
        return (z + lower @ z)[np.argsort(np.array(self.permutation, int))], log_det

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        lower, upper, log_det = self._factors()
        z = solve_triangular(lower, y[np.array(self.permutation, int)], lower=True, unit_diagonal=True)
        return solve_triangular(upper, z), -log_det

    def _forward_shape(self, shape: Shape) -> Shape:
        n = len(self.permutation)
        check_event(self, shape, shape == (n,), f"({n},)")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)
