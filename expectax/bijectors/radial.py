"""Radial flow: points move towards a centre or away from it, the more the nearer they are.

    y = c + (x - c) (r + s)/(r + α),   r = |x - c|,   s = log(1 + e^β)
    log |det ∂y/∂x| = (n - 1) log((r + s)/(r + α)) + log((r² + α (2r + s))/(r + α)²)

s > 0 stands for α + β̂ of the source, whose condition β̂ > -α makes the map invertible. The distance of y solves a quadratic
equation: r² + (s - R) r - α R = 0, R = |y - c|.

Accuracy   to a few ulp: sums of positive terms, and the root of the quadratic that adds numbers of one sign.
Source     Rezende & Mohamed, "Variational inference with normalizing flows" (2015), equation 14 and appendix A.2.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray, Shape
from ..numerics import divide, log1pexp
from ._bijector import AbstractBijector, check_event


@final
class Radial(AbstractBijector):
    """Vectors onto vectors.

    Args:
        center: c.
        alpha: α, the distance over which the centre acts.
        beta: β: points move away from the centre if log(1 + e^β) > α, else towards it.

    Shapes: center (..., n), alpha and beta (...), batches broadcast; event (n,).

    Raises:
        ParameterError: alpha is not positive (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> radial = ex.bijectors.Radial(np.zeros(2), 1.0, 2.0)
        >>> radial.inverse(radial.forward(np.array([3.0, 4.0]))).round(4).tolist()
        [3.0, 4.0]
    """

    center: ParameterArray = parameter(supports.real_vector)
    alpha: ParameterArray = parameter(supports.positive)
    beta: ParameterArray = parameter(supports.real)

    domain = supports.real_vector
    codomain = supports.real_vector

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        from_center = x - self.center
        r = _norm(from_center)
        return self.center + from_center * self._factor(r), self._log_det(r, x.shape[0])

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        from_center = y - self.center
        far = _norm(from_center)
        lag = far - log1pexp(self.beta)
        side = jnp.where(lag >= 0, lag, -lag) + jnp.sqrt(lag * lag + 4 * self.alpha * far)
        near = divide(2 * self.alpha * far, jnp.where(lag >= 0, 1.0, side))
        r = jnp.where(lag >= 0, 0.5 * side, near)
        return self.center + from_center / self._factor(r), -self._log_det(r, y.shape[0])

    def _factor(self, r: Array) -> Array:
        return (r + log1pexp(self.beta)) / (r + self.alpha)

    def _log_det(self, r: Array, n: int) -> Array:
        s, reach = log1pexp(self.beta), r + self.alpha
        outward = (r * r + self.alpha * (2 * r + s)) / (reach * reach)
        return (n - 1) * jnp.log(self._factor(r)) + jnp.log(outward)

    def _forward_shape(self, shape: Shape) -> Shape:
        n = jnp.shape(self.center)[-1]
        check_event(self, shape, shape == (n,), f"{n} entries")
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._forward_shape(shape)


def _norm(v: Array) -> Array:
    """|v|, of derivative 0 at 0."""
    square = (v * v).sum()
    positive = square > 0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, square, 1.0)), 0.0 * square)
