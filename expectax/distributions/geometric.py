"""Geometric distribution: failures before the first success.

    P(k) = (1 - p)^k p,   k = 0, 1, 2, ...,   log(p/(1 - p)) = ℓ

The support begins at 0, as in TFP and PyTorch; SciPy's `geom` counts the trials and begins at 1.

Sampling   x = ⌊log U / log(1 - p)⌋,  U ~ Uniform(0, 1): no derivative along the draw.
Accuracy   log_prob to a few ulp; logits never pass through probabilities.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 5.2.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import expm1, log1m, log1mexp, log_geometric, log_geometric_of_logits, log_sigmoid
from ._distribution import AbstractDistribution, parameter


@final
class Geometric(AbstractDistribution):
    """The number of failures before the first success in independent trials, as a float.

    Args:
        probs: p, the probability of success. In [0, 1].
        logits: ℓ, the log-odds of success. Real; give it instead of `probs`.

    Shapes: the parameter has the batch shape; event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or probs outside [0, 1] (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Geometric(probs=0.25).mean())
        3.0
    """

    probs: ParameterArray = parameter(supports.unit_interval, optional=True)
    logits: ParameterArray = parameter(supports.real, optional=True)

    support = supports.counts
    alternatives = ("probs", "logits")

    def _log_q(self) -> Array:
        """log(1 - p), the log-probability of a failure."""
        return log_sigmoid(-self.logits) if self.probs is None else log1m(self.probs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return random.geometric(key, self._log_q(), shape)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        """The law itself less that of one failure and two such counts, by 1/p."""
        failures = 1 + random.geometric(key, self._log_q(), draw.shape)
        p = jax.nn.sigmoid(self.logits) if self.probs is None else self.probs
        constant = (1 - p) if parameter == "logits" else 1 / p
        return WeakDerivative(constant, draw, draw + failures.astype(draw.dtype))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        if self.probs is None:
            return log_geometric_of_logits(x, self.logits)
        return log_geometric(x, self.probs)

    # --- Cumulative ---
    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        return (x + 1) * self._log_q()

    def _quantile(self, p: Array) -> Array:
        log_q = self._log_q()
        count = jnp.ceil(jnp.log1p(-p) / log_q) - 1
        # rounding of the quotient may be off by one: the definition decides
        count = jnp.where(-expm1(count * log_q) >= p, count - 1, count)
        count = jnp.where(-expm1((count + 1) * log_q) < p, count + 1, count)
        count = jnp.where(p == 1, jnp.where(log_q == -jnp.inf, 0.0, jnp.inf), count)
        return jnp.where(jnp.isnan(log_q), jnp.nan, jnp.maximum(count, 0.0))

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.exp(-self.logits) if self.probs is None else (1 - self.probs) / self.probs

    def _variance(self) -> Array:
        if self.probs is None:
            odds = jnp.exp(-self.logits)
            return odds * (1 + odds)
        return (1 - self.probs) / (self.probs * self.probs)

    def _mode(self) -> Array:
        return jnp.zeros_like(self._log_q())

    def _entropy(self) -> Array:
        """-log p - (1 - p)/p · log(1 - p)."""
        if self.probs is None:
            return jax.nn.softplus(-self.logits) + _log1p_over_exp(self.logits)
        p = self.probs
        inner = jnp.where(p < 1, p, 0.5)
        return -jnp.log(p) - jnp.where(p < 1, (1 - inner) / inner * jnp.log1p(-inner), 0.0)


def _log1p_over_exp(logits: Array) -> Array:
    """log(1 + e^ℓ) / e^ℓ: tends to 1 at -inf, to 0 at inf."""
    low, high = logits < -20, logits > 80
    middle = jnp.where(low | high, 0.0, logits)
    return jnp.where(low, 1 - 0.5 * jnp.exp(logits), jnp.where(high, 0.0, jax.nn.softplus(middle) * jnp.exp(-middle)))
