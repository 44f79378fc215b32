"""Poisson distribution.

    P(k) = λ^k exp(-λ) / k!,   k = 0, 1, 2, ...

Sampling   by inversion below λ = 10, else by transformed rejection (Hörmann 1993), in floats, so that no rate is too
           large: no derivative along the draw.
Accuracy   log_prob through Stirling's error and the deviance: a few ulp of max(1, |k - λ|), also at λ = 10¹².
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), chapter 4; Loader (2000).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import log_gammainc, log_gammaincc, log_poisson_mass, poisson_entropy
from ._count_quantile import count_quantile
from ._distribution import AbstractDistribution, parameter


@final
class Poisson(AbstractDistribution):
    """The number of independent rare events in a stretch of time or space, as a float.

    Args:
        rate: λ, the mean. Not negative.

    Shapes: rate has the batch shape; event ().

    Raises:
        ParameterError: rate is negative (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Poisson(2.0).prob(0)), 4)
        0.1353
    """

    rate: ParameterArray = parameter(supports.nonnegative)

    support = supports.counts

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return random.poisson(key, self.rate, shape)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        """One event more, less the law itself."""
        return WeakDerivative(jnp.ones_like(self.rate), draw + 1, draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_poisson_mass(x, self.rate)

    # --- Cumulative: P(X <= k) is that of a Gamma(k + 1, 1) beyond λ ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log_gammaincc(x + 1, self.rate)

    def _log_sf(self, x: Array) -> Array:
        return log_gammainc(x + 1, self.rate)

    def _log_tail(self, k: Array, upper: Array) -> Array:
        """log P(X > k) where `upper`, else log P(X <= k)."""
        return jnp.where(upper, self._log_sf(k), self._log_cdf(k))

    def _quantile(self, p: Array) -> Array:
        ordinary = (self.rate > 0) & (self.rate < jnp.inf)
        skewness = 1 / jnp.sqrt(jnp.where(ordinary, self.rate, 1.0))
        return count_quantile(self, p, skewness, jnp.full_like(p, jnp.inf))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.rate

    def _variance(self) -> Array:
        return self.rate

    def _mode(self) -> Array:
        return jnp.floor(self.rate)

    def _entropy(self) -> Array:
        return poisson_entropy(self.rate)
