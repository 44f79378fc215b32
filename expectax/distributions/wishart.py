"""Wishart distribution.

    p(X; ν, V) = |X|^((ν-p-1)/2) exp(-tr(V⁻¹ X)/2) / (2^(νp/2) |V|^(ν/2) Γ_p(ν/2)),   X positive definite, V = L Lᵀ

Sampling   X = (L A)(L A)ᵀ with A lower triangular, A_ij ~ Normal(0, 1) below the diagonal and A_ii² ~ χ²(ν - i),
           i = 0, ..., p - 1 (Bartlett): pathwise in ν, through the gammas' implicit derivatives, and in L.
Accuracy   log_prob by the densities of A: each diagonal entry through Stirling's error and the deviance.
Source     Muirhead, "Aspects of multivariate statistical theory" (1982), theorems 3.2.1 and 3.2.14.
"""

from typing import Any, final

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import supports
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, log_gamma_kernel
from . import _shapes
from ._bartlett import bartlett, chosen_factor, crossed, halves, standard_entropy
from ._distribution import AbstractDistribution, _widened, parameter
from ._positive_definite import checked_factor, gram, masked


@final
class Wishart(AbstractDistribution):
    """Sums of squares and products of normal vectors: the law of an empirical covariance times its degrees of freedom.

    Exactly one of `scale_tril` and `scale` is given; the factor `scale_tril` is what is kept.

    Args:
        df: ν, the degrees of freedom; more than p - 1.
        scale_tril: L, lower triangular with a positive diagonal, V = L Lᵀ.
        scale: V, symmetric positive definite; the mean is ν V.

    Shapes: df broadcasts against the batch of scale_tril, scale (*batch, p, p); event (p, p).

    Raises:
        ParameterError: not exactly one matrix, one that breaks its constraint, or df <= p - 1 (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.Wishart(4.0, scale=np.array([[4.0, 2.0], [2.0, 5.0]])).mean()
        Array([[16.,  8.],
               [ 8., 20.]], dtype=float32)
    """

    df: ParameterArray = parameter(supports.positive, within=supports.above_dimension_less_1("scale_tril"))
    scale_tril: ParameterArray = parameter(supports.lower_cholesky)

    support = supports.positive_definite
    pathwise = True

    def __init__(self, df: ArrayLike, *, scale_tril: ArrayLike | None = None, scale: ArrayLike | None = None):
        object.__setattr__(self, "df", df)
        object.__setattr__(self, "scale_tril", chosen_factor(self._label, scale_tril, scale))
        self.__post_init__()

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.scale_tril)[-2:]

    def _halves(self) -> Array:
        return halves(self.df, self.event_shape[0])

    def _lower(self) -> Array:
        """L; what stands above its diagonal is no parameter."""
        return jnp.tril(self.scale_tril)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        factor = bartlett(key, self._halves(), shape)
        return gram(jnp.matmul(self._lower(), factor, precision=lax.Precision.HIGHEST))

    # --- Density ---
    def _batched_log_prob(self, value: Array) -> Array:
        def guarded(dist: Any, x: Array) -> Array:
            x = _widened(dist, x)
            factor, ok = checked_factor(x)
            return masked(dist._at_factor(factor), ok, x)

        return _shapes.lift(self, guarded, "log_prob", (value, 2))

    def _log_prob(self, x: Array) -> Array:
        return self._at_factor(jnp.linalg.cholesky(x))

    def _at_factor(self, factor: Array) -> Array:
        """log p(C Cᵀ): with A = L⁻¹ C, the density of A over the Jacobian 2^p Π A_ii^(p-i) |L|^(p+1)."""
        p = factor.shape[-1]
        a = solve_triangular(self._lower(), factor, lower=True)
        diagonal = jnp.diagonal(a)
        kernels = log_gamma_kernel(self._halves(), 0.5 * diagonal * diagonal)
        powers = (p + 1 - jnp.arange(p, dtype=a.dtype)) * jnp.log(diagonal)
        below = jnp.tril(a, -1)
        constant = 0.5 * p * (p - 1) * HALF_LOG_2PI
        return (kernels - powers).sum() - 0.5 * (below * below).sum() - constant - (p + 1) * self._half_log_det()

    def _half_log_det(self) -> Array:
        return jnp.log(jnp.diagonal(self.scale_tril)).sum()

    # --- Moments ---
    def _mean(self) -> Array:
        return self.df * gram(self._lower())

    def _variance(self) -> Array:
        v = gram(self._lower())
        d = jnp.diagonal(v)
        return self.df * (v * v + d[:, None] * d[None, :])

    def _covariance(self) -> Array:
        """ν (V_ik V_jl + V_il V_jk), Muirhead, section 3.2."""
        return self.df * crossed(gram(self._lower()))

    def _mode(self) -> Array:
        excess = self.df - self.event_shape[0] - 1
        return jnp.where(excess >= 0, excess, jnp.nan) * gram(self._lower())

    def _entropy(self) -> Array:
        return standard_entropy(self.df, self.event_shape[0], 1) + (self.event_shape[0] + 1) * self._half_log_det()
