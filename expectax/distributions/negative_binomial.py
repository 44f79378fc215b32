"""Negative binomial distribution: successes before a number of failures.

    P(k) = Γ(k + r)/(k! Γ(r)) p^k (1-p)^r,   k = 0, 1, 2, ...,   log(p/(1 - p)) = ℓ

Here p is the probability of what is counted, as in TFP and PyTorch; SciPy's `nbinom` names 1 - p.

Sampling   x ~ Poisson(G p/(1-p)),  G ~ Gamma(r, 1), in log space: no derivative along the draw.
Accuracy   log_prob by Loader's form: 4 ulp of max(1, |result|, |largest derivative times argument|) for r from 10⁻¹⁰ to
           10¹⁰; its derivative in r, a difference of digamma functions, to 6 ulp of its own such size; tails by the
           incomplete beta function.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), chapter 5; Loader (2000).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._batching import float_dtype
from .._parameter import check_value, exactly_one
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import (
    log1p,
    log_betainc_or_first_term,
    log_negative_binomial_mass,
    log_negative_binomial_mass_of_probs,
    log_sigmoid,
    negative_binomial_entropy,
)
from ._count_quantile import count_quantile
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

    @classmethod
    def from_mean(
        cls, mean: ArrayLike, *, concentration: ArrayLike | None = None, dispersion: ArrayLike | None = None
    ) -> "NegativeBinomial":
        """The one with a given mean m and variance m + m²/r: total_count r, logits log(m/r).

        Args:
            mean: m. Not negative.
            concentration: r, positive, as in NumPyro's `NegativeBinomial2` (its mean and concentration).
            dispersion: 1/r, positive; give it instead of `concentration`. Poisson's law is the limit of 0.

        Raises:
            ParameterError: not exactly one of concentration and dispersion, or a number outside its set (eager only).

        Example:
            >>> import expectax as ex
            >>> float(ex.NegativeBinomial.from_mean(4.0, dispersion=0.5).variance())
            12.0
        """
        given = {"concentration": concentration, "dispersion": dispersion}
        name = exactly_one(cls.__name__, given)
        check_value(cls.__name__, "mean", mean, supports.nonnegative)
        check_value(cls.__name__, name, given[name], supports.positive)
        dtype = float_dtype([mean, given[name]])
        m, size = jnp.asarray(mean, dtype), jnp.asarray(given[name], dtype)
        if dispersion is not None:
            return cls(1 / size, logits=jnp.log(m) + jnp.log(size))
        return cls(size, logits=jnp.log(m) - jnp.log(size))

    def _p_and_q(self) -> tuple[Array, Array]:
        if self.probs is None:
            return jax.nn.sigmoid(self.logits), jax.nn.sigmoid(-self.logits)
        return self.probs, 1 - self.probs

    def _odds(self) -> Array:
        return jnp.exp(self.logits) if self.probs is None else self.probs / (1 - self.probs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gamma_key, poisson_key = jax.random.split(key)
        logits = jnp.log(self.probs) - log1p(-self.probs) if self.logits is None else self.logits
        log_gamma = random.gamma(gamma_key, self.total_count, shape)[1]
        return random.poisson(poisson_key, jnp.exp(log_gamma + logits), shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        if self.probs is None:
            return log_negative_binomial_mass(x, self.total_count, self.logits)
        return log_negative_binomial_mass_of_probs(x, self.total_count, self.probs)

    # --- Cumulative: P(X <= k) = I_{1-p}(r, k + 1) ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tail(x, jnp.zeros(x.shape, bool))

    def _log_sf(self, x: Array) -> Array:
        return self._log_tail(x, jnp.ones(x.shape, bool))

    def _log_tail(self, k: Array, upper: Array) -> Array:
        """log P(X > k) where `upper`, else log P(X <= k); one incomplete beta function for both compiles faster."""
        (p, q), r = self._p_and_q(), self.total_count
        a, b = jnp.where(upper, k + 1, r), jnp.where(upper, r, k + 1)
        x, y = jnp.where(upper, p, q), jnp.where(upper, q, p)
        # the first term of the lower tail is P(k) without the factor r/(k + r)
        k_first = jnp.where(upper, k + 1, k)
        first = self._log_prob(k_first) + jnp.where(upper, 0.0, log1p(k_first / r))
        return log_betainc_or_first_term(a, b, x, y, first)

    def _quantile(self, p: Array) -> Array:
        success, _ = self._p_and_q()
        skewness = (1 + success) / jnp.sqrt(self.total_count * jnp.where(success > 0, success, 1.0))
        return count_quantile(self, p, skewness, jnp.full_like(skewness, jnp.inf))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.total_count * self._odds()

    def _variance(self) -> Array:
        odds = self._odds()
        return self.total_count * odds * (1 + odds)

    def _mode(self) -> Array:
        excess = jnp.where(self.total_count > 1, self.total_count - 1, 0.0)
        return jnp.floor(excess * self._odds())

    def _entropy(self) -> Array:
        if self.probs is None:
            logs = log_sigmoid(self.logits), log_sigmoid(-self.logits)
        else:
            logs = jnp.log(self.probs), log1p(-self.probs)
        return negative_binomial_entropy(*jnp.broadcast_arrays(self.total_count, *logs))
