"""Binomial distribution.

    P(k) = n!/(k! (n-k)!) p^k (1-p)^(n-k),   k = 0, ..., n,   log(p/(1 - p)) = ℓ

Sampling   by inversion for small n p, else by transformed rejection (Hörmann 1993), as floats: no derivative along the
           draw.
Accuracy   log_prob by Loader's form to 20 ulp of max(1, |k - n p|), its derivative k - n p without cancellation; logits
           never pass through probabilities; tails by the incomplete beta function.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), chapter 3; Loader (2000).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    log1p,
    log_betainc,
    log_binomial_mass,
    log_binomial_mass_of_probs,
    normal_guess,
    smallest_count,
)
from ._distribution import AbstractDistribution, parameter


@final
class Binomial(AbstractDistribution):
    """The number of successes in independent trials, as a float.

    Args:
        total_count: n, the number of trials. A count; not differentiated.
        probs: p, the probability of success. In [0, 1].
        logits: ℓ, the log-odds of success. Real; give it instead of `probs`.

    Shapes: total_count and the parameter broadcast to the batch; event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or a parameter outside its set (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Binomial(10.0, probs=0.5).prob(5)), 4)
        0.2461
    """

    total_count: ParameterArray = parameter(supports.counts, moves_support=True)
    probs: ParameterArray = parameter(supports.unit_interval, optional=True)
    logits: ParameterArray = parameter(supports.real, optional=True)

    alternatives = ("probs", "logits")

    @property
    def support(self):
        return supports.IntegerRange(0, self.total_count)

    def _p(self) -> Array:
        return jax.nn.sigmoid(self.logits) if self.probs is None else self.probs

    def _q(self) -> Array:
        return jax.nn.sigmoid(-self.logits) if self.probs is None else 1 - self.probs

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        n, p = (jnp.broadcast_to(v, shape) for v in (self.total_count, self._p()))
        known = (n >= 0) & (p >= 0)
        draw = jax.random.binomial(key, jnp.where(known, n, 1.0), jnp.where(known, p, 0.5), shape, self.dtype)
        return jnp.where(known, draw, jnp.nan)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        if self.probs is None:
            return log_binomial_mass(self.total_count, x, self.logits)
        return log_binomial_mass_of_probs(self.total_count, x, self.probs)

    # --- Cumulative: P(X <= k) = I_{1-p}(n - k, k + 1); k < n inside the support's hull ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        rest = jnp.where(x < self.total_count, self.total_count - x, 1.0)
        return jnp.where(x < self.total_count, log_betainc(rest, x + 1, self._q(), self._p()), 0.0)

    def _log_sf(self, x: Array) -> Array:
        rest = jnp.where(x < self.total_count, self.total_count - x, 1.0)
        return jnp.where(x < self.total_count, log_betainc(x + 1, rest, self._p(), self._q()), -jnp.inf)

    def _quantile(self, p: Array) -> Array:
        inside = (p > 0) & (p < 1)
        given = jnp.where(inside, p, 0.5)

        def enough(k):
            lower = self._log_cdf(k) >= jnp.log(given)
            return (k >= self.total_count) | jnp.where(given < 0.5, lower, self._log_sf(k) <= log1p(-given))

        variance = self._variance()
        skewness = jnp.where(
            variance > 0, (self._q() - self._p()) / jnp.sqrt(jnp.where(variance > 0, variance, 1.0)), 0.0
        )
        count = smallest_count(enough, *normal_guess(given, self._mean(), variance, skewness))
        ends = jnp.where(p == 0, 0.0, self.total_count)
        return jnp.where(jnp.isnan(self._mean()), jnp.nan, jnp.where(inside, count, ends))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.total_count * self._p()

    def _variance(self) -> Array:
        return self.total_count * self._p() * self._q()

    def _mode(self) -> Array:
        mode = jnp.floor((self.total_count + 1) * self._p())
        return jnp.where(mode > self.total_count, self.total_count, mode)
