"""Beta-binomial distribution.

    P(k) = n!/(k! (n-k)!) B(k + α, n - k + β) / B(α, β),   k = 0, ..., n

Sampling   x ~ Binomial(n, P),  P ~ Beta(α, β), as floats: no derivative along the draw.
Accuracy   log_prob to 20 ulp of max(1, its largest derivative times argument), with all large terms cancelled by hand;
           tails by sums of masses outward from k, as many terms as matter.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 6.2.2.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    log1mexp,
    log1p,
    log_beta_binomial_mass,
    log_beta_binomial_run,
    normal_guess,
    random_gamma,
    smallest_count,
)
from ._distribution import AbstractDistribution, parameter


@final
class BetaBinomial(AbstractDistribution):
    """Successes in trials whose common probability is itself a beta variable, as a float.

    Args:
        total_count: n, the number of trials. A count; not differentiated.
        concentration1: α, pulls the probability towards 1. Positive.
        concentration0: β, pulls the probability towards 0. Positive.

    Shapes: total_count, concentration1, concentration0 broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is outside its set, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.BetaBinomial(10.0, 1.0, 1.0).prob(3)), 4)
        0.0909
    """

    total_count: ParameterArray = parameter(supports.counts, moves_support=True)
    concentration1: ParameterArray = parameter(supports.positive)
    concentration0: ParameterArray = parameter(supports.positive)

    @property
    def support(self):
        return supports.IntegerRange(0, self.total_count)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        key1, key0, count_key = jax.random.split(key, 3)
        log_odds = random_gamma(key1, self.concentration1, shape)[1] - random_gamma(key0, self.concentration0, shape)[1]
        n = jnp.broadcast_to(self.total_count, shape)
        known = (n >= 0) & ~jnp.isnan(log_odds)
        p = jax.nn.sigmoid(jnp.where(known, log_odds, 0.0))
        draw = jax.random.binomial(count_key, jnp.where(known, n, 1.0), p, shape, self.dtype)
        return jnp.where(known, draw, jnp.nan)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_beta_binomial_mass(self.total_count, x, self.concentration1, self.concentration0)

    # --- Cumulative: the tail on k's side of the mean is summed, the other is the rest ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tail(x, upper=False)

    def _log_sf(self, x: Array) -> Array:
        return self._log_tail(x, upper=True)

    def _log_tail(self, x: Array, upper: bool) -> Array:
        n, a, b = self.total_count, self.concentration1, self.concentration0
        summed = x > self._mean()  # the upper tail, from k + 1 on, is summed
        full = x >= n
        count = jnp.where(summed, n - jnp.where(full, 0.0, x + 1), x)
        own, other = jnp.where(summed, b, a), jnp.where(summed, a, b)
        n, count = jnp.where(full, 1.0, n), jnp.where(full, 0.0, count)
        tail = log_beta_binomial_mass(n, count, own, other) + log_beta_binomial_run(n, count, own, other)
        tail = jnp.where(tail < 0, tail, 0.0)
        wanted = summed == upper
        inside = jnp.where(wanted, tail, log1mexp(jnp.where(wanted, -1.0, tail)))
        return jnp.where(full, -jnp.inf if upper else 0.0, inside)

    def _quantile(self, p: Array) -> Array:
        inside = (p > 0) & (p < 1)
        given = jnp.where(inside, p, 0.5)

        def enough(k):
            lower = self._log_cdf(k) >= jnp.log(given)
            return (k >= self.total_count) | jnp.where(given < 0.5, lower, self._log_sf(k) <= log1p(-given))

        mean = self._mean()
        count = smallest_count(enough, *normal_guess(given, mean, self._variance(), jnp.zeros_like(mean)))
        ends = jnp.where(p == 0, 0.0, self.total_count)
        return jnp.where(jnp.isnan(mean), jnp.nan, jnp.where(inside, count, ends))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.total_count * (self.concentration1 / (self.concentration1 + self.concentration0))

    def _variance(self) -> Array:
        n, total = self.total_count, self.concentration1 + self.concentration0
        return n * (self.concentration1 / total) * (self.concentration0 / total) * ((total + n) / (total + 1))

    def _mode(self) -> Array:
        """The largest k whose mass is not below that of k - 1; an end where the masses have their minimum inside."""
        n, a, b = self.total_count, self.concentration1, self.concentration0
        peaked = (a > 1) & (b > 1)
        inner = jnp.floor((n + 1) * (jnp.where(peaked, a, 2.0) - 1) / jnp.where(peaked, a + b - 2, 2.0))
        one_sided = jnp.where(a > b, n, 0.0)
        return jnp.where(peaked, jnp.where(inner > n, n, inner), one_sided)
