"""Beta-binomial distribution.

    P(k) = n!/(k! (n-k)!) B(k + α, n - k + β) / B(α, β),   k = 0, ..., n

Sampling   x ~ Binomial(n, P),  P ~ Beta(α, β), as floats: no derivative along the draw.
Accuracy   log_prob, with all large terms cancelled by hand: 4 ulp of max(1, |result|, |largest derivative times
           argument|), its derivatives to 5 ulp of their own such size, for α and β from 10⁻¹⁰ to 10¹⁰. Tails by sums of
           masses from k outward, about 10 standard deviations; all of them, up to n, if α or β is below 1 at that end.
           The entropy is the sum of all n + 1 terms.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 6.2.2.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import beta_binomial_entropy, log1mexp, log_beta_binomial_cdf, log_beta_binomial_mass
from ._count_quantile import count_quantile
from ._distribution import AbstractDistribution, parameter


@final
class BetaBinomial(AbstractDistribution):
    """Successes in trials whose common probability is itself a beta variable, as a float.

    Args:
        total_count: n, the number of trials. A count; its derivative is that of the gamma functions.
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
        log_odds = random.gamma(key1, self.concentration1, shape)[1] - random.gamma(key0, self.concentration0, shape)[1]
        return random.binomial(count_key, self.total_count, log_odds, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_beta_binomial_mass(x, self.total_count - x, self.concentration1, self.concentration0)

    # --- Cumulative: the tail on k's side of the mean is summed, the other is the rest ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tail(x, jnp.zeros(x.shape, bool))

    def _log_sf(self, x: Array) -> Array:
        return self._log_tail(x, jnp.ones(x.shape, bool))

    def _log_tail(self, x: Array, upper: Array) -> Array:
        """log P(X > x) where `upper`, else log P(X <= x)."""
        n, a, b = self.total_count, self.concentration1, self.concentration0
        full = x >= n
        k, rest = jnp.where(full, 0.0, x), jnp.where(full, 1.0, n - x)
        turned = k > self._mean()  # of the failures: P(n - X <= n - k - 1)
        own, other = jnp.where(turned, b, a), jnp.where(turned, a, b)
        tail = log_beta_binomial_cdf(jnp.where(turned, rest - 1, k), jnp.where(turned, k + 1, rest), own, other)
        wanted = turned == upper
        inside = jnp.where(wanted, tail, log1mexp(jnp.where(wanted, -1.0, tail)))
        return jnp.where(full, jnp.where(upper, -jnp.inf, 0.0), inside)

    def _quantile(self, p: Array) -> Array:
        return count_quantile(self, p, jnp.zeros_like(self._mean()), self.total_count)

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

    def _entropy(self) -> Array:
        arguments = (self.total_count, self.concentration1, self.concentration0)
        return beta_binomial_entropy(*jnp.broadcast_arrays(*arguments))
