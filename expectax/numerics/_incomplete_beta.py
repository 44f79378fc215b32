"""The regularised incomplete beta function in log space.

With k = x^a (1 - x)^b / B(a, b), the density of the log-odds at log(x/(1 - x)), and n = a + b,

    I_x(a, b) = k ∫₀^∞ exp(-a s - n log(1 + x (e⁻ˢ - 1))) ds,

whose integrand is log-concave and falls from 1 if x <= a/n: Gauss-Legendre where both parameters are 500 or more. Else
the power series where it is short (Abramowitz & Stegun 26.5.4), and a continued fraction.
k comes from deviances and Stirling's errors, so the tails keep their digits; the larger probability is one minus the smaller.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._digamma import digamma_error_gap
from ._expm1 import expm1
from ._forward import by_forward_mode
from ._gamma import HALF_LOG_2PI, discrepancy_from_product, log_gamma1p, log_gamma_difference
from ._log import divide, log1mexp, log1p
from ._quadrature import log_integral, means_over_tail, quadrature
from ._stirling import stirling_error

_BY_INTEGRAL = 500.0
_TERMS_A_TURN = 8


def log_betainc(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log I_x(a, b) for a, b > 0 and x in [0, 1], given y = 1 - x too so that neither end loses digits.

    Accuracy: a few ulp of max(1, |log I|, n |x - a/n|), both tails; derivatives in a, b and x (through x and y).
    """
    return log_tail_and_slope(a, b, x, y)[0]


def _density_over(end: int, sign: float):
    """The derivative of I in x (argument 2) or, with the other sign, in y (3): the density, without I itself."""

    def slope(_, *args):
        a, b, x, y = args
        inside = (x > 0) & (y > 0)
        kernel = log_beta_kernel(a, b, jnp.where(inside, x, 0.5), jnp.where(inside, y, 0.5))
        return jnp.where(inside, divide(sign * jnp.exp(kernel), args[end]), 0.0)

    return slope


@functools.partial(by_forward_mode, known={2: _density_over(2, 1.0), 3: _density_over(3, -1.0)})
def betainc(a: Array, b: Array, x: Array, y: Array) -> Array:
    """I_x(a, b), given y = 1 - x too: exp of `log_betainc`, but its derivative in x costs no more than the density."""
    return jnp.exp(log_betainc(a, b, x, y))


def _by_x(tail_and_slope: Array, a: Array, b: Array, x: Array, y: Array) -> Array:
    """Derivatives in log x: of log I, k/I; of log k, a."""
    inside, slope = (x > 0) & (y > 0), jnp.exp(tail_and_slope[1])
    return jnp.stack([jnp.where(inside, divide(by_log_x, x), 0.0) for by_log_x in (slope, a - slope)])


def _by_y(tail_and_slope: Array, a: Array, b: Array, x: Array, y: Array) -> Array:
    inside, slope = (x > 0) & (y > 0), jnp.exp(tail_and_slope[1])
    return jnp.stack([jnp.where(inside, divide(by_log_y, y), 0.0) for by_log_y in (-slope, b + slope)])


@functools.partial(by_forward_mode, known={2: _by_x, 3: _by_y})
def log_tail_and_slope(a: Array, b: Array, x: Array, y: Array) -> Array:
    """(log I, log(k/I)), the latter the logarithm of d log I/d log-odds."""
    inside = (x > 0) & (y > 0)
    x_, y_ = jnp.where(inside, x, 0.5), jnp.where(inside, y, 0.5)
    log_kernel = lax.optimization_barrier(log_beta_kernel(a, b, x_, y_))  # else fused, and computed, three times
    log_tail, is_lower, log_mills = _log_one_tail(a, b, x_, y_, log_kernel)
    rest = log1mexp(jnp.where(is_lower, -1.0, log_tail))
    at_edge = jnp.where(x == 0, -jnp.inf, jnp.where(y == 0, 0.0, jnp.nan))
    log_lower = jnp.where(inside, jnp.where(is_lower, log_tail, rest), at_edge)
    return jnp.stack([log_lower, jnp.where(is_lower, -log_mills, log_kernel - rest)])


def _log_one_tail(a: Array, b: Array, x: Array, y: Array, log_kernel: Array) -> tuple[Array, Array, Array]:
    """(log of I_x or of 1 - I_x, whether it is I_x, the same less log k): by the series if either has one, else that below its mean."""
    by_integral = jnp.minimum(a, b) >= _BY_INTEGRAL
    series_x = ~by_integral & (x <= 0.15) & (b * x <= 1)
    series_y = ~by_integral & (y <= 0.15) & (a * y <= 1)
    lower = jnp.where(series_x | series_y, series_x, x * b <= a * y)
    a, b = jnp.where(lower, a, b), jnp.where(lower, b, a)
    x, y = jnp.where(lower, x, y), jnp.where(lower, y, x)
    by_series = series_x | series_y
    # every method sees harmless numbers where another is chosen
    fraction = _log_fraction(*_where(by_integral | by_series, (1.0, 1.0, 0.5, 0.5), (a, b, x, y)))
    large = _where(by_integral, (a, b, x, y), (2000.0, 2000.0, 0.5, 0.5))
    integral = lax.cond(by_integral.any(), _log_mills_by_integral, lambda a, *_: jnp.zeros_like(a), *large)
    log_mills = jnp.where(by_integral, integral, fraction)
    log_series, log_tiny = _by_series(*_where(by_series, (a, b, x), (0.5, 1.0, 0.1)))
    log_mills = jnp.where(by_series, log_series - b * log1p(-jnp.where(by_series, x, 0.1)), log_mills)
    # all terms of log I are of order a as a → 0, also those of the normaliser
    tiny = by_series & (a < 1)
    log_mills = jnp.where(tiny, log_tiny - log_kernel, log_mills)
    return jnp.where(tiny, log_tiny, log_kernel + log_mills), lower, log_mills


def _where(condition: Array, chosen: tuple, other: tuple) -> list[Array]:
    return [jnp.where(condition, v, w) for v, w in zip(chosen, other, strict=True)]


def _by_series(a: Array, b: Array, x: Array) -> tuple[Array, Array]:
    """(log(I_x B/x^a), log I_x for a < 1) by Σ_{j>0} (1 - b)...(j - b) x^j / (j! (a + j)) (A&S 26.5.4)."""
    total, term = jnp.zeros_like(x), jnp.ones_like(x)
    for j in range(1, 19 if x.dtype == jnp.float64 else 11):
        term = term * ((j - b) * (1 / j) * x)
        total = total + term / (a + j)
    factor = log1p(a * total)
    small = jnp.where(a < 1, a, 0.5)
    normaliser = log_gamma_difference(b, small) - log_gamma1p(small)
    return factor - jnp.log(a), small * jnp.log(x) + normaliser + factor


@jax.custom_jvp
def log_beta_kernel(a: Array, b: Array, x: Array, y: Array) -> Array:
    """a log x + b log y - log B(a, b), y = 1 - x: the log-density of the log-odds; a few ulp of max(1, n |x - a/n|)."""
    n = a + b
    corrections = stirling_error(n) - stirling_error(a) - stirling_error(b)
    normaliser = 0.5 * jnp.log(jnp.minimum(a, b) * (jnp.maximum(a, b) / n)) - HALF_LOG_2PI + corrections
    shares = discrepancy_from_product(a, n, x).deviance + discrepancy_from_product(b, n, y).deviance
    return normaliser - shares


@log_beta_kernel.defjvp
def _log_beta_kernel_jvp(primals, tangents):
    a, b, x, y = primals
    by_a, by_b = beta_kernel_slopes(*primals)
    change = by_a * tangents[0] + by_b * tangents[1] + divide(a, x) * tangents[2] + divide(b, y) * tangents[3]
    return log_beta_kernel(*primals), change


def beta_kernel_slopes(a: Array, b: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """Derivatives of `log_beta_kernel` in a and b."""
    return _log_share(a, b, x, y) + digamma_error_gap(a, b), _log_share(b, a, y, x) + digamma_error_gap(b, a)


def _log_share(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(x (a + b)/a), y = 1 - x: near 1 from (x b - y a)/a, and x near 1 from y."""
    gap = (x * b - y * a) / a
    near = jnp.abs(gap) < 0.5
    log_x = jnp.where(x > 0.5, log1p(-jnp.where(x > 0.5, y, 0.0)), jnp.log(jnp.where(x > 0.5, 0.5, x)))
    return jnp.where(near, log1p(jnp.where(near, gap, 0.0)), log_x + log1p(b / a))


@jax.custom_jvp
def _log_mills_by_integral(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(I_x/k), for n x <= a."""
    return log_integral(*_integrand(a, b, x, y))


@_log_mills_by_integral.defjvp
def _log_mills_by_integral_jvp(primals, tangents):
    # means over the tail of the exponent's slopes: the cut has no part in them
    a, b, x, y = primals

    def slopes(s):
        fall, rise = expm1(-s), expm1(s)
        below, above = x * fall, y * rise
        return [-log1p(above), -log1p(below), -a * rise / (1 + above), -b * fall / (1 + below)]

    by_a, by_b, by_y, by_x = means_over_tail(*_integrand(*primals), slopes)
    change = by_a * tangents[0] + by_b * tangents[1] + by_x * tangents[2] + by_y * tangents[3]
    return _log_mills_by_integral(*primals), change


def _integrand(a: Array, b: Array, x: Array, y: Array):
    """s -> (φ(s), φ'(s)) of the integral at the top, and about where φ has fallen to the quadrature's depth.

    φ = -a log(x + y eˢ) - b log(y + x e⁻ˢ), so that no terms of size a s are subtracted where x is near 1.
    """

    def exponent(s):
        fall = expm1(-s)
        rise = -fall / (1 + fall)  # eˢ - 1
        below, above = 1 + x * fall, 1 + y * rise
        value = -a * log1p(y * rise) - b * log1p(x * fall)
        return value, -a * (y * (1 + rise) / above) + b * (x * (1 + fall) / below)

    depth = quadrature(x.dtype)[2]
    slope = a * y - b * x
    return exponent, 2 * depth / (slope + jnp.sqrt(slope * slope + 2 * depth * (a + b) * x * y))


@by_forward_mode
def _log_fraction(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(I_x/k) for n x <= a by the continued fraction of DiDonato & Morris (1992), equation 9, from its far end.

    It takes the distance from the mean, a y - b x, and nowhere 1 - x, so no digits are lost as x nears 1. Both sides
    of each of its quotients are multiplied so that one division a term is left: with s = (a + 2 n - 1)/(a + 1), its
    numerators by s₋ s² s₊ of their neighbours, its denominators by s s₊.
    """
    excess, rate = a * y - b * x, 1 / (a + 1)
    share = (a + b) * x * rate

    def numerator(n):  # but for the factor s₋ s₊
        return ((a + (n - 1)) * rate) * (share + (n - 1) * x * rate) * (n * (b - n) * x)

    def denominator(n, s, after):
        return n * s * after + n * (b - n) * x * rate * after + (a + n) * rate * s * (excess + 1 + n * (1 + y))

    def scale(n):
        return 1 + (2 * n - 2) * rate

    def turn(state):
        n, quotient = state
        for _ in range(_TERMS_A_TURN):  # the arrays are read once a turn
            before, here, after = scale(n - 1), scale(n), scale(n + 1)
            quotient = denominator(n - 1, before, here) + before * after * numerator(n) / quotient
            n = n - 1
        return n, quotient

    last = _TERMS_A_TURN * jnp.ceil(_terms(a, b, y) / _TERMS_A_TURN) + 1
    start = (last, denominator(last, scale(last), scale(last + 1)))
    _, quotient = lax.while_loop(lambda state: state[0] > 1, turn, start)
    return -jnp.log(a * rate * (excess + 1) + scale(2.0) * numerator(1.0) / quotient)


def _terms(a: Array, b: Array, y: Array) -> Array:
    """How many terms all need, found by experiment: 2 √y √(4 + a/n) digits to base e a term, fewer near the mean."""
    digits = 0.7 - math.log(jnp.finfo(a.dtype).eps)
    per_root = digits / (4 * jnp.arctanh(jnp.sqrt(jnp.clip(y, 1e-12, 0.999))))
    far = per_root**2 / (0.5 * a + jnp.sqrt(0.25 * a * a + per_root**2))
    near = (0.75 * digits * jnp.sqrt(a * (b / (a + b))) / (1 + y)) ** (2 / 3)
    needed = 1.2 * (far + near) + 5
    return jnp.max(jnp.where(needed > 0, jnp.minimum(needed, 500.0), 0.0), initial=0.0)  # a NaN needs none
