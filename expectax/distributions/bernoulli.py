"""Bernoulli distribution.

    P(1) = p,  P(0) = 1 - p,   log(p/(1 - p)) = ℓ

Sampling   x = [U < p],  U ~ Uniform[0, 1) of 64 bits: no derivative along the draw.
Accuracy   log_prob to a few ulp; logits never pass through probabilities, so log P keeps its digits at |ℓ| = 10³.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 3.2.
"""

from typing import Any, final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import log_bernoulli, log_sigmoid, xlog1py, xlogy
from ._distribution import AbstractDistribution, parameter
from ._logits import mark_missing


@final
class Bernoulli(AbstractDistribution):
    """One coin toss: 1 with probability p, else 0. Draws are int32; NaN parameters show as the draw -2³¹.

    Args:
        probs: p, the probability of 1. In [0, 1].
        logits: ℓ, the log-odds of 1. Real; give it instead of `probs`.

    Shapes: the parameter has the batch shape; event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or probs outside [0, 1] (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Bernoulli(logits=-200.0).log_prob(1))
        -200.0
    """

    probs: ParameterArray = parameter(supports.unit_interval, optional=True)
    logits: ParameterArray = parameter(supports.real, optional=True)

    support = supports.boolean
    finite = True
    alternatives = ("probs", "logits")

    @property
    def draw_dtype(self) -> Any:
        return jnp.int32

    def _p(self) -> Array:
        return jax.nn.sigmoid(self.logits) if self.probs is None else self.probs

    def _q(self) -> Array:
        return jax.nn.sigmoid(-self.logits) if self.probs is None else 1 - self.probs

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        if self.probs is not None:
            return mark_missing(random.bernoulli(key, self.probs, shape).astype(jnp.int32), self.probs)
        return mark_missing(random.bernoulli_of_logits(key, self.logits, shape).astype(jnp.int32), self.logits)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative:
        p = jax.nn.sigmoid(self.logits) if self.probs is None else self.probs
        return WeakDerivative(p * (1 - p) if parameter == "logits" else jnp.ones_like(p), jnp.ones_like(draw), 0 * draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        one = x == 1
        if self.probs is None:
            return log_sigmoid(jnp.where(one, self.logits, -self.logits))
        return log_bernoulli(one, self.probs)

    # --- Cumulative: at 0, the only point inside the support's hull ---
    def _cdf(self, x: Array) -> Array:
        return self._q() + jnp.zeros_like(x)

    def _log_cdf(self, x: Array) -> Array:
        return self._log_prob(jnp.zeros_like(x))

    def _log_sf(self, x: Array) -> Array:
        return self._log_prob(jnp.ones_like(x))

    def _quantile(self, p: Array) -> Array:
        q = self._q()
        return jnp.where(jnp.isnan(q), q, (p > q).astype(self.dtype))

    # --- Moments ---
    def _mean(self) -> Array:
        return self._p()

    def _variance(self) -> Array:
        return self._p() * self._q()

    def _mode(self) -> Array:
        p = self._p()
        return jnp.where(jnp.isnan(p), p, (p > 0.5).astype(self.dtype))

    def _entropy(self) -> Array:
        if self.probs is not None:
            return -xlogy(self.probs, self.probs) - xlog1py(1 - self.probs, -self.probs)
        size = jnp.abs(self.logits)
        small = jnp.where(size < jnp.inf, size, 0.0)  # inf · e⁻ⁱⁿᶠ
        return jax.nn.softplus(-size) + small * jax.nn.sigmoid(-size)

    def _support_values(self) -> Array:
        return jnp.arange(2, dtype=jnp.int32)
