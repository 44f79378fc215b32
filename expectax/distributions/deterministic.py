"""Deterministic distribution: all mass on one number.

    P(μ) = 1

Sampling   x = μ: pathwise in μ, with derivative 1. The support moves with μ, so the score function is not valid for it.
Accuracy   exact. As a mass, not a density: log_prob is 0 at μ and -inf elsewhere, equality being that of the numbers.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 1.2 (degenerate distribution).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._atom import log_mass_above, log_mass_up_to, mass_up_to
from ._distribution import AbstractDistribution, parameter


@final
class Deterministic(AbstractDistribution):
    """A number that is not random, where a distribution is asked for.

    Args:
        loc: μ, the value of every draw. Real.

    Shapes: loc has the batch shape; event ().

    Example:
        >>> import expectax as ex
        >>> float(ex.Deterministic(3.0).log_prob(3.0))
        0.0
    """

    loc: ParameterArray = parameter(supports.real, moves_support=True)

    pathwise = True
    atomic = True

    @property
    def support(self):
        return supports.Atoms(jnp.expand_dims(self.loc, -1))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return jnp.broadcast_to(self.loc, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return jnp.where(jnp.isnan(self.loc), jnp.nan, jnp.zeros_like(x))

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return mass_up_to(x, self.loc)

    def _log_cdf(self, x: Array) -> Array:
        return log_mass_up_to(x, self.loc)

    def _log_sf(self, x: Array) -> Array:
        return log_mass_above(x, self.loc)

    def _quantile(self, p: Array) -> Array:
        return self.loc + jnp.zeros_like(p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return jnp.where(jnp.isnan(self.loc), jnp.nan, jnp.zeros_like(self.loc))

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return self._variance()
