"""The normal distribution between two points: masses and moments, seen from one end of the interval.

For a piece [z, z + d], with what is on it measured against the density at z,

    m = ∫₀^d exp(-s (z + s/2)) ds = (Φ(z + d) - Φ(z))/φ(z),

nothing of size z² appears, so narrow intervals far out keep all digits. Three ways: Gauss-Legendre where the piece is
narrow, or falls off to the right (z >= 0), where it is cut at the roundoff; the same from the other end where it rises
all the way; closed forms across 0.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array
from ._gamma import HALF_LOG_2PI
from ._log import log1p
from ._normal import log_ndtr, normal_density, upper_mills, upper_tail
from ._quadrature import quadrature, unit_integral


class Piece(NamedTuple):
    """log m, and under the density on the piece the means of t - z, of t² - z² (t = z + s) and the variance."""

    log_mass: Array
    offset: Array
    square: Array
    variance: Array


def normal_piece(z: Array, d: Array, end: Array) -> Piece:
    """The piece from z on, of length d >= 0, up to end = z + d; d and end may be inf."""
    narrow = d * jnp.where(jnp.abs(z) + jnp.abs(end) > 1, jnp.abs(z) + jnp.abs(end), 1.0) < 3
    falling = (z >= 0) | narrow
    rising = ~falling & (end <= 0)
    # a rising piece is a falling one from its other end: one computation for both
    near = jnp.where(rising, -end, z)
    near, length = jnp.where(falling | rising, near, 0.0), jnp.where(falling | rising, d, 1.0)
    ahead = _falling(near, length, narrow | ~(falling | rising))
    behind = _turned(ahead, near, jnp.where(rising, d, 1.0))
    across = _across(jnp.where(falling | rising, -1.0, z), jnp.where(falling | rising, 1.0, end))
    return Piece(
        *(jnp.where(falling, f, jnp.where(rising, r, c)) for f, r, c in zip(ahead, behind, across, strict=True))
    )


def _falling(z: Array, d: Array, narrow: Array) -> Piece:
    depth = quadrature(z.dtype)[2]
    fall = 2 * depth / (z + jnp.sqrt(z * z + 2 * depth))  # where s (z + s/2) has reached the depth; z > -3/d if narrow
    whole = jnp.where(narrow | (d < fall), d, fall)

    def weight(s):
        return jnp.exp(-(s * whole) * (z + 0.5 * s * whole))

    mean = unit_integral(weight, z)
    first = unit_integral(lambda s: s * weight(s), z) / mean
    second = unit_integral(lambda s: s * s * weight(s), z) / mean
    spread = unit_integral(lambda s: (s - first) ** 2 * weight(s), z) / mean
    open_ = narrow | (d == jnp.inf)
    from_z, length = jnp.where(narrow, 1.0, z), jnp.where(open_, 1.0, d)
    beyond = jnp.exp(-length * (from_z + 0.5 * length)) * upper_mills(from_z + length)
    by_mills = upper_mills(from_z) - jnp.where(open_, 0.0, beyond)
    log_mass = jnp.where(narrow, jnp.log(jnp.where(narrow, d, 1.0)) + jnp.log(mean), jnp.log(by_mills))
    return Piece(log_mass, whole * first, whole * (2 * z * first + whole * second), whole * whole * spread)


def _turned(piece: Piece, near: Array, d: Array) -> Piece:
    """What a piece that falls from `near` on is from its far end, at -(near + d)."""
    # t' = -t: t'² - z² = (t² - near²) - (z² - near²), z = -(near + d)
    log_mass = piece.log_mass + d * (near + 0.5 * d)  # φ(near)/φ(z) = exp((z² - near²)/2)
    return Piece(log_mass, d - piece.offset, piece.square - d * (2 * near + d), piece.variance)


def _across(z: Array, end: Array) -> Piece:
    """Closed forms for z < 0 < end."""
    mass = 1 - upper_tail(-z) - upper_tail(end)
    at_z = normal_density(z) / mass
    finite = end < jnp.inf
    top = jnp.where(finite, end, 1.0)
    at_end = jnp.where(finite, normal_density(top) / mass, 0.0)
    mean = at_z - at_end
    square = 1 + z * at_z - top * at_end
    log_mass = log1p(-(upper_tail(-z) + upper_tail(end))) + HALF_LOG_2PI + 0.5 * z * z
    return Piece(log_mass, mean - z, square - z * z, square - mean * mean)


# --- the logarithm of a difference of two values of Φ ---


@jax.custom_jvp
def log_ndtr_difference(a: Array, b: Array) -> Array:
    """log(Φ(b) - Φ(a)) for a <= b, infinite ends included; -inf where they are equal, NaN where a > b.

    A few ulp of max(1, |result|, |a|, |b|); derivatives φ(b)/(Φ(b) - Φ(a)) and -φ(a)/(Φ(b) - Φ(a)) never as 0/0.
    """
    flip = a + b < 0
    low, high = jnp.where(flip, -b, a), jnp.where(flip, -a, b)
    whole_line = low == -jnp.inf
    start = jnp.where(whole_line, 0.0, low)
    start = jnp.where(start < jnp.inf, start, 0.0)
    log_mass = normal_piece(start, high - start, high).log_mass - HALF_LOG_2PI - 0.5 * start * start
    by_tail = log_ndtr(jnp.where(high == jnp.inf, -start, 0.0))
    log_mass = jnp.where(high == jnp.inf, by_tail, log_mass)
    log_mass = jnp.where(whole_line, 0.0, jnp.where(a == b, -jnp.inf, log_mass))
    return jnp.where(a <= b, log_mass, jnp.nan)


@log_ndtr_difference.defjvp
def _log_ndtr_difference_jvp(primals, tangents):
    value = log_ndtr_difference(*primals)
    change = jnp.zeros_like(value)
    for at, tangent, sign in zip(primals, tangents, (-1.0, 1.0), strict=True):
        finite = jnp.abs(at) < jnp.inf
        safe = jnp.where(finite, at, 0.0)
        density = jnp.exp(-0.5 * safe * safe - HALF_LOG_2PI - value)
        change = change + jnp.where(finite, sign * density, 0.0) * tangent
    return value, change
