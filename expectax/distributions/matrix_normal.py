"""Matrix normal distribution.

    p(X; M, A, B) = exp(-|Z|²/2) / ((2π)^(mn/2) (det A)ⁿ (det B)ᵐ),   Z = A⁻¹ (X - M) B⁻ᵀ,   X ∈ ℝ^(m x n)

that is, vec X is normal with the covariance (B Bᵀ) ⊗ (A Aᵀ): U = A Aᵀ among the rows, V = B Bᵀ among the columns.

Sampling   X = M + A E Bᵀ,  E_ij ~ Normal(0, 1): pathwise in M, A and B.
Accuracy   log_prob as backward stable as the triangular solves; products at the highest matmul precision.
Cost       m²n + mn² an event; the covariance of size mn is never formed.
Source     Gupta, Nagar, "Matrix variate distributions" (1999), chapter 2.
"""

from typing import final

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI
from ._distribution import AbstractDistribution, parameter
from ._positive_definite import gram

_EXACT = lax.Precision.HIGHEST


@final
class MatrixNormal(AbstractDistribution):
    """A normal matrix whose covariance is one among the rows times one among the columns.

    Args:
        loc: M, the mean; real matrix.
        scale_row_tril: A, lower triangular with a positive diagonal; A Aᵀ is the covariance among the rows.
        scale_column_tril: B, likewise among the columns.

    Shapes: loc (*batch, m, n); scale_row_tril (*batch, m, m); scale_column_tril (*batch, n, n); event (m, n).

    Raises:
        ParameterError: a matrix breaks its constraint, or shapes do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.MatrixNormal(np.zeros((2, 1)), 2 * np.eye(2), np.array([[3.0]])).variance()
        Array([[36.],
               [36.]], dtype=float32)
    """

    loc: ParameterArray = parameter(supports.real_matrix)
    scale_row_tril: ParameterArray = parameter(supports.lower_cholesky)
    scale_column_tril: ParameterArray = parameter(supports.lower_cholesky)

    support = supports.real_matrix
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        loc, row, column = (jnp.shape(v)[-2:] for v in (self.loc, self.scale_row_tril, self.scale_column_tril))
        if row != (loc[0],) * 2 or column != (loc[1],) * 2:
            described = f"loc: {loc}; scale_row_tril: {row}; scale_column_tril: {column}"
            raise _errors.mismatched_events(self._label, described)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-2:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        noise = random.normal(key, shape + self.event_shape, self.dtype)
        by_row = jnp.matmul(self.scale_row_tril, noise, precision=_EXACT)
        return self.loc + jnp.matmul(by_row, jnp.swapaxes(self.scale_column_tril, -1, -2), precision=_EXACT)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        by_row = solve_triangular(self.scale_row_tril, x - self.loc, lower=True)
        z = solve_triangular(self.scale_column_tril, by_row.T, lower=True)
        return -0.5 * (z * z).sum() - x.size * HALF_LOG_2PI - self._half_log_det()

    def _half_log_det(self) -> Array:
        m, n = self.event_shape
        row, column = (jnp.log(jnp.diagonal(v)).sum() for v in (self.scale_row_tril, self.scale_column_tril))
        return n * row + m * column

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        row, column = ((v * v).sum(-1) for v in (self.scale_row_tril, self.scale_column_tril))
        return row[:, None] * column[None, :]

    def _covariance(self) -> Array:
        row, column = gram(self.scale_row_tril), gram(self.scale_column_tril)
        return row[:, None, :, None] * column[None, :, None, :]

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        m, n = self.event_shape
        return m * n * (0.5 + HALF_LOG_2PI) + self._half_log_det()
