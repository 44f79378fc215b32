"""Von Mises distribution, the circular normal.

    p(x; μ, κ) = exp(κ cos(x - μ)) / (2π I₀(κ)),   an angle x in radians

The circle is cut opposite to μ: draws, moments and the CDF are those of x ∈ [μ - π, μ + π], so that a draw moves with μ
without a jump; the density is periodic and takes any angle.

Sampling   x = μ + z, z by rejection from a wrapped Cauchy law (Best & Fisher 1979): pathwise in μ, and in κ by the
           implicit derivative -F_κ(x)/p(x).
Accuracy   log_prob 3 ulp of max(1, |log p|, |(x - μ) d log p/dx|), at any κ; both tails, also in log space, and the
           derivative of a draw by Gauss-Legendre quadrature of the density over that at x: few ulp of their condition.
Source     Mardia, Jupp, "Directional statistics" (2000), section 3.5.4; Best, Fisher (1979).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    von_mises_entropy,
    von_mises_log_cdf,
    von_mises_log_density,
    von_mises_quantile,
    von_mises_variance,
)
from ._distribution import AbstractDistribution, parameter


@final
class VonMises(AbstractDistribution):
    """Angles around one direction: headings, phases, times of day.

    Args:
        loc: μ, the mean direction, in radians. Real.
        concentration: κ, about the inverse variance; 0 is the uniform law. Not negative.

    Shapes: loc, concentration broadcast to the batch; event ().

    Raises:
        ParameterError: concentration is negative, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.VonMises(0.0, 2.0).log_prob(0.5)), 4)
        -0.9067
    """

    loc: ParameterArray = parameter(supports.real, moves_support=True)
    concentration: ParameterArray = parameter(supports.nonnegative)

    pathwise = True

    @property
    def support(self):
        return supports.Circle(self.loc)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.loc + random.von_mises(key, self.concentration, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        finite = jnp.abs(x) < jnp.inf
        inside = von_mises_log_density(jnp.where(finite, x, 0.0) - self.loc, self.concentration)
        return jnp.where(finite, inside, jnp.where(jnp.isnan(x), jnp.nan, -jnp.inf))

    # --- Cumulative ---
    def _log_cdf(self, x: Array) -> Array:
        return von_mises_log_cdf(x - self.loc, self.concentration)

    def _log_sf(self, x: Array) -> Array:
        return von_mises_log_cdf(self.loc - x, self.concentration)

    def _quantile(self, p: Array) -> Array:
        return self.loc + von_mises_quantile(p, self.concentration)

    # --- Moments, on the circle cut at μ ± π ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return von_mises_variance(self.concentration)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return von_mises_entropy(self.concentration)
