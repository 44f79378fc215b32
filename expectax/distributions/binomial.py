"""Binomial distribution.

    P(k) = n!/(k! (n-k)!) p^k (1-p)^(n-k),   k = 0, ..., n,   log(p/(1 - p)) = ℓ

Sampling   by inversion for small n p, else by transformed rejection (Hörmann 1993), its acceptance test in the cancelled
           form: no derivative along the draw.
Accuracy   log_prob by Loader's form: 4 ulp of max(1, |result|, |largest derivative times argument|) up to n = 1.6 · 10⁷,
           its derivative k - n p to 3 ulp of itself or of n p (1 - p) |ℓ|; tails by the incomplete beta function.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), chapter 3; Loader (2000).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import (
    binomial_entropy,
    log1p,
    log_betainc_or_first_term,
    log_binomial_mass,
    log_binomial_mass_of_probs,
)
from ._count_quantile import count_quantile
from ._distribution import AbstractDistribution, parameter


@final
class Binomial(AbstractDistribution):
    """The number of successes in independent trials, as a float.

    Args:
        total_count: n, the number of trials. A count; its derivative is that of the gamma functions.
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

    def _log_mass(self, k: Array, rest: Array) -> Array:
        if self.probs is None:
            return log_binomial_mass(k, rest, self.logits)
        return log_binomial_mass_of_probs(k, rest, self.probs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        logits = jnp.log(self.probs) - log1p(-self.probs) if self.logits is None else self.logits
        return random.binomial(key, self.total_count, logits, shape)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative | None:
        """One trial of n is a success, less that it fails; none in n."""
        if parameter == "total_count":
            return None
        u = jax.random.uniform(key, draw.shape, self.dtype)
        others = draw - (u * self.total_count < draw).astype(draw.dtype)  # without one trial, chosen at random
        p = jax.nn.sigmoid(self.logits) if self.probs is None else self.probs
        constant = self.total_count * (p * (1 - p) if parameter == "logits" else 1)
        return WeakDerivative(constant * jnp.ones_like(p), others + 1, others)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self._log_mass(x, self.total_count - x)

    # --- Cumulative: P(X <= k) = I_{1-p}(n - k, k + 1), of which the first term is P(k) ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tail(x, jnp.zeros(x.shape, bool))

    def _log_sf(self, x: Array) -> Array:
        return self._log_tail(x, jnp.ones(x.shape, bool))

    def _log_tail(self, k: Array, upper: Array) -> Array:
        """log P(X > k) where `upper`, else log P(X <= k); one incomplete beta function for both compiles faster."""
        outside = k >= self.total_count
        k = jnp.where(outside, 0.0, k)
        rest = jnp.where(outside, 1.0, self.total_count - k)
        one = upper.astype(k.dtype)
        a, b = jnp.where(upper, k + 1, rest), jnp.where(upper, rest, k + 1)
        x, y = jnp.where(upper, self._p(), self._q()), jnp.where(upper, self._q(), self._p())
        tail = log_betainc_or_first_term(a, b, x, y, self._log_mass(k + one, rest - one))
        return jnp.where(outside, jnp.where(upper, -jnp.inf, 0.0), tail)

    def _quantile(self, p: Array) -> Array:
        variance = self._variance()
        skewness = (self._q() - self._p()) / jnp.sqrt(jnp.where(variance > 0, variance, 1.0))
        return count_quantile(self, p, skewness, self.total_count)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.total_count * self._p()

    def _variance(self) -> Array:
        return self.total_count * self._p() * self._q()

    def _mode(self) -> Array:
        mode = jnp.floor((self.total_count + 1) * self._p())
        return jnp.where(mode > self.total_count, self.total_count, mode)

    def _entropy(self) -> Array:
        p, q = self._p(), self._q()
        return binomial_entropy(self.total_count, jnp.where(p < 0.5, p, q))
