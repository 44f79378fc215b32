"""Relaxed one-hot categorical (concrete, Gumbel-softmax) distribution.

    p(x; T, ℓ) = (n - 1)! T^(n-1) Π_i softmax(ℓ - T log x)_i / x_i,   x in the simplex

as a density in the first n - 1 coordinates.

Sampling   x = softmax((ℓ + g)/T),  g standard Gumbel: pathwise in T and ℓ. Draws are kept at or above the smallest normal
           number; at low temperatures ExpRelaxedOneHotCategorical keeps their logarithms.
Accuracy   log_prob a few ulp of the sum of its terms, in log space.
Source     Maddison, Mnih, Teh, "The concrete distribution" (2017); Jang, Gu, Poole, "Categorical reparameterization with
           Gumbel-softmax" (2017).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter
from ._relaxed import log_concrete, log_draw


@final
class RelaxedOneHotCategorical(AbstractDistribution):
    """A one-hot vector made continuous: the lower the temperature, the nearer draws are to the simplex's corners.

    Its derivative along a draw is that of this law, not of the categorical law that it stands in for.

    Args:
        temperature: T. Positive.
        probs: p, the chances that each coordinate is the largest; they sum to 1.
        logits: ℓ, unnormalised log-probabilities, finite. Give them instead of `probs`.

    Shapes: temperature broadcasts against the batch of the other parameter (*batch, n); event (n,). The density is -inf
    where a coordinate is 0.

    Raises:
        ParameterError: not exactly one of probs and logits, or one outside its constraint (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> d = ex.RelaxedOneHotCategorical(1.0, probs=np.array([0.5, 0.5]))
        >>> round(float(d.prob(np.array([0.25, 0.75]))), 4)  # uniform
        1.0
    """

    temperature: ParameterArray = parameter(supports.positive)
    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    support = supports.simplex
    pathwise = True
    alternatives = ("probs", "logits")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.logits if self.probs is None else self.probs)[-1:]

    def _logits(self) -> Array:
        return jnp.log(self.probs) if self.logits is None else self.logits

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        draw = jax.nn.softmax(log_draw(key, self.temperature, self._logits(), shape), axis=-1)
        tiny = jnp.finfo(self.dtype).tiny
        return jnp.where(draw < tiny, tiny, draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        inside = (x > 0).all()
        y = jnp.log(jnp.where(inside, x, 1 / x.shape[-1]))
        return jnp.where(inside, log_concrete(y, self.temperature, self._logits()) - y.sum(), -jnp.inf)
