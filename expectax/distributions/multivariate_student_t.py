"""Multivariate Student's t distribution.

    p(x; ν, μ, L) = Γ((ν+n)/2) / (Γ(ν/2) (νπ)^(n/2) det L) · (1 + |z|²/ν)^(-(ν+n)/2),   z = L⁻¹ (x - μ),   x ∈ ℝⁿ

Sampling   x = μ + L ε √(ν/2 / G),  ε ~ Normal(0, I), G ~ Gamma(ν/2, 1), formed in log space: pathwise in μ, L and,
           through the gamma's implicit derivative, in ν.
Accuracy   log_prob as backward stable as the triangular solve for any ν, inf (the normal) included, and where |z|² overflows.
Source     Kotz, Nadarajah, "Multivariate t distributions and their applications" (2004), chapter 1.
"""

import math
from typing import final

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, digamma_gap, log1p, stirling_error
from ._distribution import AbstractDistribution, parameter
from ._positive_definite import gram, on_diagonal
from ._spread import spread


@final
class MultivariateStudentT(AbstractDistribution):
    """A multivariate normal whose covariance has a random common factor: vectors with heavy tails.

    Args:
        df: ν, degrees of freedom; moments of order ν and above do not exist; inf is the normal. Positive.
        loc: μ, the median and mode; real vector.
        scale_tril: L, lower triangular with a positive diagonal; the covariance is ν/(ν-2) L Lᵀ.

    Shapes: df broadcasts against the batch of loc (*batch, n) and scale_tril (*batch, n, n); event (n,).

    Raises:
        ParameterError: df is not positive, the matrix breaks its constraint, or shapes do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.MultivariateStudentT(4.0, np.zeros(2), np.array([[1.0, 0.0], [2.0, 1.0]])).variance()
        Array([ 2., 10.], dtype=float32)
    """

    df: ParameterArray = parameter(supports.positive)
    loc: ParameterArray = parameter(supports.real_vector)
    scale_tril: ParameterArray = parameter(supports.lower_cholesky)

    support = supports.real_vector
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        loc, tril = jnp.shape(self.loc), jnp.shape(self.scale_tril)
        if tril[-2:] != (loc[-1], loc[-1]):
            raise _errors.mismatched_events(self._label, f"loc: {loc[-1:]}; scale_tril: {tril[-2:]}")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        normal_key, gamma_key = jax.random.split(key)
        noise = random.normal(normal_key, shape + self.event_shape, self.dtype)
        noise = noise * spread(gamma_key, self.df, shape)[..., None]
        return self.loc + jnp.matmul(self.scale_tril, noise[..., None], precision=lax.Precision.HIGHEST)[..., 0]

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z = solve_triangular(self.scale_tril, x - self.loc, lower=True)
        normal = self.df == jnp.inf
        df = jnp.where(normal, 1.0, self.df)
        tails = 0.5 * (df + x.shape[-1]) * _log1p_square(z, df)
        central = jnp.where(normal, z, 0.0)
        return self._log_peak() - jnp.where(normal, 0.5 * (central * central).sum(), tails)

    def _log_peak(self) -> Array:
        """log p(μ): with Stirling's parts of the gamma functions cancelled; a = ν/2, d = n/2."""
        normal, d = self.df == jnp.inf, 0.5 * self.event_shape[0]
        a = 0.5 * jnp.where(normal, 1.0, self.df)
        gammas = (a + (d - 0.5)) * log1p(d / a) - d + stirling_error(a + d) - stirling_error(a)
        return jnp.where(normal, 0.0, gammas) - 2 * d * HALF_LOG_2PI - self._half_log_det()

    def _half_log_det(self) -> Array:
        return jnp.log(jnp.diagonal(self.scale_tril)).sum()

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.where(self.df > 1, self.loc, jnp.nan)

    def _stretch(self) -> Array:
        """ν/(ν - 2)."""
        return 1 + 2 / jnp.where(self.df > 2, self.df - 2, 1.0)

    def _covariance(self) -> Array:
        n = self.event_shape[0]
        infinite = jnp.where(self.df > 1, on_diagonal(jnp.inf, n), jnp.nan)
        return jnp.where(self.df > 2, gram(self.scale_tril) * self._stretch(), infinite)

    def _variance(self) -> Array:
        finite = (self.scale_tril * self.scale_tril).sum(-1) * self._stretch()
        return jnp.where(self.df > 2, finite, jnp.where(self.df > 1, jnp.inf, jnp.nan))

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        normal, d = self.df == jnp.inf, 0.5 * self.event_shape[0]
        a = 0.5 * jnp.where(normal, 1.0, self.df)
        return jnp.where(normal, d, (a + d) * digamma_gap(a, jnp.full_like(a, d))) - self._log_peak()


def _log1p_square(z: Array, df: Array) -> Array:
    """log(1 + |z|²/ν), also where |z|² overflows."""
    square = (z * z).sum()
    large = ~(square < 0.01 * jnp.finfo(z.dtype).max)
    near = jnp.where(large, 0.0, z)
    far = jnp.where(large, z, 1.0) * 2.0**-8  # XLA multiplies by 1/size, which must not be subnormal
    size = jnp.abs(far).max()
    finite = size < jnp.inf
    unit = jnp.where(finite, far, 1.0) / jnp.where(finite, size, 1.0)
    beyond = 2 * (jnp.log(size) + 8 * math.log(2)) + jnp.log((unit * unit).sum()) - jnp.log(df)
    log1p_square = jnp.where(large, beyond, log1p((near * near).sum() / df))
    return jnp.where(jnp.isnan(z).any(), jnp.nan, log1p_square)  # the maximum may hide it
