"""Inverse Gaussian (Wald) distribution.

    p(x; μ, λ) = √(λ/(2πx³)) exp(-λ (x - μ)²/(2μ²x)),   x > 0

Sampling   Michael, Schucany & Haas (1976), pathwise in μ and λ by the implicit derivative, which has a closed form. Draws
           are kept at or above the smallest normal number.
Accuracy   log_prob to 6 ulp of max(1, its largest derivative times argument); both tails in log space, through Mills'
           ratio, without overflow at a large λ/μ and without cancellation at a small one.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 15.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    inverse_gaussian_inverse,
    inverse_gaussian_log_density,
    inverse_gaussian_log_tails,
    scaled_expint,
)
from ._distribution import AbstractDistribution, parameter


@final
class InverseGaussian(AbstractDistribution):
    """When a Brownian motion with drift first reaches a level.

    Args:
        loc: μ, the mean; same unit as x. Positive.
        concentration: λ; same unit as x; the variance is μ³/λ. Positive.

    Shapes: loc, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.InverseGaussian(2.0, 4.0).variance())
        2.0
    """

    loc: ParameterArray = parameter(supports.positive)
    concentration: ParameterArray = parameter(supports.positive)

    support = supports.nonnegative
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return random.inverse_gaussian(key, self.loc, self.concentration, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        edge = x == 0
        inside = inverse_gaussian_log_density(jnp.where(edge, self.loc, x), self.loc, self.concentration)
        return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124  NaN: a bad parameter

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tails(x)[0]

    def _log_sf(self, x: Array) -> Array:
        return self._log_tails(x)[1]

    def _log_tails(self, x: Array) -> tuple[Array, Array]:
        edge = x == 0
        parts = jnp.broadcast_arrays(jnp.where(edge, self.loc, x), self.loc, self.concentration)
        lower, upper = inverse_gaussian_log_tails(*parts)
        edge &= lower == lower  # noqa: PLR0124
        return jnp.where(edge, -jnp.inf, lower), jnp.where(edge, 0.0, upper)

    def _quantile(self, p: Array) -> Array:
        return inverse_gaussian_inverse(*jnp.broadcast_arrays(p, self.loc, self.concentration))

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.where(self.concentration > 0, self.loc, jnp.nan)

    def _variance(self) -> Array:
        return self.loc * self.loc * (self.loc / self.concentration)

    def _mode(self) -> Array:
        q = 1.5 * (self.loc / self.concentration)
        return self.loc / (q + jnp.sqrt(1 + q * q))

    def _entropy(self) -> Array:
        """½ + ½ log 2π - ½ log λ + 3/2 E[log x],  E[log x] = log μ - eˢ E₁(s) at s = 2λ/μ."""
        mean_log = jnp.log(self.loc) - scaled_expint(2 * (self.concentration / self.loc))
        return 0.5 + HALF_LOG_2PI - 0.5 * jnp.log(self.concentration) + 1.5 * mean_log
