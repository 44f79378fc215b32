"""The Cauchy distribution on an interval, by angles.

With the angle θ = arctan((x - μ)/γ), which is uniform, the interval [l, h] is the angle A between the vectors (γ, l - μ)
and (γ, h - μ). Of unit length these are (c, s), with radii ρ, and

    sin A = γ (h - l)/(ρ_l ρ_h) = c_l s_h - c_h s_l,   cos A = c_l c_h + s_l s_h,
    dA = γ dh/ρ_h² - γ dl/ρ_l² - sin A ((s_l/ρ_h + s_h/ρ_l) -(dμ) + cos(θ_l + θ_h) dγ/γ):

nothing cancels where the interval is narrow or far out, and infinite ends are vectors like others.
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._bessel_i import radius
from ._log import divide, log1p, log_ratio
from ._quadrature import unit_integral


def _unit(d: Array, scale: Array) -> tuple[Array, Array, Array]:
    """(c, s, ρ) of the vector (γ, d); (0, ±1, inf) where d is infinite."""
    finite = jnp.abs(d) < jnp.inf
    at = jnp.where(finite, d, 0.0)
    length = radius(jnp.abs(at), scale)
    c, s = divide(scale, length), divide(at, length)
    return jnp.where(finite, c, 0.0), jnp.where(finite, s, jnp.sign(d)), jnp.where(finite, length, jnp.inf)


def _sine(low: Array, high: Array, first: tuple, second: tuple) -> Array:
    """sin A, from h - l where that is finite."""
    width = high - low
    finite = jnp.abs(width) < jnp.inf
    inner = jnp.where(finite, first[0], 0.0) * divide(jnp.where(finite, width, 1.0), jnp.where(finite, second[2], 1.0))
    return jnp.where(finite, inner, first[0] * second[1] - second[0] * first[1])


@jax.custom_jvp
def cauchy_angle(low: Array, high: Array, loc: Array, scale: Array) -> Array:
    """A = arctan((h - μ)/γ) - arctan((l - μ)/γ), in [0, π], to a few ulp for every interval."""
    first, second = _unit(low - loc, scale), _unit(high - loc, scale)
    cosine = first[0] * second[0] + first[1] * second[1]
    return jnp.arctan2(_sine(low, high, first, second), cosine)


@cauchy_angle.defjvp
def _cauchy_angle_jvp(primals, tangents):
    low, high, loc, scale = primals
    first, second = _unit(low - loc, scale), _unit(high - loc, scale)
    sine = _sine(low, high, first, second)
    by_loc = sine * (first[1] / second[2] + second[1] / first[2])
    by_scale = -divide(sine * (first[0] * second[0] - first[1] * second[1]), scale)
    by_low, by_high = -first[0] / first[2], second[0] / second[2]
    change = by_low * tangents[0] + by_high * tangents[1] + by_loc * tangents[2] + by_scale * tangents[3]
    return cauchy_angle(*primals), change


@jax.custom_jvp
def truncated_cauchy_quantile(p: Array, low: Array, high: Array, loc: Array, scale: Array) -> Array:
    """x in [l, h] whose angle from l is p A; -p is the share from h where p is negative."""
    upper = p < 0
    sign = jnp.where(upper, -1.0, 1.0).astype(p.dtype)
    # seen from the nearer end, reflected if that is the upper one
    start = jnp.where(upper, high, low)
    turn = jnp.abs(p) * cauchy_angle(low, high, loc, scale)
    c, s, length = _unit(sign * (start - loc), scale)
    sine, cosine = jnp.sin(turn), jnp.cos(turn)
    along = c * cosine - s * sine
    finite = length < jnp.inf
    increment = jnp.where(finite, length, 1.0) * divide(sine, along)
    near = finite & (increment < 0.5 * length)
    end = jnp.where(finite, start, 0.0)
    from_loc = loc + sign * scale * divide(s * cosine + c * sine, along)
    x = jnp.where(near, end + sign * increment, from_loc)
    x = jnp.where(p == 0, start, x)
    return jnp.where(x < low, low, jnp.where(x > high, high, x))


@truncated_cauchy_quantile.defjvp
def _truncated_cauchy_quantile_jvp(primals, tangents):
    p, low, high, loc, scale = primals
    x = truncated_cauchy_quantile(*primals)
    upper = p < 0
    whole, dwhole = jax.jvp(cauchy_angle, (low, high, loc, scale), tuple(tangents[1:]))
    start, dstart = jnp.where(upper, high, low), jnp.where(upper, tangents[2], tangents[1])
    # of the signed angle from the nearer end, at a fixed x
    first, second = jnp.where(upper, x, low), jnp.where(upper, high, x)
    still = jnp.zeros_like(x)
    moving = (jnp.where(upper, still, dstart), jnp.where(upper, dstart, still), tangents[3], tangents[4])
    _, change = jax.jvp(cauchy_angle, (first, second, loc, scale), moving)
    sign = jnp.where(upper, -1.0, 1.0).astype(x.dtype)
    turn = sign * (jnp.abs(p) * dwhole - change) + whole * tangents[0]
    c, _, length = _unit(x - loc, scale)
    at_end = (p == 0) | (jnp.abs(start) == jnp.inf) & (x == start)
    return x, jnp.where(at_end, dstart, divide(length, c) * turn)


def truncated_cauchy_moments(low: Array, high: Array, loc: Array, scale: Array) -> tuple[Array, Array]:
    """Mean and variance on [l, h]: in closed form, by quadrature where that would cancel.

    An infinite end makes the mean infinite, two of them NaN; the variance is NaN then.
    """
    finite = jnp.abs(high - low) < jnp.inf
    a, b = jnp.where(finite, low - loc, 0.0), jnp.where(finite, high - loc, scale)
    lengths = radius(jnp.abs(a), scale), radius(jnp.abs(b), scale)
    width, unit = b - a, jnp.minimum(*lengths)
    narrow = width < unit
    angle = cauchy_angle(a, b, jnp.zeros_like(a), scale)
    mean = divide(scale, angle) * log_ratio(lengths[1], lengths[0])
    spread = scale * (divide(width, angle) - scale) - mean * mean

    span = jnp.where(narrow, divide(width, unit), 0.5)
    start, height = jnp.where(narrow, divide(a, unit), 0.0), divide(scale, unit)

    def weight(t):
        at = start + span * t
        return 1 / (height * height + at * at)

    mass = unit_integral(weight, a)
    part = unit_integral(lambda t: t * weight(t), a) / mass
    square = unit_integral(lambda t: (t - part) ** 2 * weight(t), a) / mass
    mean = jnp.where(narrow, a + width * part, mean)
    spread = jnp.where(narrow, square * width * width, spread)
    return loc + jnp.where(finite, mean, low + high), jnp.where(finite, spread, jnp.nan)


def truncated_cauchy_entropy(low: Array, high: Array, loc: Array, scale: Array) -> Array:
    """log(γ A) - 2 E log cos θ on [l, h], ends infinite or not: a few ulp of its terms.

    With the angles u and v from θ up to π/2 and down to -π/2, cos θ = u v s(θ): E log u and E log v in closed form, E log s
    by quadrature, s being positive and smooth up to ±3π/2.
    """
    infinite = jnp.full_like(low, jnp.inf)
    angle = cauchy_angle(low, high, loc, scale)
    above, below = cauchy_angle(high, infinite, loc, scale), cauchy_angle(-infinite, low, loc, scale)

    def log_rest(t: Array) -> Array:
        up, down = above + angle * (1 - t), below + angle * t
        near, far = jnp.where(up < down, up, down), jnp.where(up < down, down, up)
        some = near > 0
        safe = jnp.where(some, near, 1.0)
        return jnp.where(some, jnp.log(jnp.sin(safe) / safe), 0.0) - jnp.log(far)

    log_cosine = _mean_log(above, angle) + _mean_log(below, angle) + unit_integral(log_rest, angle)
    return jnp.log(scale) + jnp.log(angle) - 2 * log_cosine


def _mean_log(start: Array, width: Array) -> Array:
    """The mean of log over [u, u + a]: log(u + a) - 1 + u/a log(1 + a/u)."""
    some = start > width * 1e-30
    ratio = width / jnp.where(some, start, 1.0)
    share = jnp.where(some, log1p(ratio) / ratio, 0.0)
    return jnp.log(start + width) - 1 + share
