"""Multivariate normal distribution with a covariance of low rank plus diagonal.

    Σ = W Wᵀ + diag(d),   W (n, r),   x ∈ ℝⁿ

Sampling   x = μ + W ε + √d η,  ε ~ Normal(0, I_r), η ~ Normal(0, I_n): pathwise in μ, W and d.
Density    With A = d^(-1/2) W, y = d^(-1/2) (x - μ) and C = I + AᵀA:
               det Σ = det C · Π d        (determinant lemma)
               yᵀ(I + AAᵀ)⁻¹y = |y - A u|² + |u|²,   u = C⁻¹ Aᵀ y        (Woodbury as a ridge regression)
           The second form is a sum of squares: nothing cancels as d → 0, unlike in |y|² - |C^(-1/2) Aᵀ y|².
Cost       n r² a distribution and n r an event; Σ is never formed.
Source     Golub, Van Loan, "Matrix computations" (2013), section 2.1.4.
"""

from typing import final

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import cho_solve

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI
from ._distribution import AbstractDistribution, parameter

_EXACT = lax.Precision.HIGHEST


@final
class LowRankMultivariateNormal(AbstractDistribution):
    """The bell curve in many dimensions whose correlations come from a few common factors.

    Args:
        loc: μ, the mean; real vector.
        factor: W, the loadings of the r common factors.
        diagonal: d, the variances of what is left. Positive vector.

    Shapes: loc (*batch, n); factor (*batch, n, r); diagonal (*batch, n); event (n,).

    Raises:
        ParameterError: a variance is not positive, or shapes do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> d = ex.LowRankMultivariateNormal(np.zeros(2), np.array([[1.0], [2.0]]), np.ones(2))
        >>> d.variance()
        Array([2., 5.], dtype=float32)
    """

    loc: ParameterArray = parameter(supports.real_vector)
    factor: ParameterArray = parameter(supports.real_matrix)
    diagonal: ParameterArray = parameter(supports.positive_vector)

    support = supports.real_vector
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        loc, factor, diagonal = map(jnp.shape, (self.loc, self.factor, self.diagonal))
        if not loc[-1] == factor[-2] == diagonal[-1]:
            described = f"loc: {loc[-1:]}; factor: {factor[-2:]}; diagonal: {diagonal[-1:]}"
            raise _errors.mismatched_events(self._label, described)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        common_key, own_key = jax.random.split(key)
        common = random.normal(common_key, (*shape, self.factor.shape[-1], 1), self.dtype)
        own = random.normal(own_key, shape + self.event_shape, self.dtype)
        return self.loc + jnp.matmul(self.factor, common, precision=_EXACT)[..., 0] + jnp.sqrt(self.diagonal) * own

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        y = (x - self.loc) / jnp.sqrt(self.diagonal)
        a, chol = self._whitened()
        u = cho_solve((chol, True), jnp.matmul(y, a, precision=_EXACT))
        rest = y - jnp.matmul(a, u, precision=_EXACT)
        square = (rest * rest).sum() + (u * u).sum()
        return -0.5 * square - x.shape[-1] * HALF_LOG_2PI - self._half_log_det(chol)

    def _whitened(self) -> tuple[Array, Array]:
        """A and the Cholesky factor of C."""
        a = self.factor / jnp.sqrt(self.diagonal)[:, None]
        gram = jnp.matmul(a.T, a, precision=_EXACT)
        return a, jnp.linalg.cholesky(jnp.eye(a.shape[-1], dtype=a.dtype) + gram)

    def _half_log_det(self, chol: Array) -> Array:
        return 0.5 * jnp.log(self.diagonal).sum() + jnp.log(jnp.diagonal(chol)).sum()

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return (self.factor * self.factor).sum(-1) + self.diagonal

    def _covariance(self) -> Array:
        return jnp.matmul(self.factor, self.factor.T, precision=_EXACT) + jnp.diag(self.diagonal)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return self.event_shape[0] * (0.5 + HALF_LOG_2PI) + self._half_log_det(self._whitened()[1])
