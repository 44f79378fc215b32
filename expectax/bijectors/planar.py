"""Planar flow: a step along one direction that depends on the position along another.

    y = x + û tanh(z),   z = w·x + b,   û = u + (m - w·u) w/|w|²,   m = log(1 + e^(w·u)) - 1 > -1
    log |det ∂y/∂x| = log(tanh² z + (1 + m)/cosh² z)

The map is invertible since w·û = m. Its inverse solves z + m tanh z = w·y + b, whose left side rises.

Accuracy   forward: rounding of the sums; the log-determinant, a sum of positive terms, to 4 ulp given z.
Source     Rezende & Mohamed, "Variational inference with normalizing flows" (2015), equations 10-12 and appendix A.1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ..numerics import expm1, log1pexp, log_cosh, root_of
from ._bijector import AbstractBijector, check_event


@final
class Planar(AbstractBijector):
    """Vectors onto vectors.

    Args:
        w: what the position is measured along. Not zero, where û is not defined: NaN.
        u: the direction of the step before its part along w is made to allow an inverse.
        b: where the step is zero: at w·x = -b.

    Shapes: w and u (..., n), b (...), batches broadcast; event (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> planar = ex.bijectors.Planar(np.array([1.0, 0.0]), np.array([0.0, 2.0]), 0.0)
        >>> planar.inverse(planar.forward(np.array([1.0, 3.0]))).round(4).tolist()
        [1.0, 3.0]
    """

    w: ParameterArray = parameter(supports.real_vector)
    u: ParameterArray = parameter(supports.real_vector)
    b: ParameterArray = parameter(supports.real, default=0.0)

    domain = supports.real_vector
    codomain = supports.real_vector

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        step, gain = self._step()
        z = (self.w * x).sum() + self.b
        return x + step * jnp.tanh(z), _log_slope(z, gain)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        step, gain = self._step()
        z = _position((self.w * y).sum() + self.b, gain)
        return y - step * jnp.tanh(z), -_log_slope(z, gain)

    def _step(self) -> tuple[Array, Array]:
        """û, and 1 + w·û."""
        along = (self.w * self.u).sum()
        gain = log1pexp(along)
        return self.u + (gain - 1 - along) * self.w / (self.w * self.w).sum(), gain

    def _forward_shape(self, shape: Shape) -> Shape:
        n = jnp.shape(self.w)[-1]
        check_event(self, shape, shape == (n,), f"{n} entries")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


def _log_slope(z: Array, gain: Array) -> Array:
    """log(tanh² z + gain/cosh² z)."""
    fall = -2 * log_cosh(z)
    return jnp.log(gain * jnp.exp(fall) - expm1(fall))


_position = root_of(
    lambda z, place, gain: z + (gain - 1) * jnp.tanh(z) - place,
    lambda place, gain: (place, 1 + jnp.abs(gain - 1), jnp.ones_like(place)),
)
"""z with z + (gain - 1) tanh z = place; it is at most |gain - 1| from it."""
