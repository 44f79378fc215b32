"""Absolute value: not injective.

    y = |x|,   log |dy/dx| = 0

Every y > 0 has two preimages, so there is no inverse: `inverse_and_log_det` raises. A density of |X| is the sum of the density
of X over `preimages`. The forward log-determinant is that of either branch.

Accuracy   exact.
"""

from typing import final

import jax.numpy as jnp

from .. import _errors, supports
from .._typing import Array, ArrayLike
from ..supports import AbstractSupport
from ._bijector import AbstractBijector


@final
class Abs(AbstractBijector):
    """The reals onto the numbers from 0 on, two to one.

    Example:
        >>> import expectax as ex
        >>> [float(x) for x in ex.bijectors.Abs().preimages(2.0)]
        [-2.0, 2.0]
    """

    codomain = supports.nonnegative

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return jnp.abs(x), jnp.zeros_like(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        raise _errors.no_inverse(self._label)

    def preimages(self, y: ArrayLike) -> tuple[Array, Array]:
        """(-y, y), each with the log-determinant 0; NaN for y < 0."""
        y = jnp.asarray(y, jnp.result_type(y, float))
        y = jnp.where(y < 0, jnp.nan, y)
        return -y, y

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        if support.event_rank or support.discrete:
            raise _errors.no_image(self._label, support.description)
        if support.whole_space:
            return self.codomain
        low, high = (jnp.asarray(end, float) for end in support.bounds)
        nearest = jnp.where((low <= 0) & (high >= 0), 0.0, jnp.minimum(jnp.abs(low), jnp.abs(high)))
        return supports.Interval(nearest, jnp.maximum(jnp.abs(low), jnp.abs(high)))
