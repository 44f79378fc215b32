"""Plackett-Luce distribution over rankings.

    P(x) = Π_i s_{x_i} / Σ_{j >= i} s_{x_j},   x a permutation of 0, ..., n - 1: the first place goes in proportion to s

Sampling   items in the order of their arrivals E_k/s_k,  E ~ Exponential(1), which is Gumbel's sort: no derivative along the
           draw.
Accuracy   log_prob as -Σ log(1 + Σ_{j>i} s_{x_j}/s_{x_i}), sums in log space: a few ulp of the sum of its terms.
Source     Plackett, "The analysis of permutations", J. R. Statist. Soc. C 24 (1975); Yellott (1977) for the sampler.
"""

from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1pexp
from ._distribution import AbstractDistribution, parameter

_ENUMERABLE = 8


@final
class PlackettLuce(AbstractDistribution):
    """A ranking of n items, the better ones first by tendency: the int32 index of the item in each place.

    NaN parameters show as draws of -2³¹. Up to 8 items the support can be enumerated.

    Args:
        scores: s, the items' worth; only ratios matter. Positive vector.

    Shapes: scores (*batch, n); event (n,).

    Raises:
        ParameterError: a score is not positive, or there is no axis of items (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.PlackettLuce(np.array([1.0, 2.0, 5.0])).prob(np.array([2, 1, 0]))), 4)
        0.4167
    """

    scores: ParameterArray = parameter(supports.positive_vector)

    support = supports.permutation

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.scores)[-1:]

    @property
    def draw_dtype(self) -> Any:
        return jnp.int32

    @property
    def finite(self) -> bool:
        return self.event_shape[0] <= _ENUMERABLE

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, _ = random.tails(key, shape + self.event_shape, self.dtype)
        order = jnp.argsort(jnp.log(-log_u) - jnp.log(self.scores), axis=-1).astype(jnp.int32)
        return jnp.where(jnp.isnan(self.scores).any(-1, keepdims=True), jnp.iinfo(jnp.int32).min, order)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        logs = jnp.log(self.scores)[x.astype(jnp.int32)]
        rest = lax.cumlogsumexp(logs, reverse=True)[1:]
        return -log1pexp(rest - logs[:-1]).sum() + 0 * self.scores.sum()

    # --- Moments. Not here: the mean place, which has no closed form ---
    def _mode(self) -> Array:
        order = jnp.argsort(-self.scores).astype(self.dtype)
        return jnp.where(jnp.isnan(self.scores).any(), jnp.nan, order)

    def _support_values(self) -> Array:
        """All permutations, in the order of the alphabet."""
        count = self.event_shape[0]
        rows = np.zeros((1, 0), np.int32)
        for size in range(1, count + 1):
            places = np.arange(size, dtype=np.int32).repeat(len(rows))[:, None]
            rest = np.tile(rows, (size, 1))
            rows = np.concatenate([places, rest + (rest >= places)], 1)
        return jnp.asarray(rows)
