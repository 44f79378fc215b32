"""Logarithm of the relaxed one-hot categorical (concrete, Gumbel-softmax) law.

    p(y; T, ℓ) = (n - 1)! T^(n-1) Π_i softmax(ℓ - T y)_i,   y = log x,   Σ exp(y_i) = 1

as a density of n - 1 of the coordinates times the remaining probability: that of x is p(y) / Π x_i.

Sampling   y = log softmax((ℓ + g)/T),  g standard Gumbel: pathwise in T and ℓ, at any temperature without overflow.
Accuracy   log_prob a few ulp of the sum of its terms.
Source     Maddison, Mnih, Teh, "The concrete distribution" (2017), appendix C.3.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter
from ._relaxed import log_concrete, log_draw


@final
class ExpRelaxedOneHotCategorical(AbstractDistribution):
    """log x of a RelaxedOneHotCategorical x: where that is within rounding of a corner, this still has all digits.

    Args:
        temperature: T; the lower, the nearer x is to a one-hot vector. Positive.
        probs: p, the chances that each coordinate is the largest; they sum to 1.
        logits: ℓ, unnormalised log-probabilities, finite. Give them instead of `probs`.

    Shapes: temperature broadcasts against the batch of the other parameter (*batch, n); event (n,).

    Raises:
        ParameterError: not exactly one of probs and logits, or one outside its constraint (eager only).

    Example:
        >>> import expectax as ex, jax, numpy as np
        >>> y = ex.ExpRelaxedOneHotCategorical(1e-3, logits=np.zeros(3)).sample(jax.random.key(0))
        >>> bool(np.isfinite(y).all()), round(float(np.exp(y).sum()), 4)
        (True, 1.0)
    """

    temperature: ParameterArray = parameter(supports.positive)
    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    support = supports.log_simplex
    pathwise = True
    alternatives = ("probs", "logits")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.logits if self.probs is None else self.probs)[-1:]

    def _logits(self) -> Array:
        return jnp.log(self.probs) if self.logits is None else self.logits

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return jax.nn.log_softmax(log_draw(key, self.temperature, self._logits(), shape), axis=-1)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_concrete(x, self.temperature, self._logits())
