"""Logarithms and exponentials that stay accurate, and have finite derivatives, where the plain forms do not."""

import math

import jax
import jax.numpy as jnp

from .._compat import LOG1P_IS_ACCURATE
from .._typing import Array
from ._expm1 import expm1

_LOG_2 = 0.6931471805599453


@jax.custom_jvp
def log1p(x: Array) -> Array:
    """log(1 + x) to 2 ulp: XLA's where that is accurate.

    Else below |x| = ½ by log(1 + x) = 2w (1 + w²/3 + w⁴/5 + ...), w = x/(2 + x), |w| <= 1/3.
    """
    if _xla_is_accurate(x):
        return jnp.log1p(x)
    small = jnp.abs(x) < 0.5
    w = jnp.where(small, x / (2 + x), 0.0)
    return jnp.where(small, _twice_artanh(w), jnp.log1p(x))


def _xla_is_accurate(x: Array) -> bool:
    return LOG1P_IS_ACCURATE or x.dtype != jnp.float64


def _twice_artanh(w: Array) -> Array:
    """2w (1 + w²/3 + w⁴/5 + ...) in double precision, for |w| <= 1/3."""
    square, series = w * w, jnp.zeros_like(w)
    for j in range(16, 0, -1):
        series = square * (1.0 / (2 * j + 1) + series)
    return 2 * w + 2 * w * series


@log1p.defjvp
def _log1p_jvp(primals, tangents):
    return log1p(primals[0]), tangents[0] / (1 + primals[0])


@jax.custom_jvp
def log1m(p: Array) -> Array:
    """log(1 - p) for p in [0, 1], to 2 ulp in the time of a plain logarithm: log w plus what w = 1 - p lost in rounding."""
    w = 1 - p
    return jnp.log(w) + ((1 - w) - p)


@log1m.defjvp
def _log1m_jvp(primals, tangents):
    return log1m(*primals), tangents[0] / (primals[0] - 1)


@jax.custom_jvp
def divide(x: Array, y: Array) -> Array:
    """x / y, with the derivative -(x/y)/y in y; JAX's own, -x y⁻², over- or underflows from |y| = 10^±19 on (float32)."""
    return x / y


@divide.defjvp
def _divide_jvp(primals, tangents):
    x, y = primals
    quotient = divide(x, y)
    return quotient, divide(tangents[0] - quotient * tangents[1], y)


@jax.custom_jvp
def log1mexp(x: Array) -> Array:
    """log(1 - eˣ) for x <= 0, to a few ulp; -inf at 0.

    Source: Mächler, "Accurately computing log(1 - exp(-|a|))" (2012), equation 7.
    """
    near = x > -_LOG_2
    rest = -jnp.exp(jnp.where(near, -1.0, x))
    far = jnp.log1p(rest) if _xla_is_accurate(x) else _twice_artanh(rest / (2 + rest))
    return jnp.where(near, jnp.log(-expm1(jnp.where(near, x, -1.0))), far)


@log1mexp.defjvp
def _log1mexp_jvp(primals, tangents):
    # not -1/expm1(-x), whose own derivative is NaN where the exponential overflows
    return log1mexp(*primals), tangents[0] * (jnp.exp(primals[0]) / expm1(primals[0]))


def log1mexp_exp(v: Array) -> Array:
    """log(1 - exp(-eᵛ)) for every real v: v - eᵛ/2 where eᵛ is below √ε or underflows."""
    small = v < 0.5 * math.log(jnp.finfo(v.dtype).eps)
    return jnp.where(small, v - 0.5 * jnp.exp(v), log1mexp(-jnp.exp(jnp.where(small, 0.0, v))))


@jax.custom_jvp
def xlogy(x: Array, y: Array) -> Array:
    """x log y, with 0 log 0 = 0; the derivative in y is 0 there too, never NaN, and that in x is log y, -inf at y = 0."""
    zero = x == 0
    return jnp.where(zero, 0.0, x * jnp.log(jnp.where(zero, 1.0, y)))


@xlogy.defjvp
def _xlogy_jvp(primals, tangents):
    x, y = primals
    zero = x == 0
    by_y = jnp.where(zero, 0.0, x / jnp.where(zero, 1.0, y))
    return xlogy(x, y), jnp.log(y) * tangents[0] + by_y * tangents[1]


def xlog1py(x: Array, y: Array) -> Array:
    """x log(1 + y), with 0 log 0 = 0; the derivative in y is that of x y at x = 0, never NaN."""
    zero = x == 0
    return jnp.where(zero, 0.0, x * log1p(jnp.where(zero, 0.0, y)))


def log_power_of_zero(k: Array) -> Array:
    """k log 0 with 0 log 0 = 0: 0 at k = 0, else ∓inf; NaN at NaN."""
    return jnp.where(k == 0, 0.0, -k * jnp.inf)


@jax.custom_jvp
def log_ratio(x: Array, y: Array) -> Array:
    """log(x / y) for positive x, y: no cancellation near x = y, no overflow of the quotient, or of its derivative.

    Near x = y the quotient's rounding, (x - y)/y - (q - 1) with x - y and q - 1 exact, is added to its logarithm.
    """
    near = jnp.abs(x - y) < 0.4 * y
    excess = jnp.where(near, x, 1.0) / jnp.where(near, y, 1.0) - 1
    lost = jnp.where(near, ((x - y) - excess * y) / x, 0.0)
    return log_quotient(x, y) + lost


def log_quotient(x: Array, y: Array) -> Array:
    """log(x / y) for positive x, y by one logarithm and one division; beyond the format's range x and y are first scaled."""
    # what decides is not the quotient: else it, and not only its logarithm, would be kept wherever the result is used
    limit, unit = (2.0**900, 2.0**512) if x.dtype == jnp.float64 else (2.0**100, 2.0**64)
    large, small = x * (1 / limit) > y, y * (1 / limit) > x
    up = jnp.where(small, unit, jnp.where(large, 1 / unit, 1.0)).astype(x.dtype)
    down = jnp.where(small, 1 / unit, jnp.where(large, unit, 1.0)).astype(x.dtype)
    beyond = 2 * math.log(unit)
    shift = jnp.where(small, -beyond, jnp.where(large, beyond, 0.0)).astype(x.dtype)
    return jnp.log(x * up / (y * down)) + shift


@log_ratio.defjvp
def _log_ratio_jvp(primals, tangents):
    return log_ratio(*primals), tangents[0] / primals[0] - tangents[1] / primals[1]


def log_sigmoid(x: Array) -> Array:
    """log(1 / (1 + e⁻ˣ)); 0 at inf, -inf at -inf, with derivatives 0 and 1."""
    return -log1pexp(-x)


def floored_exp(x: Array) -> Array:
    """eˣ, but never below the smallest normal number: a positive draw stays positive where eˣ underflows."""
    y, tiny = jnp.exp(x), jnp.finfo(x.dtype).tiny
    return jnp.where(y < tiny, tiny, y)  # a maximum may hide a NaN once it is fused


def sum_minus_one(x: Array) -> Array:
    """Σ xᵢ - 1 over the last axis for xᵢ in [0, 1], to about half the digits beyond one ulp of 1.

    xᵢ is split into a multiple of 2⁻¹² (2⁻²⁶ in double precision), whose sum is exact, and a small rest.
    """
    unit = 2.0 ** (26 if x.dtype == jnp.float64 else 12)
    high = jnp.round(x * unit) / unit
    return (high.sum(-1) - 1) + (x - high).sum(-1)


def log1p_over(x: Array) -> Array:
    """log(1 + x) / x for x > -1, 1 at 0, with accurate derivatives near 0.

    With w = x/(2 + x), log(1 + x) = 2 atanh w = 2w (1 + w²/3 + w⁴/5 + ...); used for |x| < 1/8, where w² < 0.0045.
    """
    small = jnp.abs(x) < 0.125
    s = jnp.where(small, x, 0.0)
    w2 = (s / (2 + s)) ** 2
    series = jnp.zeros_like(x)
    for j in range(8 if x.dtype == jnp.float64 else 4, 0, -1):
        series = w2 * (1.0 / (2 * j + 1) + series)
    large = jnp.where(small, 1.0, x)
    return jnp.where(small, 2 / (2 + s) * (1 + series), log1p(large) / large)


def expm1_rest(x: Array) -> Array:
    """eˣ - 1 - x, to a few ulp: its series below |x| = ½."""
    small = jnp.abs(x) < 0.5
    s = jnp.where(small, x, 0.0)
    series = jnp.ones_like(x)
    for n in range(15 if x.dtype == jnp.float64 else 8, 2, -1):
        series = 1 + s / n * series
    large = jnp.where(small, 1.0, x)
    return jnp.where(small, 0.5 * s * s * series, expm1(large) - large)


def expm1_over(x: Array) -> Array:
    """(eˣ - 1)/x, 1 at 0, to a few ulp, with accurate derivatives near 0: its series below |x| = ½."""
    small = jnp.abs(x) < 0.5
    s = jnp.where(small, x, 0.0)
    series = jnp.ones_like(x)
    for n in range(16 if x.dtype == jnp.float64 else 9, 1, -1):
        series = 1 + s / n * series
    large = jnp.where(small, 1.0, x)
    return jnp.where(small, series, expm1(large) / large)


@jax.custom_jvp
def log1pexp(x: Array) -> Array:
    """log(1 + eˣ), softplus, to 2 ulp at both ends: eˣ far below 0, x far above. Its derivative is the sigmoid."""
    return jnp.maximum(x, 0.0) + log1p_of_share(jnp.exp(-jnp.abs(x)))


def log1p_of_share(e: Array) -> Array:
    """log(1 + e) for e in [0, 1], as `log1m`: what w = 1 + e lost is divided by w = 1 + e, here nearly."""
    w = 1 + e
    return jnp.log(w) + (e - (w - 1)) * (1 - 0.5 * e)


@log1pexp.defjvp
def _log1pexp_jvp(primals, tangents):
    return log1pexp(*primals), jax.nn.sigmoid(primals[0]) * tangents[0]


@jax.custom_jvp
def softplus_inverse(y: Array) -> Array:
    """x with log(1 + eˣ) = y for y > 0: y + log(1 - e⁻ʸ), and log(eʸ - 1) below log 2, to 4 ulp of max(1, |x|)."""
    small = y < _LOG_2
    low, high = jnp.where(small, y, 0.5), jnp.where(small, 1.0, y)
    return jnp.where(small, jnp.log(expm1(low)), high + log1mexp(-high))


@softplus_inverse.defjvp
def _softplus_inverse_jvp(primals, tangents):
    return softplus_inverse(*primals), tangents[0] / -expm1(-primals[0])


@jax.custom_jvp
def logsubexp(a: Array, b: Array) -> Array:
    """log(eᵃ - eᵇ) for a >= b: -inf where they are equal, NaN where a < b; a few ulp of max(1, |a|) / (a - b)."""
    same = a == b  # infinite ends included
    gap = jnp.where(same | (b == -jnp.inf), -1.0, b - a)
    return jnp.where(same, -jnp.inf, jnp.where(b == -jnp.inf, a, a + log1mexp(gap)))


@logsubexp.defjvp
def _logsubexp_jvp(primals, tangents):
    # eᵃ/(eᵃ - eᵇ) = -1/expm1(b - a)
    a, b = primals
    gap = jnp.where(b == -jnp.inf, -jnp.inf, jnp.where(a == b, 0.0, b - a))
    by_a = jnp.where(gap == 0, jnp.inf, -1 / expm1(jnp.where(gap == 0, -1.0, gap)))
    by_b = jnp.where(gap == 0, -jnp.inf, 1 - by_a)
    return logsubexp(a, b), by_a * tangents[0] + by_b * tangents[1]


@jax.custom_jvp
def log_cosh(x: Array) -> Array:
    """log cosh x = |x| + log(1 + e^(-2|x|)) - log 2, with the derivative tanh x: a few ulp of max(1, |x|)."""
    size = jnp.abs(x)
    return size + log1p(jnp.exp(-2 * size)) - _LOG_2


@log_cosh.defjvp
def _log_cosh_jvp(primals, tangents):
    return log_cosh(*primals), jnp.tanh(primals[0]) * tangents[0]


@jax.custom_jvp
def artanh(x: Array) -> Array:
    """artanh x = ½ log((1 + x)/(1 - x)) for |x| < 1, to 4 ulp; its derivative is 1/((1 - x)(1 + x))."""
    size = jnp.abs(x)
    return jnp.sign(x) * 0.5 * log1p(2 * size / (1 - size))


@artanh.defjvp
def _artanh_jvp(primals, tangents):
    (x,) = primals
    return artanh(x), tangents[0] / ((1 - x) * (1 + x))


@jax.custom_jvp
def log1msquare(x: Array) -> Array:
    """log(1 - x²) for |x| <= 1 as log(1 - x) + log(1 + x); its derivative -2x/((1 - x)(1 + x)) keeps its digits at 0."""
    return log1p(-x) + log1p(x)


@log1msquare.defjvp
def _log1msquare_jvp(primals, tangents):
    (x,) = primals
    return log1msquare(x), -2 * x / ((1 - x) * (1 + x)) * tangents[0]
