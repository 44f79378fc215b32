"""The sphere by stereographic projection from its last pole.

    y = (2x, |x|² - 1) / (|x|² + 1),   x ∈ R^(n-1),   log-determinant (n - 1) (log 2 - log(1 + |x|²))

The log-determinant is that of the sphere's surface, of which the densities of directions are densities; the map is conformal.

Accuracy   y to 3 ulp of 1, log-determinants to 1 ulp of the sum of their terms' sizes.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Shape
from ..numerics import length_and_one, log1p_square
from ._bijector import AbstractBijector, check_event


@final
class UnitVector(AbstractBijector):
    """R^(n-1) onto unit vectors of R^n, all but the pole (0, ..., 0, 1), which stands for infinity; TFP's map.

    Shapes: event (n - 1,), of y (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.UnitVector().forward(np.zeros(2)).tolist()
        [0.0, 0.0, -1.0]
    """

    domain = supports.real_vector
    codomain = supports.sphere

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        length = length_and_one(x)
        unit, share = x / length, 1 / length
        y = jnp.append(2 * share * unit, 1 - 2 * share * share)
        return y, len(x) * (math.log(2) - log1p_square(x))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        rest, last = y[:-1], y[-1]
        above = last > 0
        top = jnp.where(above, last, 0.0)
        gap = jnp.where(above, (rest * rest).sum() / (1 + top), 1 - last)  # 1 - last, without cancellation at the pole
        return rest / gap, -len(rest) * jnp.log(gap)

    def _forward_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1,)

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, shape[0] > 0, "at least 1 entry")
        return (shape[0] - 1,)
