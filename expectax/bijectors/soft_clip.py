"""Soft clipping.

    y = l + (h - l) (1 - p(w - p(u))/p(w)),   p(t) = log(1 + eᵗ),   u = (x - l)/c,   w = (h - l)/c
    log |dy/dx| = log σ(w - p(u)) + log σ(u) + log(w/p(w))

Without an upper end y = l + c p(u), without a lower one y = h - c p((h - x)/c). The last factor keeps both ends; it shifts the
middle of an interval that is narrow beside c.

Accuracy   4 ulp of the value plus its derivatives times arguments, both ways; log-determinants 2 ulp of that or 1.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import divide, log1mexp, log1p, log1pexp, log_sigmoid, softplus_inverse
from ._bijector import AbstractBijector


@final
class SoftClip(AbstractBijector):
    """The reals onto (low, high), nearly as they are inside.

    Args:
        low: l, the lower end; None for none. Real.
        high: h, the upper end, above `low`; None for none. Real.
        hinge_softness: c, the width of the bends at the ends; same unit as x. Positive.

    Shapes: low, high, hinge_softness broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, hinge_softness is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.SoftClip(-5.0, 5.0, 0.1).forward(9.0)), 4)
        5.0
    """

    low: ParameterArray | None = parameter(supports.real, default=None)
    high: ParameterArray | None = parameter(supports.real, default=None, within=supports.above("low"))
    hinge_softness: ParameterArray = parameter(supports.positive, default=1.0)

    smoothness = 9

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        low = -jnp.inf if self.low is None else self.low
        high = jnp.inf if self.high is None else self.high
        return supports.Interval(low, high, closed=False)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        if self.low is None or self.high is None:
            sign, end = self._one_end()
            z = divide(sign * (x - end), self.hinge_softness)
            return (end + sign * self.hinge_softness * log1pexp(z), log_sigmoid(z)) if sign else (x, jnp.zeros_like(x))
        return _clip(x, self.low, self.high, self.hinge_softness)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        if self.low is None or self.high is None:
            sign, end = self._one_end()
            rise = divide(sign * (y - end), self.hinge_softness)
            inverse = end + sign * self.hinge_softness * softplus_inverse(rise)
            return (inverse, -log1mexp(-rise)) if sign else (y, jnp.zeros_like(y))
        return _unclip(y, self.low, self.high, self.hinge_softness)

    def _one_end(self) -> tuple[int, Array | float]:
        """(1, low), (-1, high), or (0, 0.0) without ends."""
        if self.low is not None:
            return 1, jnp.asarray(self.low)
        return (0, 0.0) if self.high is None else (-1, jnp.asarray(self.high))

    def _increases(self) -> bool:
        return True


def _clip(x: Array, low: Array, high: Array, c: Array) -> tuple[Array, Array]:
    """Both p(w) - p(w - p(u)) and p(w - p(u)), the shares of the ends, without cancellation; y from the nearer end."""
    u, v, width = divide(x - low, c), divide(high - x, c), high - low
    w = divide(width, c)
    whole, below = log1pexp(w), u < 0
    rest = jnp.where(below, w, v) - log1pexp(jnp.where(below, u, -u))  # w - p(u)
    above = log1pexp(rest)
    share = jnp.exp(log_sigmoid(w) + log_sigmoid(u))
    small = share < 0.5
    inner = log1pexp(u) + log1pexp(-w) - log1pexp(-rest)
    height = jnp.where(small, -log1p(-jnp.where(small, share, 0.0)), inner)
    y = jnp.where(height < above, low + width * divide(height, whole), high - width * divide(above, whole))
    return y, log_sigmoid(rest) + log_sigmoid(u) + jnp.log(divide(w, whole))


def _unclip(y: Array, low: Array, high: Array, c: Array) -> tuple[Array, Array]:
    """By the two shares, of which each alone gives u or (h - x)/c near its end."""
    width = high - low
    w = divide(width, c)
    whole = log1pexp(w)
    height, above = whole * divide(y - low, width), whole * divide(high - y, width)
    log_low, log_high = log1mexp(-height), log1mexp(-above)
    from_low = low + c * (softplus_inverse(height) - log_high)
    from_high = high - c * (softplus_inverse(above) - log1pexp(-w) - log_low)
    log_det = log_sigmoid(w) - log_low - log_high - jnp.log(divide(w, whole))
    return jnp.where(height < above, from_low, from_high), log_det
