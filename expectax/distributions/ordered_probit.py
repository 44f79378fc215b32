"""Ordered probit distribution: ratings with normal noise.

    P(x <= k) = Φ(c_k - μ),   k = 0, ..., n - 2

Sampling   x = #{k : c_k < μ + ε},  ε ~ Normal(0, 1): no derivative along the draw.
Accuracy   log P(k) by the normal's mass on an interval, which is seen from its end nearest to 0: a few ulp of
           max(1, |result|, |largest derivative times argument|), in both tails and for narrow intervals alike.
Source     McCullagh, "Regression models for ordinal data", J. R. Statist. Soc. B 42 (1980), section 6.1.
"""

from typing import final

from .. import random
from .._typing import Array, Key, Shape
from ..numerics import log_ndtr, log_normal_mass_from, ndtr
from ._ordered import AbstractOrdered


@final
class OrderedProbit(AbstractOrdered):
    """One of n ordered categories, as its int32 index; NaN parameters show as the draw -2³¹.

    Args:
        cutpoints: c, the n - 1 ends of the categories on the latent scale. Increasing vector.
        loc: μ, the latent location: the larger, the higher the category. Real.

    Shapes: cutpoints (*batch, n - 1); loc broadcasts to the batch; event ().

    Raises:
        ParameterError: the cutpoints do not increase, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.OrderedProbit(np.array([-1.0, 1.0]), 0.0).prob(1)), 4)
        0.6827
    """

    def _noise(self, key: Key, shape: Shape) -> Array:
        return random.normal(key, shape, self.dtype)

    def _below(self, z: Array) -> Array:
        return ndtr(z)

    def _log_below(self, z: Array) -> Array:
        return log_ndtr(z)

    def _log_between(self, z: Array, width: Array) -> Array:
        return log_normal_mass_from(z, width)
