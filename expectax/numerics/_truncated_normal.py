"""The truncated normal distribution: density, tails, quantile and the derivatives of its draws.

All of it from the two pieces below and above x, measured against the density at x: with m_< and m_> their masses,
p(x) = 1/(σ (m_< + m_>)), F = m_</(m_< + m_>), and, with the pieces' mean distances from x and F, 1 - F for weights,

    ∂ log p/∂μ = -E[t - z]/σ            ∂ log p/∂σ = -E[t² - z²]/σ
    ∂x/∂μ = F m_> E_>|t - z| + (1 - F) m_< E_<|t - z|,   ∂x/∂σ likewise with ±(t² - z²),

by integrating φ' = -t φ and (t φ)' = (1 - t²) φ; the last two are sums of positive terms where x is in a tail.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._log import divide, log1mexp
from ._normal import log_ndtr, ndtri_exp
from ._normal_interval import Piece, normal_piece
from ._standardise import standardised


class _Sides(NamedTuple):
    z: Array
    below: Piece
    above: Piece
    log_total: Array
    """log(m_< + m_>)"""
    from_low: Array
    to_high: Array


def _sides(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> _Sides:
    z = standardised(x, loc, scale)
    from_low, to_high = _distance(low, x, scale), _distance(x, high, scale)
    return _sides_of(z, from_low, to_high, _end(low, loc, scale), _end(high, loc, scale))


def _sides_of(z: Array, from_low: Array, to_high: Array, a: Array, b: Array) -> _Sides:
    below, above = normal_piece(-z, from_low, -a), normal_piece(z, to_high, b)
    return _Sides(z, below, above, jnp.logaddexp(below.log_mass, above.log_mass), from_low, to_high)


def standardised_interval(loc: Array, scale: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """(a, b, b - a) in units of the normal; infinite ends stay infinite and send no NaN back into loc and scale."""
    return _end(low, loc, scale), _end(high, loc, scale), _distance(low, high, scale)


def _end(end: Array, loc: Array, scale: Array) -> Array:
    finite = jnp.abs(end) < jnp.inf
    return jnp.where(finite, standardised(jnp.where(finite, end, 0.0), loc, scale), end)


def _distance(lower: Array, upper: Array, scale: Array) -> Array:
    finite = (jnp.abs(lower) < jnp.inf) & (jnp.abs(upper) < jnp.inf)
    return jnp.where(finite, divide(jnp.where(finite, upper - lower, 1.0), scale), jnp.inf)


# --- density ---


@jax.custom_jvp
def truncated_normal_log_prob(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """log-density for low <= x <= high: 8 ulp (15 in double precision) of max(1, its derivatives times arguments)."""
    return -_sides(x, loc, scale, low, high).log_total - jnp.log(scale)


@truncated_normal_log_prob.defjvp
def _log_prob_jvp(primals, tangents):
    dx, dloc, dscale, dlow, dhigh = tangents
    scale = primals[2]
    s = _sides(*primals)
    lower, upper = jnp.exp(s.below.log_mass - s.log_total), jnp.exp(s.above.log_mass - s.log_total)
    mean = upper * s.above.offset - lower * s.below.offset
    square = upper * s.above.square + lower * s.below.square
    at_low, at_high = _densities_at_ends(*primals[1:])
    change = -s.z * dx - mean * dloc - square * dscale + at_low * dlow - at_high * dhigh
    return truncated_normal_log_prob(*primals), divide(change, scale)


def _densities_at_ends(loc: Array, scale: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """φ(a) and φ(b) over the mass between: 1 over the interval's mass as seen from each end; 0 at an infinite one."""
    a, b, width = standardised_interval(loc, scale, low, high)
    out = []
    for start, end in ((a, b), (-b, -a)):
        finite = jnp.abs(start) < jnp.inf
        piece = normal_piece(jnp.where(finite, start, 0.0), jnp.where(finite, width, 1.0), jnp.where(finite, end, 1.0))
        out.append(jnp.where(finite, jnp.exp(-piece.log_mass), 0.0))
    return out[0], out[1]


def _log_ratio_below(s: _Sides) -> Array:
    """log φ(a)/φ(z), -inf at a = -inf."""
    finite = s.from_low < jnp.inf
    d = jnp.where(finite, s.from_low, 0.0)
    return jnp.where(finite, d * (s.z - 0.5 * d), -jnp.inf)


def _log_ratio_above(s: _Sides) -> Array:
    finite = s.to_high < jnp.inf
    d = jnp.where(finite, s.to_high, 0.0)
    return jnp.where(finite, -d * (s.z + 0.5 * d), -jnp.inf)


# --- draws ---


def _slopes(s: _Sides) -> tuple[Array, Array, Array, Array]:
    """∂x/∂(loc, scale, low, high) of a draw at a fixed value of F."""
    log_lower, log_upper = s.below.log_mass - s.log_total, s.above.log_mass - s.log_total
    # F m_> = (1 - F) m_<: by the side whose mass does not overflow
    shared = jnp.exp(jnp.where(s.z < 0, s.below.log_mass + log_upper, s.above.log_mass + log_lower))
    by_loc = shared * (s.above.offset + s.below.offset)
    by_low, by_high = jnp.exp(log_upper + _log_ratio_below(s)), jnp.exp(log_lower + _log_ratio_above(s))
    # z - a ∂x/∂l - b ∂x/∂h: the better form near μ, where the squares' means nearly agree
    middle = (jnp.abs(s.z) < 0.5) & (s.from_low > 0.5 + s.z) & (s.to_high > 0.5 - s.z)
    a = jnp.where(middle & (s.from_low < jnp.inf), s.z - s.from_low, 0.0)
    b = jnp.where(middle & (s.to_high < jnp.inf), s.z + s.to_high, 0.0)
    by_scale = jnp.where(middle, s.z - a * by_low - b * by_high, shared * (s.above.square - s.below.square))
    return by_loc, by_scale, by_low, by_high


def _flow(s: _Sides, tangents: tuple) -> Array:
    """Change of a draw with its parameters."""
    by_loc, by_scale, by_low, by_high = _slopes(s)
    dloc, dscale, dlow, dhigh = tangents
    return by_loc * dloc + by_scale * dscale + by_low * dlow + by_high * dhigh


@jax.custom_jvp
def truncated_normal_log_cdf(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """log F, to a few ulp of max(1, its derivatives times arguments)."""
    s = _sides(x, loc, scale, low, high)
    return -jax.nn.softplus(s.above.log_mass - s.below.log_mass)


@truncated_normal_log_cdf.defjvp
def _log_cdf_jvp(primals, tangents):
    s = _sides(*primals)
    moved = tangents[0] - _flow(s, tangents[1:])
    return truncated_normal_log_cdf(*primals), divide(jnp.exp(-s.below.log_mass) * moved, primals[2])


@jax.custom_jvp
def truncated_normal_log_sf(x: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """log(1 - F), as `truncated_normal_log_cdf`."""
    s = _sides(x, loc, scale, low, high)
    return -jax.nn.softplus(s.below.log_mass - s.above.log_mass)


@truncated_normal_log_sf.defjvp
def _log_sf_jvp(primals, tangents):
    s = _sides(*primals)
    moved = tangents[0] - _flow(s, tangents[1:])
    return truncated_normal_log_sf(*primals), divide(-jnp.exp(-s.above.log_mass) * moved, primals[2])


@jax.custom_jvp
def truncated_normal_quantile(log_p: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """x with log F(x) = log_p: Newton's method on the logarithm of the smaller tail, in the distance from one end.

    Its derivatives in the parameters are those of a draw.
    """
    log_q = log1mexp(log_p)
    a, b, width = standardised_interval(loc, scale, low, high)
    flip = a + b < 0  # the end nearer to 0 comes first
    start, end = jnp.where(flip, -b, a), jnp.where(flip, -a, b)
    own, other = jnp.where(flip, log_q, log_p), jnp.where(flip, log_p, log_q)
    distance, z = _solve(start, end, width, own, other)
    from_end = jnp.where(flip, high - scale * distance, low + scale * distance)
    from_loc = loc + scale * jnp.where(flip, -z, z)
    x = jnp.where(start > -1, from_end, from_loc)
    x = jnp.where(x < low, low, jnp.where(x > high, high, x))
    x = jnp.where(log_p == -jnp.inf, low, jnp.where(log_p == 0, high, x))
    missing = jnp.isnan(log_p) | jnp.isnan(loc) | jnp.isnan(scale) | jnp.isnan(low) | jnp.isnan(high)
    return jnp.where(missing, jnp.nan, x)


def _solve(a: Array, b: Array, width: Array, log_p: Array, log_q: Array) -> tuple[Array, Array]:
    """(z - a, z) with mass e^log_p below z, on [a, b] with a + b >= 0."""
    by_end = a > -1  # by the distance from a; else by z
    infinite = a == -jnp.inf
    log_lower = jnp.logaddexp(log_ndtr(a) + log_q, log_ndtr(b) + log_p)
    log_upper = jnp.logaddexp(log_ndtr(-a) + log_q, log_ndtr(-b) + log_p)
    below = log_lower < log_upper
    smaller = jnp.where(below, log_lower, log_upper)
    z = ndtri_exp(jnp.where(smaller < -1e-6, smaller, -1e-6))
    z = jnp.where(below, z, -z)
    # far out the density falls like an exponential; across a narrow piece it hardly changes
    rate = jnp.where(a > 1, a, 1.0)
    total = jnp.where(rate * width < 30, -jnp.expm1(-rate * jnp.where(rate * width < 30, width, 0.0)), 1.0)
    exponential = -jnp.log1p(-jnp.exp(log_p) * total * (1 - jnp.finfo(a.dtype).eps)) / rate
    distance = jnp.where((a > 4) | (width * (jnp.abs(a) + 1) < 1), exponential, z - a)
    finite_a = jnp.where(infinite, 0.0, a)

    def parts(v):
        distance = jnp.where(by_end, v, jnp.where(infinite, jnp.inf, v - finite_a))
        z = jnp.where(by_end, finite_a + v, v)
        return z, distance, jnp.where(by_end, width - v, b - v)

    def step(_, v):
        z, distance, rest = parts(v)
        s = _sides_of(z, distance, rest, a, b)
        gap = s.above.log_mass - s.below.log_mass
        lower = log_p < log_q
        change = (log_p + jax.nn.softplus(gap)) * jnp.exp(s.below.log_mass)
        change = jnp.where(lower, change, -(log_q + jax.nn.softplus(-gap)) * jnp.exp(s.above.log_mass))
        moved = v + jnp.where(jnp.isfinite(change), change, 0.0)
        bottom, top = jnp.where(by_end, 0.0, a), jnp.where(by_end, width, b)
        moved = jnp.where(moved < bottom, 0.5 * (bottom + v), moved)
        return jnp.where(moved > top, 0.5 * (top + v), moved)

    first = jnp.where(by_end, jnp.where(distance < 0, 0.0, jnp.where(distance > width, width, distance)), z)
    z, distance, _ = parts(lax.fori_loop(0, 5, step, first))
    return distance, z


@truncated_normal_quantile.defjvp
def _quantile_jvp(primals, tangents):
    log_p, loc, scale, low, high = primals
    x = truncated_normal_quantile(*primals)
    s = _sides(x, loc, scale, low, high)
    # dx/d log F = F/p = σ m_<
    inside = (log_p > -jnp.inf) & (log_p < 0)
    by_log_p = jnp.where(inside, scale * jnp.exp(s.below.log_mass), 0.0)
    return x, by_log_p * tangents[0] + _flow(s, tangents[1:])
