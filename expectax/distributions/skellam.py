"""Skellam distribution, the difference of two independent Poisson counts.

    P(k) = exp(-λ₁ - λ₂) (λ₁/λ₂)^(k/2) I_|k|(2 √(λ₁ λ₂)),   k an integer

Sampling   the difference of two Poisson draws, in floats: no derivative along the draw.
Accuracy   log_prob through the two deviances at the saddle point and the slowly varying part of the Bessel function: a
           few ulp of max(1, |log P|, |λ d log P/dλ|).
Source     Skellam, "The frequency distribution of the difference between two Poisson variates" (1946); Johnson, "On an
           extension of the connexion between Poisson and χ² distributions" (1959).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log_skellam_kernel, skellam_entropy, skellam_log_tails, skellam_quantile
from ._distribution import AbstractDistribution, parameter


@final
class Skellam(AbstractDistribution):
    """How far one Poisson count exceeds another: goals, photons, net arrivals; as a float.

    Args:
        rate1: λ₁, the mean of the count that is added. Not negative.
        rate2: λ₂, the mean of the count that is taken away. Not negative.

    Shapes: rate1, rate2 broadcast to the batch; event ().

    Raises:
        ParameterError: a rate is negative, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Skellam(2.0, 1.0).prob(1)), 4)
        0.2385
    """

    rate1: ParameterArray = parameter(supports.nonnegative)
    rate2: ParameterArray = parameter(supports.nonnegative)

    support = supports.integers

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        key1, key2 = jax.random.split(key)
        return random.poisson(key1, self.rate1, shape) - random.poisson(key2, self.rate2, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        up = x >= 0
        more, less = jnp.where(up, self.rate1, self.rate2), jnp.where(up, self.rate2, self.rate1)
        return log_skellam_kernel(jnp.abs(x), more, less)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return skellam_log_tails(x, self.rate1, self.rate2)[0]

    def _log_sf(self, x: Array) -> Array:
        return skellam_log_tails(x, self.rate1, self.rate2)[1]

    def _quantile(self, p: Array) -> Array:
        return skellam_quantile(self.rate1, self.rate2, p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.rate1 - self.rate2

    def _variance(self) -> Array:
        return self.rate1 + self.rate2

    def _mode(self) -> Array:
        """The likeliest of the integers next to the mean: masses are log-concave, and their peak is within 1 of it."""
        places = [jnp.floor(self.rate1 - self.rate2) + j for j in (-1.0, 0.0, 1.0, 2.0)]
        best, most = places[0], self._log_prob(places[0])
        for place in places[1:]:
            log_prob = self._log_prob(place)
            best, most = jnp.where(log_prob > most, place, best), jnp.where(log_prob > most, log_prob, most)
        return jnp.where(jnp.isnan(most), jnp.nan, best)

    def _entropy(self) -> Array:
        return skellam_entropy(self.rate1, self.rate2)
