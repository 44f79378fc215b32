"""Categorical distribution over indices.

    P(k) = p_k = exp(ℓ_k) / Σ_j exp(ℓ_j),   k ∈ {0, ..., n - 1}

Sampling   by inversion of one uniform of 64 bits: no derivative along the draw.
Accuracy   log_prob to a few ulp of the largest logit's distance; logits never pass through probabilities.
Source     Johnson, Kotz, Balakrishnan, "Discrete multivariate distributions" (1997), chapter 35 (one trial).
"""

from typing import Any, final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log_choice
from ._distribution import AbstractDistribution, parameter
from ._logits import entropy, log_mass, probabilities


@final
class Categorical(AbstractDistribution):
    """One of n outcomes, drawn as its int32 index; NaN parameters show as the draw -2³¹.

    Args:
        probs: p, the probabilities; they sum to 1.
        logits: ℓ, unnormalised log-probabilities; -inf forbids an outcome. Give them instead of `probs`.

    Shapes: the parameter (*batch, n); event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or probs that do not sum to 1 (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.Categorical(probs=np.array([0.25, 0.75])).prob(1)), 4)
        0.75
    """

    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    finite = True
    alternatives = ("probs", "logits")

    @property
    def num_categories(self) -> int:
        """n, the number of outcomes."""
        return jnp.shape(self.logits if self.probs is None else self.probs)[-1]

    @property
    def support(self):
        return supports.IntegerRange(0, self.num_categories - 1)

    @property
    def draw_dtype(self) -> Any:
        return jnp.int32

    def _p(self) -> Array:
        return probabilities(self.probs, self.logits)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return random.categorical(key, self._p(), shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        index = x.astype(jnp.int32)
        if self.probs is not None:
            return jnp.log(self.probs[index])
        return log_choice(self.logits, index)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.cumsum(self._p())[x.astype(jnp.int32)]

    def _log_cdf(self, x: Array) -> Array:
        return self._log_mass(jnp.arange(self.num_categories, dtype=jnp.int32) <= x.astype(jnp.int32))

    def _log_sf(self, x: Array) -> Array:
        return self._log_mass(jnp.arange(self.num_categories, dtype=jnp.int32) > x.astype(jnp.int32))

    def _log_mass(self, chosen: Array) -> Array:
        return log_mass(chosen, self.probs, self.logits)

    def _quantile(self, p: Array) -> Array:
        below = jnp.cumsum(self._p())
        index = jnp.minimum((below < p).sum(), self.num_categories - 1).astype(self.dtype)
        return jnp.where(jnp.isnan(below[-1]), jnp.nan, index)

    # --- Moments: of the index as a number ---
    def _mean(self) -> Array:
        return (self._p() * self._indices()).sum()

    def _variance(self) -> Array:
        return (self._p() * (self._indices() - self._mean()) ** 2).sum()

    def _mode(self) -> Array:
        p = self._p()
        return jnp.where(jnp.isnan(p.sum()), jnp.nan, jnp.argmax(p).astype(self.dtype))

    def _entropy(self) -> Array:
        return entropy(self.probs, self.logits)

    def _indices(self) -> Array:
        return jnp.arange(self.num_categories, dtype=self.dtype)

    def _support_values(self) -> Array:
        return jnp.arange(self.num_categories, dtype=jnp.int32)
