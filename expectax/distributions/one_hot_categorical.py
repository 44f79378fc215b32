"""Categorical distribution over one-hot vectors.

    P(e_k) = p_k = exp(ℓ_k) / Σ_j exp(ℓ_j),   e_k the k-th unit vector of ℝⁿ

Sampling   x = e_k with k as Categorical draws it: no derivative along the draw.
Accuracy   as Categorical.
Source     Johnson, Kotz, Balakrishnan, "Discrete multivariate distributions" (1997), chapter 35 (one trial).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log_choice
from ._distribution import AbstractDistribution, parameter
from ._logits import entropy, normalised, one_draw_covariance, probabilities


@final
class OneHotCategorical(AbstractDistribution):
    """One of n outcomes, drawn as a float vector with a single 1: handy where the cost is linear in the choice.

    Args:
        probs: p, the probabilities; they sum to 1.
        logits: ℓ, unnormalised log-probabilities; -inf forbids an outcome. Give them instead of `probs`.

    Shapes: the parameter (*batch, n); event (n,).

    Raises:
        ParameterError: not exactly one of probs and logits, or probs that do not sum to 1 (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.OneHotCategorical(probs=np.array([0.25, 0.75])).mode()
        Array([0., 1.], dtype=float32)
    """

    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    support = supports.one_hot
    finite = True
    alternatives = ("probs", "logits")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.logits if self.probs is None else self.probs)[-1:]

    def _p(self) -> Array:
        return probabilities(self.probs, self.logits)

    def _log_p(self) -> Array:
        return normalised(self.logits) if self.probs is None else jnp.log(self.probs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        index = random.categorical(key, self._p(), shape)
        draw = jax.nn.one_hot(index, self.event_shape[0], dtype=self.dtype)
        return jnp.where(index[..., None] < 0, jnp.nan, draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        # a select, not a product: 0 · log 0 has no place here
        if self.probs is not None:
            return jnp.log(jnp.where(x == 1, self.probs, 0.0).sum())
        return log_choice(self.logits, jnp.argmax(x))

    # --- Moments ---
    def _mean(self) -> Array:
        return self._p()

    def _variance(self) -> Array:
        return self._p() * (1 - self._p())

    def _covariance(self) -> Array:
        return one_draw_covariance(self._p())

    def _mode(self) -> Array:
        p = self._p()
        return jnp.where(jnp.isnan(p.sum()), jnp.nan, jax.nn.one_hot(jnp.argmax(p), p.shape[-1], dtype=self.dtype))

    def _entropy(self) -> Array:
        return entropy(self.probs, self.logits)

    def _support_values(self) -> Array:
        return jnp.eye(self.event_shape[0], dtype=self.dtype)
