"""The truncated normal distribution: its density and tails.

With m the interval's mass over the density at z, and m_<, m_> those of its parts below and above z,

    p(x) = 1/(σ m),   ∂ log p/∂μ = -E[t - z]/σ,   ∂ log p/∂σ = -E[t² - z²]/σ,   F = m_</(m_< + m_>).
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide
from ._normal import upper_mills
from ._normal_interval import (
    ENDLESS,
    WHOLE,
    Interval,
    interval_moments,
    is_narrow,
    log_mass_from,
    narrow_mass,
    normal_interval,
)
from ._standardise import standardised
from ._truncated_normal_slopes import Draw, LogTails, truncated_normal_slopes


def standardised_interval(loc: Array, scale: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """(a, b, b - a) in units of the normal, for `normal_interval`."""
    return -_distance(low, loc, scale), _distance(loc, high, scale), _distance(low, high, scale)


@jax.custom_jvp
def _distance(start: Array, end: Array, scale: Array) -> Array:
    """(end - start)/scale; ENDLESS, with derivatives of 0, where start is -inf or end inf."""
    distance = end - start
    return jnp.where(distance == jnp.inf, ENDLESS, distance / scale)


@_distance.defjvp
def _distance_jvp(primals, tangents):
    distance = _distance(*primals)
    finite = distance != ENDLESS
    safe = jnp.where(finite, distance, 0.0)
    change = divide(tangents[1] - tangents[0] - safe * tangents[2], primals[2])
    return distance, jnp.where(finite, change, 0.0)


# --- density ---


@jax.custom_jvp
def truncated_normal_log_prob(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """log-density for low <= x <= high: 8 ulp (15 in double precision) of max(1, its derivatives times arguments)."""
    piece, distance = _whole(x, loc, scale, low, high)
    return -distance * (piece.nearest + 0.5 * distance) - jnp.log(piece.mass) - jnp.log(scale)


def _whole(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> tuple[Interval, Array]:
    """The interval, and the distance of z from its point nearest to 0, in its direction."""
    piece = normal_interval(*standardised_interval(loc, scale, low, high))
    z = standardised(x, loc, scale)
    from_end = jnp.where(piece.flip, _distance(x, high, scale), _distance(low, x, scale))
    return piece, jnp.where(piece.near < 0, jnp.where(piece.flip, -z, z), from_end)


@truncated_normal_log_prob.defjvp
def _log_prob_jvp(primals, tangents):
    x, loc, scale, *_ = primals
    dx, dloc, dscale, dlow, dhigh = tangents
    piece, distance = _whole(*primals)
    offset, square = interval_moments(piece)
    mean = jnp.where(piece.flip, distance - offset, offset - distance)
    square = square - distance * (2 * piece.nearest + distance)
    at_low = jnp.where(piece.flip, piece.at_far, piece.at_near) / piece.mass
    at_high = jnp.where(piece.flip, piece.at_near, piece.at_far) / piece.mass
    change = -standardised(x, loc, scale) * dx - mean * dloc - square * dscale + at_low * dlow - at_high * dhigh
    return truncated_normal_log_prob(*primals), divide(change, scale)


# --- tails ---


class _Sides(NamedTuple):
    """The logarithms of the masses on both sides of x, over the density there."""

    log_below: Array
    log_above: Array


def _sides(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> _Sides:
    z = standardised(x, loc, scale)
    from_low, to_high = _distance(low, x, scale), _distance(x, high, scale)
    a, b, _ = standardised_interval(loc, scale, low, high)
    return _Sides(log_mass_from(-z, from_low, -a), log_mass_from(z, to_high, b))


def _moved(s: _Sides, primals: tuple, tangents: tuple) -> Array:
    """dx less the change of a draw with its parameters, in units of the scale."""
    gap = s.log_above - s.log_below
    slopes = truncated_normal_slopes(Draw(LogTails(-jax.nn.softplus(gap), -jax.nn.softplus(-gap)), *primals))
    change = sum((slope * tangent for slope, tangent in zip(slopes, tangents[1:], strict=True)), -tangents[0])
    return divide(-change, primals[2])


@jax.custom_jvp
def truncated_normal_log_cdf(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """log F, to a few ulp of max(1, its derivatives times arguments)."""
    s = _sides(x, loc, scale, low, high)
    return -jax.nn.softplus(s.log_above - s.log_below)


@truncated_normal_log_cdf.defjvp
def _log_cdf_jvp(primals, tangents):
    s = _sides(*primals)
    return truncated_normal_log_cdf(*primals), jnp.exp(-s.log_below) * _moved(s, primals, tangents)


@jax.custom_jvp
def truncated_normal_log_sf(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """log(1 - F), as `truncated_normal_log_cdf`."""
    s = _sides(x, loc, scale, low, high)
    return -jax.nn.softplus(s.log_below - s.log_above)


@truncated_normal_log_sf.defjvp
def _log_sf_jvp(primals, tangents):
    s = _sides(*primals)
    return truncated_normal_log_sf(*primals), -jnp.exp(-s.log_above) * _moved(s, primals, tangents)


@jax.custom_jvp
def truncated_normal_cdf(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """F to some 10 ulp of itself, however small, as the quotient of two masses: less time than by `truncated_normal_log_cdf`."""
    piece = normal_interval(*standardised_interval(loc, scale, low, high))
    flip, near, far = piece.flip, piece.near, piece.far
    z = jnp.where(scale > 0, standardised(x, loc, scale), jnp.nan)  # a selection, or XLA stores the quotient
    from_low, to_high = _distance(low, x, scale), _distance(x, high, scale)
    z, from_near = jnp.where(flip, -z, z), jnp.where(flip, to_high, from_low)
    crosses = near < 0
    inward = crosses & (z < 0)
    fall = jnp.where(crosses, 0.5 * z * z, from_near * (near + 0.5 * from_near))
    at_x = jnp.where(z == ENDLESS, 0.0, jnp.exp(-fall))
    beyond = at_x * upper_mills(jnp.abs(z))  # x, away from 0
    before = jnp.where(inward, beyond - piece.beyond_near, piece.beyond_near - beyond)
    before = jnp.where(crosses & (z >= 0), WHOLE - (piece.beyond_near + beyond), before)
    after = jnp.where(inward, WHOLE - (beyond + piece.beyond_far), beyond - piece.beyond_far)
    start, end = jnp.where(flip, z, near), jnp.where(flip, far, z)
    narrow = is_narrow(start, end, from_low)
    mass = narrow_mass(start, from_low, (at_x, jnp.where(flip, piece.at_far, piece.at_near)), narrow)
    mass = jnp.where(narrow, mass, jnp.where(flip, after, before))
    return jnp.where(low < high, mass / piece.mass, jnp.nan)


@truncated_normal_cdf.defjvp
def _cdf_jvp(primals, tangents):
    s = _sides(*primals)
    density = jnp.exp(-jnp.logaddexp(s.log_below, s.log_above))
    return truncated_normal_cdf(*primals), density * _moved(s, primals, tangents)
