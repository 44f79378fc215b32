"""Multinomial distribution.

    P(x) = n!/Π x_i! Π p_i^(x_i),   x_i = 0, 1, 2, ...,  Σ x_i = n

Sampling   one count after the other: x_i ~ Binomial(n - Σ_{j<i} x_j, p_i/Σ_{j>=i} p_j): no derivative along the draw, and
           as quick for a large n as for a small one.
Accuracy   log_prob by Loader's form: a few ulp of its terms η(n), η(x_i) and the deviances, not of log n!.
Source     Johnson, Kotz, Balakrishnan, "Discrete multivariate distributions" (1997), chapter 35; Loader (2000).
"""

from typing import final

import jax
import jax.numpy as jnp
from jax import lax

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log_multinomial_mass, log_multinomial_mass_of_logits
from ._distribution import AbstractDistribution, parameter


@final
class Multinomial(AbstractDistribution):
    """How often each of several outcomes came in n independent trials, as floats.

    Args:
        total_count: n, the number of trials. A count; its derivative is that of the gamma functions.
        probs: p, the probabilities of the outcomes; they sum to 1.
        logits: ℓ, unnormalised log-probabilities; -inf forbids an outcome. Give them instead of `probs`.

    Shapes: total_count broadcasts against the batch of the parameter (*batch, k); event (k,).

    Raises:
        ParameterError: not exactly one of probs and logits, or a parameter outside its set (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.Multinomial(3.0, probs=np.array([0.5, 0.25, 0.25])).prob(np.array([1.0, 1.0, 1.0]))), 4)
        0.1875
    """

    total_count: ParameterArray = parameter(supports.counts, moves_support=True)
    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    alternatives = ("probs", "logits")

    @property
    def support(self):
        return supports.CountsOf(self.total_count)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.logits if self.probs is None else self.probs)[-1:]

    def _p(self) -> Array:
        return jax.nn.softmax(self.logits, axis=-1) if self.probs is None else self.probs

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        p = self._p()
        later = jnp.flip(jnp.cumsum(jnp.flip(p, -1), -1), -1)
        logits = jnp.where(p == 0, -jnp.inf, jnp.log(p) - jnp.log(jnp.concatenate([later[..., 1:], 0 * p[..., :1]], -1)))
        trials = jnp.broadcast_to(jnp.where(jnp.isnan(later[..., 0]), jnp.nan, self.total_count), shape)

        def step(left, at):
            number, own = at
            count = random.binomial(jax.random.fold_in(key, number), left, own, shape)
            return left - count, count

        numbers = jnp.arange(self.event_shape[0], dtype=jnp.uint32)
        counts = lax.scan(step, trials, (numbers, jnp.moveaxis(logits, -1, 0)))[1]
        return jnp.moveaxis(counts, 0, -1)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        if self.probs is None:
            return log_multinomial_mass_of_logits(self.total_count, x, self.logits)
        return log_multinomial_mass(self.total_count, x, self.probs)

    # --- Moments. Not here: entropy and mode, which have no closed form ---
    def _mean(self) -> Array:
        return self.total_count * self._p()

    def _variance(self) -> Array:
        return self.total_count * self._p() * (1 - self._p())
