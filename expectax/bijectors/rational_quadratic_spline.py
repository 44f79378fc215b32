"""Monotone spline of rational quadratic functions, and lines of slope 1 outside its range.

    y = y_k + h (ξ² + r ξη)/q,   dy/dx = s (r' ξ² + 2 ξη + r η²)/q²,   q = ξ² + η² + (r + r') ξη

    in bin k, of width w, height h and mean slope s = h/w:  ξ = (x - x_k)/w,  η = 1 - ξ,
    r and r' the slopes at its two knots, divided by s

The inverse solves (1 - t) ρ² + ((1 - t) r - t r') ρ - t = 0 for ρ = ξ/η, where t = (y - y_k)/h: of the two forms of the
quadratic formula that which adds numbers of one sign.

Accuracy   both directions to 4 ulp of the range and both log-determinants to 10 ulp of 1, as far as the range's own ulp
           allows: one ulp of the position within a bin is worth (range/width) ulp of it.
Source     Durkan et al., "Neural spline flows" (2019), equations 4-8, made homogeneous in ξ and η.
"""

from typing import NamedTuple, final

import jax.numpy as jnp

from .. import _errors, supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ._bijector import AbstractBijector


class _Bin(NamedTuple):
    """One bin of a spline: where it begins, its size, the slopes at its two knots by its mean slope."""

    left: Array
    right: Array
    width: Array
    bottom: Array
    top: Array
    height: Array
    r: Array
    r_next: Array

    @property
    def slope(self) -> Array:
        return self.height / self.width


@final
class RationalQuadraticSpline(AbstractBijector):
    """The reals onto themselves.

    Below the range y = x. Above it y = x + Σ bin_heights - Σ bin_widths, which is x if both have one sum.

    Args:
        bin_widths: distances of neighbouring knots in x.
        bin_heights: distances of neighbouring knots in y.
        knot_slopes: slopes at the inner knots; at the two outer ones the slope is 1.
        range_min: where the first knot stands, in x and in y.

    Shapes: bin_widths and bin_heights (..., n), knot_slopes (..., n - 1), range_min (...); event ().

    Raises:
        ParameterError: a width, height or slope is not positive (eager only).
        ShapeError: not n, n and n - 1 numbers.

    Example:
        >>> import expectax as ex, numpy as np
        >>> spline = ex.bijectors.RationalQuadraticSpline(np.array([1.0, 1.0]), np.array([0.5, 1.5]), np.array([1.0]))
        >>> spline.forward(np.array([-3.0, 0.0, 3.0])).tolist()
        [-3.0, -0.5, 3.0]
    """

    bin_widths: ParameterArray = parameter(supports.positive_vector)
    bin_heights: ParameterArray = parameter(supports.positive_vector)
    knot_slopes: ParameterArray = parameter(supports.positive_vector)
    range_min: ParameterArray = parameter(supports.real, default=-1.0)

    def __post_init__(self):
        super().__post_init__()
        n = jnp.shape(self.bin_widths)[-1]
        found = tuple(jnp.shape(v)[-1] for v in (self.bin_widths, self.bin_heights, self.knot_slopes))
        if n < 1 or found != (n, n, n - 1):
            raise _errors.bad_spline(self._label, found)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        x_knots, y_knots = self._knots(self.bin_widths), self._knots(self.bin_heights)
        inside = (x >= x_knots[0]) & (x < x_knots[-1])
        inner = jnp.where(inside, x, x_knots[0])
        at = self._bin(inner, x_knots, x_knots, y_knots)
        xi, eta = (inner - at.left) / at.width, (at.right - inner) / at.width
        y = at.bottom + at.height * (xi * (xi + at.r * eta) / _denominator(at, xi, eta))
        outside = x + jnp.where(x < x_knots[0], 0.0, y_knots[-1] - x_knots[-1])
        return jnp.where(inside, y, outside), jnp.where(inside, _log_slope(at, xi, eta), 0.0)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x_knots, y_knots = self._knots(self.bin_widths), self._knots(self.bin_heights)
        inside = (y >= y_knots[0]) & (y < y_knots[-1])
        inner = jnp.where(inside, y, y_knots[0])
        at = self._bin(inner, y_knots, x_knots, y_knots)
        xi, eta = _solve(at, (inner - at.bottom) / at.height, (at.top - inner) / at.height)
        outside = y + jnp.where(y < y_knots[0], 0.0, x_knots[-1] - y_knots[-1])
        return jnp.where(inside, at.left + at.width * xi, outside), jnp.where(inside, -_log_slope(at, xi, eta), 0.0)

    def _knots(self, sizes: Array) -> Array:
        return self.range_min + jnp.concatenate([jnp.zeros(1, sizes.dtype), jnp.cumsum(sizes)])

    def _bin(self, value: Array, knots: Array, x_knots: Array, y_knots: Array) -> _Bin:
        """The bin between whose `knots` a value in their range lies."""
        here = (value >= knots[:-1]) & (value < knots[1:])

        def pick(numbers: Array) -> Array:
            return jnp.where(here, numbers, 0).sum()

        one = jnp.ones(1, x_knots.dtype)
        slopes = jnp.concatenate([one, self.knot_slopes, one])
        width, height = pick(self.bin_widths), pick(self.bin_heights)
        r, r_next = (pick(v) * (width / height) for v in (slopes[:-1], slopes[1:]))
        ends = pick(x_knots[:-1]), pick(x_knots[1:]), width, pick(y_knots[:-1]), pick(y_knots[1:]), height
        return _Bin(*ends, r, r_next)

    def _increases(self) -> bool:
        return True


def _denominator(at: _Bin, xi: Array, eta: Array) -> Array:
    return xi * xi + eta * eta + (at.r + at.r_next) * (xi * eta)


def _log_slope(at: _Bin, xi: Array, eta: Array) -> Array:
    """log dy/dx: a sum of positive terms, and one logarithm."""
    slope = at.r_next * xi * xi + 2 * xi * eta + at.r * eta * eta
    q = _denominator(at, xi, eta)
    return jnp.log(slope / (q * q) * at.slope)


def _solve(at: _Bin, t: Array, rest: Array) -> tuple[Array, Array]:
    """ξ and η at the share t of a bin's height, of which 1 - t is the rest."""
    b = rest * at.r - t * at.r_next
    near = b >= 0
    part, size = jnp.where(near, t, rest), jnp.where(near, b, -b)
    size = size + jnp.sqrt(b * b + 4 * t * rest)
    small, large = 2 * part / (2 * part + size), size / (2 * part + size)
    return jnp.where(near, small, large), jnp.where(near, large, small)
