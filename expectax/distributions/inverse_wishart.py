"""Inverse Wishart distribution.

    p(X; ν, Ψ) = |Ψ|^(ν/2) |X|^(-(ν+p+1)/2) exp(-tr(Ψ X⁻¹)/2) / (2^(νp/2) Γ_p(ν/2)),   X positive definite, Ψ = L Lᵀ

Sampling   X = F Fᵀ with F = L A⁻ᵀ, A Aᵀ a Wishart matrix of scale I by Bartlett's decomposition: pathwise in ν, through
           the gammas' implicit derivatives, and in L.
Accuracy   log_prob by the densities of the entries of D = C⁻¹ L, X = C Cᵀ: each diagonal one through Stirling's error
           and the deviance.
Source     Muirhead, "Aspects of multivariate statistical theory" (1982), section 3.6; Press, "Applied multivariate
           analysis" (1982), section 5.2 (moments).
"""

from typing import Any, final

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .. import supports
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, log_gamma_kernel
from . import _shapes
from ._bartlett import bartlett, chosen_factor, crossed, halves, standard_entropy
from ._distribution import AbstractDistribution, _widened, parameter
from ._positive_definite import checked_factor, gram, masked, on_diagonal


@final
class InverseWishart(AbstractDistribution):
    """The inverse of a Wishart matrix: the conjugate prior of a normal's covariance.

    Exactly one of `scale_tril` and `scale` is given; the factor `scale_tril` is what is kept.

    Args:
        df: ν, the degrees of freedom; more than p - 1.
        scale_tril: L, lower triangular with a positive diagonal, Ψ = L Lᵀ.
        scale: Ψ, symmetric positive definite; the mean is Ψ/(ν - p - 1).

    Shapes: df broadcasts against the batch of scale_tril, scale (*batch, p, p); event (p, p).

    Raises:
        ParameterError: not exactly one matrix, one that breaks its constraint, or df <= p - 1 (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.InverseWishart(5.0, scale=np.array([[4.0, 2.0], [2.0, 5.0]])).mean()
        Array([[2. , 1. ],
               [1. , 2.5]], dtype=float32)
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

    def _lower(self) -> Array:
        """L; what stands above its diagonal is no parameter."""
        return jnp.tril(self.scale_tril)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        factor = bartlett(key, halves(self.df, self.event_shape[0]), shape)
        lower = jnp.broadcast_to(self._lower(), factor.shape)
        return gram(jnp.swapaxes(solve_triangular(factor, jnp.swapaxes(lower, -1, -2), lower=True), -1, -2))

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
        """log p(C Cᵀ): for L = I, D_ii² ~ χ²(ν - p + 1 + i), and the rest are powers of the diagonals."""
        p = factor.shape[-1]
        d = solve_triangular(factor, self._lower(), lower=True)
        diagonal = jnp.diagonal(d)
        kernels = log_gamma_kernel(halves(self.df, p)[::-1], 0.5 * diagonal * diagonal)
        powers = jnp.arange(p - 1, -1, -1, dtype=d.dtype) * jnp.log(diagonal)
        below = jnp.tril(d, -1)
        jacobian = (p + 1) * jnp.log(jnp.diagonal(factor)).sum()
        return (kernels + powers).sum() - 0.5 * (below * below).sum() - 0.5 * p * (p - 1) * HALF_LOG_2PI - jacobian

    # --- Moments ---
    def _mean(self) -> Array:
        p = self.event_shape[0]
        excess = self.df - p - 1
        finite = gram(self._lower()) / jnp.where(excess > 0, excess, 1.0)
        return jnp.where(excess > 0, finite, on_diagonal(jnp.inf, p))

    def _variance(self) -> Array:
        p, psi = self.event_shape[0], gram(self._lower())
        d, excess = jnp.diagonal(psi), self.df - p - 1
        safe = jnp.where(excess > 2, excess, 3.0)
        numerator = (safe + 2) * psi * psi + safe * d[:, None] * d[None, :]
        finite = numerator / ((safe + 1) * safe * safe * (safe - 2))
        return jnp.where(excess > 2, finite, jnp.where(excess > 0, on_diagonal(jnp.inf, p), jnp.nan))

    def _covariance(self) -> Array:
        """(2 Ψ_ij Ψ_kl + e (Ψ_ik Ψ_jl + Ψ_il Ψ_jk))/((e + 1) e² (e - 2)), e = ν - p - 1 > 2; NaN elsewhere."""
        excess, psi = self.df - self.event_shape[0] - 1, gram(self._lower())
        safe = jnp.where(excess > 2, excess, 3.0)
        numerator = 2 * psi[:, :, None, None] * psi[None, None] + safe * crossed(psi)
        return jnp.where(excess > 2, numerator / ((safe + 1) * safe * safe * (safe - 2)), jnp.nan)

    def _mode(self) -> Array:
        return gram(self._lower()) / (self.df + self.event_shape[0] + 1)

    def _entropy(self) -> Array:
        p = self.event_shape[0]
        half_log_det = jnp.log(jnp.diagonal(self.scale_tril)).sum()
        return standard_entropy(self.df, p, -1) + (p + 1) * half_log_det
