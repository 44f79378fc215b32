"""Generalised extreme value distribution.

    F(x; μ, σ, ξ) = exp(-(1 + ξz)^(-1/ξ)), exp(-e⁻ᶻ) at ξ = 0,   z = (x - μ)/σ,   1 + ξz >= 0

Sampling   x = μ + σ (e^(ξy) - 1)/ξ,  y ~ Gumbel(0, 1): pathwise in μ, σ and ξ. The support moves with all three, so the
           score function is not valid for them.
Accuracy   log_prob and both tails to a few ulp of max(1, their largest derivative times argument); values, moments and
           derivatives of every order pass smoothly through ξ = 0.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), section 22.15; Jenkinson,
           "The frequency distribution of the annual maximum (or minimum) values of meteorological elements" (1955).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    EULER_GAMMA,
    below_end,
    density_at_end,
    expm1_scaled,
    gamma_gap,
    gamma_ratio_gap,
    log1mexp_exp,
    log1p,
    log1p_scaled,
    standardised,
    tail_end,
)
from ._distribution import AbstractDistribution, parameter


@final
class GeneralizedExtremeValue(AbstractDistribution):
    """The largest of many independent values: Gumbel at ξ = 0, Fréchet above, reversed Weibull below.

    Args:
        loc: μ; same unit as x; the 37 % quantile. Real.
        scale: σ; same unit as x. Positive.
        concentration: ξ, the tail index; moments of order 1/ξ and above are infinite. Real.

    Shapes: loc, scale, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.GeneralizedExtremeValue(1.0, 2.0, 0.5).log_cdf(1.0))
        -1.0
    """

    loc: ParameterArray = parameter(supports.real, moves_support=True)
    scale: ParameterArray = parameter(supports.positive, moves_support=True)
    concentration: ParameterArray = parameter(supports.real, moves_support=True)

    pathwise = True

    @property
    def support(self):
        parameters = self.loc, self.scale, self.concentration
        return supports.Interval(tail_end(*parameters, upper=False), tail_end(*parameters, upper=True))

    def _gumbel(self, x: Array) -> tuple[Array, Array]:
        """(log(1 + ξz)/ξ, which is Gumbel(0, 1), whether x is inside both ends)."""
        z = standardised(x, self.loc, self.scale)
        inside = below_end(z, self.concentration)
        return log1p_scaled(jnp.where(inside, z, 0.0), self.concentration), inside

    def _at(self, gumbel: Array) -> Array:
        return self.loc + self.scale * expm1_scaled(gumbel, self.concentration)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, _ = random.tails(key, shape, self.dtype)
        return self._at(-jnp.log(-log_u))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        y, inside = self._gumbel(x)
        xi = self.concentration
        at_end = jnp.where(xi > 0, -jnp.inf, density_at_end(xi))
        return jnp.where(inside, -(1 + xi) * y - jnp.exp(-y), at_end) - jnp.log(self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        y, inside = self._gumbel(x)
        return jnp.where(inside, -jnp.exp(-y), self._beyond(jnp.where(x < self.loc, -jnp.inf, 0.0)))

    def _log_sf(self, x: Array) -> Array:
        y, inside = self._gumbel(x)
        return jnp.where(inside, log1mexp_exp(-y), self._beyond(jnp.where(x < self.loc, 0.0, -jnp.inf)))

    def _beyond(self, value: Array) -> Array:
        """The value at an end, NaN where a parameter is."""
        return jnp.where(jnp.isnan(self.loc + self.scale + self.concentration), jnp.nan, value)

    def _quantile(self, p: Array) -> Array:
        edge = (p == 0) | (p == 1)
        q = jnp.where(edge, 0.5, p)
        inner = self._at(-jnp.log(-jnp.where(q > 0.5, log1p(q - 1), jnp.log(q))))
        low, high = self.support.bounds
        return jnp.where(edge & ~jnp.isnan(inner), jnp.where(p == 0, low, high), inner)

    # --- Moments ---
    def _mean(self) -> Array:
        xi = self.concentration
        finite = self.loc + self.scale * gamma_gap(jnp.where(xi < 1, xi, 0.0))
        return jnp.where(xi < 1, finite, jnp.where(jnp.isnan(xi), jnp.nan, jnp.inf))

    def _variance(self) -> Array:
        xi = self.concentration
        finite = self.scale * self.scale * gamma_ratio_gap(jnp.where(xi < 0.5, xi, 0.0))
        return jnp.where(xi < 0.5, finite, jnp.where((xi < 1) & (self.scale > 0), jnp.inf, jnp.nan))

    def _mode(self) -> Array:
        spiked = self.concentration <= -1  # the density rises to its upper end
        xi = jnp.where(spiked, 0.0, self.concentration)
        return jnp.where(spiked, self.support.high, self._at_mode(xi))

    def _at_mode(self, xi: Array) -> Array:
        return self.loc + self.scale * expm1_scaled(-log1p(xi), xi)

    def _entropy(self) -> Array:
        return 1 + EULER_GAMMA * (1 + self.concentration) + jnp.log(self.scale)
