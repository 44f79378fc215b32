"""Negative binomial distribution: successes before a number of failures.

    P(k) = Γ(k + r)/(k! Γ(r)) p^k (1-p)^r,   k = 0, 1, 2, ...,   log(p/(1 - p)) = ℓ

Here p is the probability of what is counted, as in TFP and PyTorch; SciPy's `nbinom` names 1 - p.

Sampling   x ~ Poisson(G p/(1-p)),  G ~ Gamma(r, 1), in log space: no derivative along the draw.
Accuracy   log_prob by Loader's form to 20 ulp of max(1, its largest derivative times argument); tails by the incomplete
           beta function.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), chapter 5; Loader (2000).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    log1p,
    log_betainc,
    log_negative_binomial_mass,
    normal_guess,
    random_gamma,
    random_poisson,
    smallest_count,
)
from ._distribution import AbstractDistribution, parameter


@final
class NegativeBinomial(AbstractDistribution):
    """Counts with more variance than Poisson's, as a float: a Poisson whose rate is a gamma variable.

    Args:
        total_count: r, the number of failures waited for; any positive number.
        probs: p, the probability of a success. In [0, 1].
        logits: ℓ, the log-odds of a success; the mean is r exp(ℓ). Real; give it instead of `probs`.

    Shapes: total_count and the parameter broadcast to the batch; event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or a parameter outside its set (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.NegativeBinomial(3.0, probs=0.5).mean())
        3.0
    """

    total_count: ParameterArray = parameter(supports.positive)
    probs: ParameterArray = parameter(supports.unit_interval, optional=True)
    logits: ParameterArray = parameter(supports.real, optional=True)

    support = supports.counts
    alternatives = ("probs", "logits")

    def _logits(self) -> Array:
        return self.logits if self.probs is None else jnp.log(self.probs) - log1p(-self.probs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gamma_key, poisson_key = jax.random.split(key)
        log_gamma = random_gamma(gamma_key, self.total_count, shape)[1]
        return random_poisson(poisson_key, jnp.exp(log_gamma + self._logits()), shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_negative_binomial_mass(self.total_count, x, self._logits())

    # --- Cumulative: P(X <= k) = I_{1-p}(r, k + 1) ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        p, q = self._p_and_q()
        return log_betainc(self.total_count, x + 1, q, p)

    def _log_sf(self, x: Array) -> Array:
        p, q = self._p_and_q()
        return log_betainc(x + 1, self.total_count, p, q)

    def _p_and_q(self) -> tuple[Array, Array]:
        if self.probs is None:
            return jax.nn.sigmoid(self.logits), jax.nn.sigmoid(-self.logits)
        return self.probs, 1 - self.probs

    def _quantile(self, p: Array) -> Array:
        inside = (p > 0) & (p < 1)
        given = jnp.where(inside, p, 0.5)

        def enough(k):
            lower = self._log_cdf(k) >= jnp.log(given)
            return jnp.where(given < 0.5, lower, self._log_sf(k) <= log1p(-given))

        success, failure = self._p_and_q()
        skewness = (1 + success) / jnp.sqrt(self.total_count * jnp.where(success > 0, success, 1.0))
        count = smallest_count(enough, *normal_guess(given, self._mean(), self._variance(), skewness))
        count = jnp.where(inside, count, jnp.where(p == 0, 0.0, jnp.inf))
        return jnp.where(success == 0, 0.0, jnp.where(jnp.isnan(failure), jnp.nan, count))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.total_count * jnp.exp(self._logits())

    def _variance(self) -> Array:
        return self._mean() * (1 + jnp.exp(self._logits()))

    def _mode(self) -> Array:
        excess = jnp.where(self.total_count > 1, self.total_count - 1, 0.0)
        return jnp.floor(excess * jnp.exp(self._logits()))
