"""Generalised Pareto distribution.

    1 - F(x; μ, σ, ξ) = (1 + ξz)^(-1/ξ), exp(-z) at ξ = 0,   z = (x - μ)/σ >= 0,   x <= μ - σ/ξ if ξ < 0

Sampling   x = μ + σ (e^(ξE) - 1)/ξ,  E ~ Exponential(1): pathwise in μ, σ and ξ. The support moves with all three, so the
           score function is not valid for them.
Accuracy   log_prob and both tails to a few ulp of max(1, their largest derivative times argument); values and derivatives
           of every order pass smoothly through ξ = 0.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), section 20.12; Hosking,
           Wallis, "Parameter and quantile estimation for the generalized Pareto distribution" (1987).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    below_end,
    density_at_end,
    expm1,
    expm1_scaled,
    log1mexp,
    log1p,
    log1p_scaled,
    standardised,
    tail_end,
)
from ._distribution import AbstractDistribution, parameter


@final
class GeneralizedPareto(AbstractDistribution):
    """Excesses over a high threshold: exponential at ξ = 0, with a power law above, with an upper end below.

    Args:
        loc: μ, the threshold, the lower end; same unit as x. Real.
        scale: σ; same unit as x. Positive.
        concentration: ξ, the tail index; moments of order 1/ξ and above are infinite. Real.

    Shapes: loc, scale, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.GeneralizedPareto(0.0, 1.0, 0.0).log_sf(3.0))
        -3.0
    """

    loc: ParameterArray = parameter(supports.real, moves_support=True)
    scale: ParameterArray = parameter(supports.positive, moves_support=True)
    concentration: ParameterArray = parameter(supports.real, moves_support=True)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.loc, tail_end(self.loc, self.scale, self.concentration, upper=True))

    def _exponential(self, x: Array) -> tuple[Array, Array]:
        """(log(1 + ξz)/ξ, which is Exponential(1), whether x is below the upper end)."""
        z = standardised(x, self.loc, self.scale)
        inside = below_end(z, self.concentration)
        return log1p_scaled(jnp.where(inside, z, 0.0), self.concentration), inside

    def _at(self, exponential: Array) -> Array:
        return self.loc + self.scale * expm1_scaled(exponential, self.concentration)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        _, log_rest = random.tails(key, shape, self.dtype)
        return self._at(-log_rest)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        y, inside = self._exponential(x)
        at_end = density_at_end(self.concentration)
        return jnp.where(inside, -(1 + self.concentration) * y, at_end) - jnp.log(self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        y, inside = self._exponential(x)
        return jnp.where(inside, -y, jnp.where(jnp.isnan(self.concentration + self.scale), jnp.nan, -jnp.inf))

    def _quantile(self, p: Array) -> Array:
        end = p == 1
        inner = self._at(-log1p(-jnp.where(end, 0.5, p)))
        return jnp.where(end & ~jnp.isnan(inner), self.support.high, inner)

    # --- Moments ---
    def _mean(self) -> Array:
        xi = self.concentration
        finite = self.loc + self.scale / (1 - jnp.where(xi < 1, xi, 0.0))
        return jnp.where(xi < 1, finite, jnp.where(jnp.isnan(xi), jnp.nan, jnp.inf))

    def _variance(self) -> Array:
        xi = self.concentration
        low = jnp.where(xi < 0.5, xi, 0.0)
        finite = (self.scale / (1 - low)) ** 2 / (1 - 2 * low)
        return jnp.where(xi < 0.5, finite, jnp.where((xi < 1) & (self.scale > 0), jnp.inf, jnp.nan))

    def _mode(self) -> Array:
        return jnp.where(self.concentration < -1, self.support.high, self.loc)

    def _entropy(self) -> Array:
        return 1 + self.concentration + jnp.log(self.scale)
