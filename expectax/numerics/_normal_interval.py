"""The normal distribution on an interval: its mass, moments and densities at the ends.

Everything is measured against the density at the interval's point nearest to 0, ρ, where it is largest; the interval is
first reflected if its upper end is the nearer one. With Mills' ratio M and its like for the first moment,
M₁(z) = ∫₀^∞ s exp(-z s - s²/2) ds = 1 - z M(z), an interval [a, b] with ρ = a >= 0 and width d has

    m = ∫ φ/φ(a) = M(a) - e M(b),   m E[t - a] = M₁(a) - e (M₁(b) + d M(b)),   e = φ(b)/φ(a) = exp(-d (a + d/2)).

Nothing of size a² appears, so intervals far out keep all digits. One across 0 is the line without two tails. Where
the interval is narrow its two ends would cancel. With its centre c and half its width h, by the mean of
cosh(c h u) exp(h² (1 - u²)/2) over 0 < u < 1, term by term,

    ∫ φ = 2 h √(φ(a) φ(b)) Σ_{j,k} (c² h²/2)^j h^(2k) / (j! (2j + 2k + 1)!!),

and for the moments the Taylor series φ(c + h u)/φ(c) = Σ_k (-u)^k T_k, T_k = He_k(c) h^k/k!, which follows from
(k + 1) T_{k+1} = c h T_k - h² T_{k-1}.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._gamma import HALF_LOG_2PI
from ._normal import mills_moment, upper_mills
from ._polynomial import horner
from ._quadrature import quadrature, unit_integral

WHOLE = math.sqrt(2 * math.pi)
ENDLESS = 1e30
"""What stands for an infinite end or width: beyond it lies no mass, and derivatives are 0 and not NaN."""
_NARROW = 1.0


def _coefficients(precision: float) -> list[list[float]]:
    """Those of the double series that matter where the interval is widest: c h = 1/4, h = 1/2."""
    rows: list[list[float]] = []
    for j in range(12):
        rows.append([])
        for k in range(16):
            term = 1 / math.factorial(j) / math.prod(range(1, 2 * (j + k) + 2, 2))
            if term / 32**j / 4**k > precision:
                rows[-1].append(term)
    return [row for row in rows if row]


_COEFFICIENTS = {4: _coefficients(2e-8), 8: _coefficients(2e-17)}


class Interval(NamedTuple):
    """An interval of the normal, reflected so that its end nearer to 0 comes first."""

    flip: Array
    """Whether it was reflected."""
    near: Array
    far: Array
    width: Array
    nearest: Array
    """ρ, the near end or 0."""
    at_near: Array
    """φ(near)/φ(ρ)"""
    at_far: Array
    beyond_near: Array
    """∫ φ/φ(ρ) over what lies outside the near end, away from 0."""
    beyond_far: Array
    mass: Array
    """∫ φ/φ(ρ) over the interval."""


def normal_interval(a: Array, b: Array, width: Array) -> Interval:
    """[a, b] for a <= b, given b - a too so that narrow intervals keep their digits; an infinite end is at ±ENDLESS."""
    flip = a + b < 0
    near, far = jnp.where(flip, -b, a), jnp.where(flip, -a, b)
    crosses = near < 0
    nearest = jnp.where(crosses, 0.0, near)
    at_near = jnp.where(crosses, jnp.exp(-0.5 * near * near), 1.0)
    fall = jnp.where(crosses, 0.5 * far * far, width * (near + 0.5 * width))
    at_far = jnp.where(far == ENDLESS, 0.0, jnp.exp(-fall))
    beyond_near, beyond_far = at_near * upper_mills(jnp.abs(near)), at_far * upper_mills(far)
    wide = jnp.where(crosses, WHOLE - (beyond_near + beyond_far), beyond_near - beyond_far)
    narrow = is_narrow(near, far, width)
    mass = jnp.where(narrow, narrow_mass(near, width, (at_near, at_far), narrow), wide)
    return Interval(flip, near, far, width, nearest, at_near, at_far, beyond_near, beyond_far, mass)


def is_narrow(start: Array, end: Array, width: Array) -> Array:
    """Whether differences between the ends are better taken as a series around the centre."""
    size = jnp.abs(start + end)
    return width * jnp.where(size > 1, size, 1.0) < _NARROW


def narrow_mass(start: Array, width: Array, at_ends: tuple[Array, Array], narrow: Array) -> Array:
    """∫ φ/φ(ρ) from start on, given φ/φ(ρ) at both ends; where the interval is not narrow, some number."""
    centre, half = _centred(start, width, narrow)
    first, last = (jnp.sqrt(jnp.where(narrow, v, 1.0)) for v in at_ends)  # of their product, which may underflow
    return 2 * half * first * last * mean_between(centre, half)


def _centred(start: Array, width: Array, narrow: Array) -> tuple[Array, Array]:
    """(centre, half of the width) of a narrow interval."""
    half = jnp.where(narrow, 0.5 * width, 0.5)
    return jnp.where(narrow, start, 0.0) + half, half


def interval_moments(piece: Interval) -> tuple[Array, Array]:
    """The means of t - ρ and of t² - ρ² under the density on the (reflected) interval."""
    offset, square, _ = _moments(piece)
    return offset, square


def interval_variance(piece: Interval) -> Array:
    """The variance of the normal on the interval."""
    offset, square, narrow_variance = _moments(piece)
    narrow = is_narrow(piece.near, piece.far, piece.width)
    crosses = piece.near < 0
    beside = crosses | narrow
    spread = _spread(
        jnp.where(beside, 1.0, piece.near), jnp.where(beside, 1.0, piece.width), jnp.where(beside, 0.5, offset)
    )
    return jnp.where(narrow, narrow_variance, jnp.where(crosses, square - offset * offset, spread))


def _moments(piece: Interval) -> tuple[Array, Array, Array]:
    """`interval_moments`, and the variance where the interval is narrow."""
    crosses = piece.near < 0
    start, end, length = piece.near, piece.far, piece.width
    mass = piece.mass
    first = mills_moment(jnp.abs(start)) - piece.at_far * (mills_moment(end) + length * upper_mills(end))
    offset = jnp.where(crosses, piece.at_near - piece.at_far, first) / mass
    # E[t²] = 1 + (a φ(a) - b φ(b))/mass, with a φ(a)/mass as E[t] a + ... where that is E[t] - a itself
    square = jnp.where(crosses, start * piece.at_near - end * piece.at_far, start * first - length * piece.at_far)
    square = 1 + square / mass
    narrow = is_narrow(piece.near, piece.far, piece.width)
    centre, half = _centred(piece.near, piece.width, narrow)
    shift = jnp.where(crosses, centre, half)
    mean, spread = _narrow_moments(centre, half)
    square = jnp.where(narrow, shift * (2 * piece.nearest + shift) + 2 * centre * mean + spread, square)
    return jnp.where(narrow, shift + mean, offset), square, spread - mean * mean


def _spread(near: Array, width: Array, mean: Array) -> Array:
    """The variance on [near, near + width], near > 0, by Gauss-Legendre up to where the density has fallen to the roundoff."""
    depth = quadrature(near.dtype)[2]
    fall = 2 * depth / (near + jnp.sqrt(near * near + 2 * depth))
    whole = jnp.where(width < fall, width, fall)

    def weight(s):
        return jnp.exp(-(s * whole) * (near + 0.5 * s * whole))

    square = unit_integral(lambda s: (s * whole - mean) ** 2 * weight(s), near)
    return square / unit_integral(weight, near)


# --- narrow intervals: Taylor's series around the centre ---


def _terms(centre: Array, half: Array) -> list[Array]:
    """T_0, T_1, ..., an odd number of them."""
    rise, square = centre * half, half * half
    terms = [jnp.ones_like(rise), rise]
    for k in range(1, 22 if rise.dtype == jnp.float64 else 10):
        terms.append((rise * terms[k] - square * terms[k - 1]) * (1 / (k + 1)))
    return terms


def mean_between(centre: Array, half: Array) -> Array:
    """The mean of φ on [centre - half, centre + half] over √(φ(a) φ(b)) of its ends: 1 or a little more."""
    square, rise, total = half * half, 0.5 * (centre * half) ** 2, jnp.zeros_like(half)
    for row in reversed(_COEFFICIENTS[half.dtype.itemsize]):
        total = rise * total + horner(row, square)
    return total


def _narrow_moments(centre: Array, half: Array) -> tuple[Array, Array]:
    """The means of t - c and of (t - c)²."""
    zero, terms = jnp.zeros_like(half), _terms(centre, half)
    mass = sum((t * (1 / (2 * k + 1)) for k, t in enumerate(terms[::2])), zero)
    first = sum((t * (1 / (2 * k + 3)) for k, t in enumerate(terms[1::2])), zero)
    second = sum((t * (1 / (2 * k + 3)) for k, t in enumerate(terms[::2])), zero)
    return -half * first / mass, half * half * second / mass


# --- logarithms ---


def log_mass_from(z: Array, d: Array, end: Array) -> Array:
    """log ∫ φ/φ(z) from z up to end = z + d, d >= 0."""
    piece = normal_interval(z, end, d)
    # the distance of z from ρ, after reflection
    distance = jnp.where(piece.near < 0, jnp.where(piece.flip, -z, z), jnp.where(piece.flip, d, 0.0))
    return jnp.log(piece.mass) + distance * (piece.nearest + 0.5 * distance)


@jax.custom_jvp
def log_normal_mass_from(z: Array, width: Array) -> Array:
    """log(Φ(z + w) - Φ(z)) for finite z and w > 0, as `log_ndtr_difference`, whose width this need not find anew.

    Its slope in z, (φ(z + w) - φ(z))/mass, keeps its digits where the interval is narrow.
    """
    piece = normal_interval(z, z + width, width)
    return jnp.log(piece.mass / WHOLE) - 0.5 * piece.nearest * piece.nearest


@log_normal_mass_from.defjvp
def _log_normal_mass_from_jvp(primals, tangents):
    (z, width), value = primals, log_normal_mass_from(*primals)
    end, rise = z + width, width * (z + 0.5 * width)
    at_start, at_end = (jnp.exp(-0.5 * t * t - HALF_LOG_2PI - value) for t in (z, end))
    falls = rise > 0  # the density of the higher end times the relative fall to the other
    by_z = jnp.where(falls, at_start, -at_end) * expm1(-jnp.abs(rise))
    return value, by_z * tangents[0] + at_end * tangents[1]


@jax.custom_jvp
def log_ndtr_difference(a: Array, b: Array) -> Array:
    """log(Φ(b) - Φ(a)) for a <= b, infinite ends included; -inf where they are equal, NaN where a > b.

    A few ulp of max(1, |result|, |a|, |b|); derivatives φ(b)/(Φ(b) - Φ(a)) and -φ(a)/(Φ(b) - Φ(a)) never as 0/0.
    """
    apart = a < b
    ends = jnp.where(apart, jnp.clip(a, -ENDLESS), 0.0), jnp.where(apart, jnp.clip(b, None, ENDLESS), 1.0)
    piece = normal_interval(*ends, ends[1] - ends[0])
    log_mass = jnp.log(piece.mass / WHOLE) - 0.5 * piece.nearest * piece.nearest
    return jnp.where(apart, log_mass, jnp.where(a == b, -jnp.inf, jnp.nan))


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
