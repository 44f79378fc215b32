"""Student's t distribution.

    p(x; ν, μ, σ) = Γ((ν+1)/2) / (Γ(ν/2) √(νπ) σ) · (1 + z²/ν)^(-(ν+1)/2),   z = (x - μ)/σ,   x ∈ ℝ

Sampling   x = μ + σ ε √(ν/2 / G),  ε ~ Normal(0, 1), G ~ Gamma(ν/2, 1), formed in log space: pathwise in μ, σ and,
           through the gamma's implicit derivative, in ν.
Accuracy   log_prob to a few ulp for every ν, inf (the normal) included.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 28.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    log1p,
    standardised,
    stirling_error,
    stirling_slope,
    student_t_inverse,
    student_t_log_cdf,
    student_t_log_prob,
)
from ._distribution import AbstractDistribution, parameter
from ._spread import spread


@final
class StudentT(AbstractDistribution):
    """A normal whose variance is itself random: errors with heavy tails.

    Args:
        df: ν, degrees of freedom; moments of order ν and above do not exist; inf is the normal. Positive.
        loc: μ, the median and mode; same unit as x. Real.
        scale: σ; same unit as x, not the standard deviation. Positive.

    Shapes: df, loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: df or scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.StudentT(4.0, 0.0, 3.0).variance())
        18.0
    """

    df: ParameterArray = parameter(supports.positive)
    loc: ParameterArray = parameter(supports.real, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)

    support = supports.real
    pathwise = True
    symmetric = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        normal_key, gamma_key = jax.random.split(key)
        return self.loc + self.scale * random.normal(normal_key, shape, self.dtype) * spread(gamma_key, self.df, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return student_t_log_prob(self.df, x, self.loc, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return student_t_log_cdf(self.df, standardised(x, self.loc, self.scale))

    def _log_sf(self, x: Array) -> Array:
        return student_t_log_cdf(self.df, -standardised(x, self.loc, self.scale))

    def _quantile(self, p: Array) -> Array:
        return self.loc + self.scale * student_t_inverse(self.df, p)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.where(self.df > 1, self.loc, jnp.nan)

    def _variance(self) -> Array:
        excess = jnp.where(self.df > 2, self.df - 2, 1.0)
        finite = self.scale * self.scale * (1 + 2 / excess)
        return jnp.where(self.df > 2, finite, jnp.where(self.df > 1, jnp.inf, jnp.nan))

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        """(ν+1)/2 [ψ((ν+1)/2) - ψ(ν/2)] + log(√ν B(ν/2, ½)) + log σ, with Stirling's parts cancelled."""
        df = jnp.where(self.df < jnp.inf, self.df, 1.0)
        half = 0.5 * df
        slopes = 0.5 * (df + 1) * (stirling_slope(half + 0.5) - stirling_slope(half))
        extra = stirling_error(half) - stirling_error(half + 0.5) + 0.5 * log1p(1 / df) + slopes + 0.5 / df
        return 0.5 + HALF_LOG_2PI + jnp.where(self.df < jnp.inf, extra, 0.0) + jnp.log(self.scale)
