"""The quantile of the truncated normal distribution and its draws, without a loop.

In units of the normal, and reflected so that the end nearer to 0 comes first, z is sought from one of two sides.

- Near an end e, whose density is φ(e): the mass between is that of a narrow interval, and z - e its inverse in the form
  of a series, so that x keeps the digits of its distance from the end.
- Elsewhere from the tail beyond z, on its side of 0.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._normal import tail_start, upper_mills
from ._normal_interval import WHOLE, Interval, mean_between, normal_interval
from ._polynomial import horner
from ._truncated_normal import standardised_interval, truncated_normal_log_prob
from ._truncated_normal_slopes import Draw, truncated_normal_slopes

_CLOSE = 0.25
_EXP = [1 / math.factorial(k) for k in range(13)]


@jax.custom_jvp
def truncated_normal_quantile(tail: Array, loc: Array, scale: Array, low: Array, high: Array) -> Array:
    """x with F(x) = tail up to ½, F(x) = 1 + tail for tail < 0: both tails have all their digits.

    Accurate to a few ulp of its distance from loc, low or high, whichever is nearest. Its derivatives in the parameters are
    those of a draw.
    """
    upper = tail < 0
    small, rest = jnp.abs(tail), 1 - jnp.abs(tail)
    piece = normal_interval(*standardised_interval(loc, scale, low, high))
    flip = piece.flip
    first = flip ^ upper
    z, distance, by_far = _solve(piece, jnp.where(first, rest, small), jnp.where(first, small, rest))
    from_high = flip ^ by_far
    x = jnp.where(from_high, high - scale * distance, low + scale * distance)
    x = jnp.where(distance < jnp.abs(z), x, loc + scale * jnp.where(flip, -z, z))
    x = jnp.where(x < low, low, jnp.where(x > high, high, x))
    return jnp.where(low < high, x, jnp.nan)


@functools.partial(truncated_normal_quantile.defjvp, symbolic_zeros=True)
def _quantile_jvp(primals, tangents):
    # kept in memory, with what they depend on, for all derivatives: XLA would compute them again for each
    tail, *parameters = lax.optimization_barrier(primals)
    x = lax.optimization_barrier(truncated_normal_quantile(tail, *parameters))
    slopes = truncated_normal_slopes(Draw(tail, x, *parameters))
    if not isinstance(tangents[0], SymbolicZero):
        finite = jnp.abs(x) < jnp.inf
        log_density = truncated_normal_log_prob(jnp.where(finite, x, parameters[0]), *parameters)
        slopes = (jnp.where(finite, jnp.exp(-log_density), 0.0), *slopes)
    else:
        tangents = tangents[1:]
    moving = [slope * t for slope, t in zip(slopes, tangents, strict=True) if not isinstance(t, SymbolicZero)]
    return x, sum(moving, jnp.zeros_like(x))


def _solve(piece: Interval, p: Array, q: Array) -> tuple[Array, Array, Array]:
    """(z, its distance from an end, whether from the far one) with mass p of the reflected interval before z."""
    crosses = piece.near < 0
    # tails beyond z over φ(ρ): of two sides of 0 the smaller, of an interval on one side the outer
    outer = q * jnp.where(crosses, WHOLE - piece.beyond_near, piece.beyond_near) + p * piece.beyond_far
    inner = p * (WHOLE - piece.beyond_far) + q * piece.beyond_near
    inward = crosses & (inner < outer)
    tail = jnp.where(inward, inner, outer)
    top = jnp.where(crosses, 0.5 * WHOLE, piece.beyond_near)  # all beyond ρ
    empty = tail == 0
    size = jnp.where(empty, jnp.inf, _distance_to_tail(piece.nearest, top, jnp.where(empty, top, tail)))
    z = jnp.where(inward, -size, piece.nearest + size)
    distance = jnp.where(crosses, z - piece.near, size)

    by_far, close, d = _near_end(piece, p, q)
    z = jnp.where(close, jnp.where(by_far, piece.far - d, piece.near + d), z)
    return z, jnp.where(close, d, distance), by_far


def _distance_to_tail(start: Array, mills: Array, tail: Array) -> Array:
    """d with ∫ φ/φ(start) from start + d to ∞ = tail, given mills = M(start), the same from start on."""
    depth = _rough_log(mills) - _rough_log(tail)
    d = tail_start(start, mills, jnp.where(depth > 0, depth, 0.0))
    for _ in range(2 if start.dtype == jnp.float64 else 1):
        z = start + d
        mills = upper_mills(z)
        left = _log_quotient(mills, tail * jnp.exp(d * (start + 0.5 * d)))
        d = d + left * mills * (1 - 0.5 * left * (1 - z * mills))  # Halley's step for log M(z) - z²/2
    return d


def _rough_log(x: Array) -> Array:
    """log x; in single precision to 0.0006 only, from the number's exponent and digits, at a fifth of the time."""
    if x.dtype == jnp.float64:
        return jnp.log(x)
    power = lax.bitcast_convert_type(x, jnp.int32).astype(x.dtype) * 2.0**-23 - 127
    digits = power - jnp.floor(power)
    return math.log(2.0) * (power + digits * (1 - digits) * (0.4229 - 0.1592 * digits))


def _log_quotient(x: Array, y: Array) -> Array:
    """log(x/y); in single precision for quotients near 1 only, by the series of the inverse hyperbolic tangent."""
    if x.dtype == jnp.float64:
        return jnp.log(x / y)
    t = jnp.where(x == y, 0.0, (x - y) / (x + y))  # chosen before it is used twice: see `upper_mills`
    return 2 * t * horner([1, 1 / 3, 1 / 5, 1 / 7, 1 / 9], t * t)


def _near_end(piece: Interval, p: Array, q: Array) -> tuple[Array, Array, Array]:
    """(whether the far end is meant, whether the draw is close to that end, its distance from there)."""
    double = p.dtype == jnp.float64
    from_near, from_far = p * piece.mass, q * piece.mass  # over φ(ρ)
    by_far = (q < p) & (from_far * (1 + piece.far) < _CLOSE * piece.at_far)
    end, mass = jnp.where(by_far, -piece.far, piece.near), jnp.where(by_far, from_far, from_near)
    at_end = jnp.where(by_far, piece.at_far, piece.at_near)
    close = mass * (1 + jnp.abs(end)) < _CLOSE * at_end
    end, mass = jnp.where(close, end, 0.0), jnp.where(close, mass / at_end, 0.0)
    rise = end * mass
    d = mass * (1 + rise * (0.5 + rise * (1 / 3)) + mass * mass * (1 / 6))
    for _ in range(2 if double else 1):
        half = 0.5 * d
        climb = horner(_EXP[: 6 + 7 * double], half * (end + half))  # √(φ(end)/φ(end + d))
        left = (mass * climb - d * mean_between(end + half, half)) * climb
        d = d + left * (1 + 0.5 * (end + d) * left)
    return by_far, close, d
