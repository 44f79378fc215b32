"""The distribution function of the inverse Gaussian law, both tails in log space, and its inverse.

With r = x/μ, a = √(λ/x) (r - 1), b = √(λ/x) (r + 1), b² - a² = 4λ/μ, and Mills' ratio M,

    F = Φ(a) + e^(2λ/μ) Φ(-b) = φ(a) (M(-a) + M(b)),     1 - F = φ(a) (M(a) - M(b)) = φ(a) ∫_a^b (1 - t M(t)) dt

(Shuster 1968), so nothing overflows; where b is close to a the integral is taken, by Gauss-Legendre. And

    dF = φ(a) √(λ/x) (d log x - g d log μ - (1 - g) d log λ),     g = 2r/(1 + r) · b M(b).
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._gamma import HALF_LOG_2PI
from ._inverse import halley
from ._log import divide, log1mexp, log1p
from ._normal import hazard, hazard_excess, mills_moment, ndtri_exp, upper_mills
from ._quadrature import unit_integral


def _ends(x: Array, loc: Array, concentration: Array) -> tuple[Array, Array]:
    """(a, b)."""
    root = jnp.sqrt(divide(concentration, x))
    return root * divide(x - loc, loc), root * divide(x + loc, loc)


def _log_peak(x: Array, loc: Array, concentration: Array) -> Array:
    """log of φ(a) √(λ/x), the density of log x."""
    odds = divide(concentration, x)
    gap = divide(x - loc, loc)
    return 0.5 * (jnp.log(concentration) - jnp.log(x)) - HALF_LOG_2PI - 0.5 * odds * gap * gap


def inverse_gaussian_log_density(x: Array, loc: Array, concentration: Array) -> Array:
    """log of √(λ/2πx³) exp(-λ (x - μ)²/(2μ²x)) for positive x, μ, λ: a few ulp of its largest derivative times argument."""
    return _log_peak(x, loc, concentration) - jnp.log(x)


def inverse_gaussian_shares(x: Array, loc: Array, concentration: Array) -> tuple[Array, Array]:
    """(g, 1 - g): the derivatives of log x in log μ and in log λ at a fixed value of F. Neither loses its digits."""
    _, b = _ends(x, loc, concentration)
    rest, double = mills_moment(b), 2 * (x / (x + loc))
    return double * (1 - rest), (loc - x) / (loc + x) + double * rest


@jax.custom_jvp
def inverse_gaussian_log_tails(x: Array, loc: Array, concentration: Array) -> tuple[Array, Array]:
    """(log F, log(1 - F)) for positive x, μ, λ: a few ulp of max(1, |result|, their largest derivative times argument)."""
    a, b = _ends(x, loc, concentration)
    below = jnp.where(a < 0, a, -1.0)
    log_height = -0.5 * a * a - HALF_LOG_2PI
    log_lower = log_height + jnp.log(upper_mills(-below) + upper_mills(b))
    upper = (a >= 0) | (log_lower > -0.69)
    start = jnp.where(upper, a, 0.0)
    gap = jnp.where(upper, 2 * jnp.sqrt(divide(concentration, x)), 1.0)  # b - a
    near = gap < 0.5 * (1 + jnp.abs(start))
    narrow = jnp.where(near, gap, 0.1)
    area = narrow * unit_integral(lambda s: _moment(start + narrow * s), start)
    log_upper = log_height + jnp.log(jnp.where(near, area, 1 / hazard(start) - upper_mills(start + gap)))
    smaller = jnp.where(upper, log_upper, log_lower)
    rest = log1mexp(jnp.where(smaller < 0, smaller, -0.5))
    return jnp.where(upper, rest, smaller), jnp.where(upper, smaller, rest)


def _moment(t: Array) -> Array:
    """1 - t M(t) for every t."""
    return hazard_excess(t) / hazard(t)


@inverse_gaussian_log_tails.defjvp
def _inverse_gaussian_log_tails_jvp(primals, tangents):
    lower, upper = inverse_gaussian_log_tails(*primals)
    log_peak = _log_peak(*primals)
    change = divide(tangents[0], primals[0])
    for share, parameter, tangent in zip(inverse_gaussian_shares(*primals), primals[1:], tangents[1:], strict=True):
        change = change - share * divide(tangent, parameter)
    return (lower, upper), (jnp.exp(log_peak - lower) * change, -jnp.exp(log_peak - upper) * change)


@jax.custom_jvp
def inverse_gaussian_inverse(p: Array, loc: Array, concentration: Array) -> Array:
    """x with F(x) = p, for p in [0, 1]: a few ulp of its largest derivative times argument.

    In log x, whose density is log-concave; from the roots of Φ(a) = p/2 and of 1 - Φ(a) = 1 - p, on the steep sides.
    """
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5
    target = jnp.where(lower, jnp.log(q), log1p(-q))

    def log_tail(u):
        x = jnp.exp(u)
        tails = inverse_gaussian_log_tails(x, loc, concentration)
        value = jnp.where(lower, *tails)
        slope = jnp.where(lower, 1.0, -1.0) * jnp.exp(_log_peak(x, loc, concentration) - value)
        bend = -0.5 * (1 + (concentration / loc) * (x / loc) - concentration / x) - slope
        return value, slope, bend

    tail = ndtri_exp(jnp.where(lower, target - 0.6931471805599453, target))
    half = 0.5 * jnp.where(lower, tail, -tail) * jnp.sqrt(loc / concentration)  # r - 1 = 2 half √r
    size = jnp.abs(half) + jnp.sqrt(half * half + 1)
    start = jnp.log(loc) + jnp.where(half < 0, -2.0, 2.0) * jnp.log(size)
    at_ends = jnp.where(p == 0, 0.0, jnp.where(p == 1, jnp.inf, jnp.nan))
    return jnp.where(inside, jnp.exp(halley(log_tail, target, start)), at_ends)


@inverse_gaussian_inverse.defjvp
def _inverse_gaussian_inverse_jvp(primals, tangents):
    p, loc, concentration = primals
    x = inverse_gaussian_inverse(*primals)
    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, x, loc)
    by_loc, by_concentration = inverse_gaussian_shares(safe, loc, concentration)
    change = by_loc * divide(tangents[1], loc) + by_concentration * divide(tangents[2], concentration)
    change = change + tangents[0] * jnp.exp(-_log_peak(safe, loc, concentration))
    return x, jnp.where(inside, safe * change, 0.0)
