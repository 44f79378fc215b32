"""Multivariate normal distribution.

    p(x; μ, L) = exp(-|z|²/2) / ((2π)^(n/2) det L),   z = L⁻¹ (x - μ),   Σ = L Lᵀ,   x ∈ ℝⁿ

Sampling   x = μ + L ε,  ε ~ Normal(0, I): pathwise in μ and L.
Accuracy   log_prob as backward stable as the triangular solve; products at the highest matmul precision.
Source     Kotz, Balakrishnan, Johnson, "Continuous multivariate distributions", vol. 1 (2000), chapter 45.
"""

from typing import Any, final

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._batching import float_dtype, working
from .._parameter import check_value, exactly_one
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, ndtri, normal_vector_log_density
from . import _shapes
from ._distribution import AbstractDistribution, parameter
from ._positive_definite import gram, lower_product


@final
class MultivariateNormal(AbstractDistribution):
    """The bell curve in n dimensions, with any covariance.

    Exactly one of `scale_tril`, `scale_diag`, `covariance` and `precision` is given; a diagonal is kept as it is, of the
    others the factor `scale_tril`.

    Args:
        loc: μ, the mean; real vector.
        scale_tril: L, lower triangular with a positive diagonal, Σ = L Lᵀ.
        scale_diag: the diagonal of a diagonal L, the standard deviations; positive vector.
        covariance: Σ, symmetric positive definite.
        precision: Σ⁻¹, symmetric positive definite.

    Shapes: loc, scale_diag (*batch, n); scale_tril, covariance, precision (*batch, n, n); event (n,).

    Raises:
        ParameterError: not exactly one scale, one that breaks its constraint, or shapes that do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> d = ex.MultivariateNormal(np.zeros(2), covariance=np.array([[4.0, 2.0], [2.0, 5.0]]))
        >>> d.scale_tril
        Array([[2., 0.],
               [1., 2.]], dtype=float32)
    """

    loc: ParameterArray = parameter(supports.real_vector)
    scale_tril: ParameterArray = parameter(supports.lower_cholesky, optional=True)
    scale_diag: ParameterArray = parameter(supports.positive_vector, optional=True)

    support = supports.real_vector
    pathwise = True
    witness = "loc"

    def __init__(
        self,
        loc: ArrayLike,
        *,
        scale_tril: ArrayLike | None = None,
        scale_diag: ArrayLike | None = None,
        covariance: ArrayLike | None = None,
        precision: ArrayLike | None = None,
    ):
        choices = {"scale_tril": scale_tril, "scale_diag": scale_diag, "covariance": covariance, "precision": precision}
        name = exactly_one(self._label, choices)
        if name in ("covariance", "precision"):
            value: Any = choices[name]
            check_value(self._label, name, value, supports.positive_definite)
            scale_tril = _factor(value) if name == "covariance" else _inverse_factor(value)
        object.__setattr__(self, "loc", loc)
        object.__setattr__(self, "scale_tril", scale_tril)
        object.__setattr__(self, "scale_diag", scale_diag)
        self.__post_init__()

    def __post_init__(self):
        super().__post_init__()
        n = jnp.shape(self.loc)[-1]
        if self.scale_tril is None:
            name, scale, wanted = "scale_diag", jnp.shape(self.scale_diag)[-1:], (n,)
        else:
            name, scale, wanted = "scale_tril", jnp.shape(self.scale_tril)[-2:], (n, n)
        if scale != wanted:
            raise _errors.mismatched_events(self._label, f"loc: {(n,)}; {name}: {scale}")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self._at_noise(random.normal(key, shape + self.event_shape, self.dtype))

    def _at_noise(self, noise: Array) -> Array:
        if self.scale_tril is None:
            return self.loc + self.scale_diag * noise
        noise = lax.optimization_barrier(noise)  # else XLA draws it anew for each row of the matrix
        return self.loc + lower_product(self.scale_tril, noise)

    @property
    def has_quantiles(self) -> bool:
        return True

    def _from_uniforms(self, u: Array) -> Array:
        own = _shapes.aligned(self, u.ndim - 1)
        return _shapes.rounded(own._at_noise(ndtri(u)), self.draw_dtype, self.support, keep_zero=False)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        if self.scale_tril is None:
            z = (x - self.loc) / self.scale_diag
            return -0.5 * (z * z).sum() - x.shape[-1] * HALF_LOG_2PI - self._half_log_det()
        return normal_vector_log_density(x - self.loc, self.scale_tril)

    def _half_log_det(self) -> Array:
        return jnp.log(self.scale_diag if self.scale_tril is None else jnp.diagonal(self.scale_tril)).sum()

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        if self.scale_tril is None:
            return self.scale_diag * self.scale_diag
        return (self.scale_tril * self.scale_tril).sum(-1)

    def _covariance(self) -> Array:
        if self.scale_tril is None:
            return jnp.diag(self.scale_diag * self.scale_diag)
        return gram(self.scale_tril)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return self.event_shape[0] * (0.5 + HALF_LOG_2PI) + self._half_log_det()


def _widened(matrix: ArrayLike) -> tuple[Array, Any]:
    """The matrix in at least single precision, which LAPACK needs, and the type to return to."""
    dtype = float_dtype([matrix])
    return jnp.asarray(matrix).astype(working(dtype)), dtype


def _factor(covariance: ArrayLike) -> Array:
    wide, dtype = _widened(covariance)
    return jnp.linalg.cholesky(wide).astype(dtype)


def _inverse_factor(precision: ArrayLike) -> Array:
    """Lower triangular L with L Lᵀ = P⁻¹, never forming the inverse.

    With J the exchange matrix and C the Cholesky factor of J P J, U = J C J is upper triangular with U Uᵀ = P,
    so L = U⁻ᵀ.
    """
    wide, dtype = _widened(precision)
    upper = jnp.flip(jnp.linalg.cholesky(jnp.flip(wide, (-2, -1))), (-2, -1))
    eye = jnp.broadcast_to(jnp.eye(wide.shape[-1], dtype=wide.dtype), wide.shape)
    return solve_triangular(jnp.swapaxes(upper, -1, -2), eye, lower=True).astype(dtype)
