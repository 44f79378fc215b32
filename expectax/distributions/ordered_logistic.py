"""Ordered logistic distribution: the proportional-odds model of ratings.

    P(x <= k) = σ(c_k - μ),   k = 0, ..., n - 2,   σ(z) = 1/(1 + e⁻ᶻ)

Sampling   x = #{k : c_k < μ + ε},  ε ~ Logistic(0, 1): no derivative along the draw.
Accuracy   log P(k) = log σ(b) + log σ(-a) + log(1 - e^(a-b)) for the ends a, b of the interval of k: a few ulp of
           max(1, |result|, |largest derivative times argument|), in both tails and for narrow intervals alike.
Source     McCullagh, "Regression models for ordinal data", J. R. Statist. Soc. B 42 (1980).
"""

from typing import final

import jax

from .. import random
from .._typing import Array, Key, Shape
from ..numerics import log1mexp, log_sigmoid
from ._ordered import AbstractOrdered


@final
class OrderedLogistic(AbstractOrdered):
    """One of n ordered categories, as its int32 index; NaN parameters show as the draw -2³¹.

    Args:
        cutpoints: c, the n - 1 ends of the categories on the latent scale. Increasing vector.
        loc: μ, the latent location: the larger, the higher the category. Real.

    Shapes: cutpoints (*batch, n - 1); loc broadcasts to the batch; event ().

    Raises:
        ParameterError: the cutpoints do not increase, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.OrderedLogistic(np.array([-1.0, 1.0]), 0.0).prob(1)), 4)
        0.4621
    """

    def _noise(self, key: Key, shape: Shape) -> Array:
        log_u, log_rest = random.tails(key, shape, self.dtype)
        return log_u - log_rest

    def _below(self, z: Array) -> Array:
        return jax.nn.sigmoid(z)

    def _log_below(self, z: Array) -> Array:
        return log_sigmoid(z)

    def _log_between(self, z: Array, width: Array) -> Array:
        return log_sigmoid(z + width) + log_sigmoid(-z) + log1mexp(-width)
