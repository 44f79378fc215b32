"""Pieces of the gamma function in which large terms have been cancelled by hand.

Densities of the gamma kind are differences of numbers of size a log a; written with Stirling's error and the deviance
below, nothing large is left (Loader, "Fast and accurate computation of binomial probabilities", 2000).
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array
from ._digamma import digamma_gap
from ._log import log1p, log_quotient
from ._stirling import HALF_LOG_2PI, digamma_error, log_gamma_peak, stirling_error

# δ(a) ~ 1/(12a) - 1/(360a³) + ...: Bernoulli numbers, A&S 6.1.41
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
EULER_GAMMA = 0.5772156649015329
# ζ(k) - 1 = Σ_{n>=2} n⁻ᵏ; the tail from N on by Euler-Maclaurin, A&S 23.2.3 with three Bernoulli numbers
_N = 60
ZETA_MINUS_1 = {
    k: math.fsum(n**-k for n in range(2, _N))
    + _N ** (1 - k) / (k - 1)
    + _N**-k / 2
    + _N ** (-k - 1) * k / 12
    - _N ** (-k - 3) * math.prod(range(k, k + 3)) / 720
    + _N ** (-k - 5) * math.prod(range(k, k + 5)) / 30240
    for k in range(2, 47)
}


class Discrepancy(NamedTuple):
    """How far x is from m: D(x, m) = x log(x/m) + m - x, and log(x/m)."""

    deviance: Array
    log_ratio: Array


def discrepancy(x: Array, m: Array) -> Discrepancy:
    """Both for x, m > 0 from one logarithm: relative errors of a few ulp, also near x = m where they vanish."""
    return discrepancy_of(x, m, log_quotient(x, m))


def discrepancy_of(x: Array, m: Array, log_ratio: Array) -> Discrepancy:
    """`discrepancy` from log(x/m), of which nothing is used near x = m; m may have underflowed or overflowed.

    Near x = m, with v = (x - m)/(x + m): D = (x - m) v + 2x (v³/3 + v⁵/5 + ...) (Loader's bd0), log(x/m) = 2 artanh v.
    """
    d = x - m
    v = d / (x + m)
    near = jnp.abs(v) < 0.1
    v2 = jnp.where(near, v * v, 0.0)
    series = jnp.zeros_like(v2)
    for j in range(10 if v2.dtype == jnp.float64 else 5, 0, -1):
        series = v2 * (1.0 / (2 * j + 1) + series)
    return Discrepancy(
        jnp.where(near, d * v + 2 * x * v * series, x * log_ratio - d),
        jnp.where(near, 2 * v * (1 + series), log_ratio),
    )


def discrepancy_from_product(a: Array, rate: Array, x: Array) -> Discrepancy:
    """`discrepancy(a, rate · x)` where the product may underflow or overflow; m = 0 at x = 0."""
    m = rate * x
    up, shift = _scaling(m)
    return discrepancy_of(a, m, log_quotient(a, (rate * up) * (x * up)) + shift)


def discrepancy_from_quotient(a: Array, scale: Array, x: Array) -> Discrepancy:
    """`discrepancy(a, scale / x)`, as `discrepancy_from_product`."""
    m = scale / x
    up, shift = _scaling(m)
    return discrepancy_of(a, m, log_quotient(a, (scale * up) / (x * (1 / up))) + shift)


def _scaling(m: Array) -> tuple[Array, Array]:
    """A power of two whose square brings m into the format's range, and the logarithm of that square."""
    unit = 2.0**512 if m.dtype == jnp.float64 else 2.0**64
    small, large = m < jnp.finfo(m.dtype).tiny, m == jnp.inf
    up = jnp.where(small, unit, jnp.where(large, 0.5 / unit, 1.0)).astype(m.dtype)
    shift = jnp.where(small, 2 * math.log(unit), jnp.where(large, -2 * math.log(2 * unit), 0.0))
    return up, shift.astype(m.dtype)


@jax.custom_jvp
def deviance(x: Array, m: Array) -> Array:
    """D(x, m) of `discrepancy`."""
    return discrepancy(x, m).deviance


@deviance.defjvp
def _deviance_jvp(primals, tangents):
    x, m = primals
    dx, dm = tangents
    return deviance(x, m), _log_ratio(x, m) * dx + (m - x) / m * dm


@jax.custom_jvp
def _log_ratio(x: Array, m: Array) -> Array:
    """log(x/m) of `discrepancy`."""
    return discrepancy(x, m).log_ratio


@_log_ratio.defjvp
def _log_ratio_jvp(primals, tangents):
    x, m = primals
    return _log_ratio(x, m), tangents[0] / x - tangents[1] / m


@jax.custom_jvp
def log_gamma_kernel(a: Array, m: Array) -> Array:
    """a log m - m - log Γ(a) for a, m > 0: the log-density of log X at log m for X ~ Gamma(a, 1).

    Accuracy: 12 ulp of max(1, |result|, |a - m|) at most, measured in float64 for a from 1e-2 to 1e7.
    """
    return log_gamma_peak(a) - deviance(a, m)


@log_gamma_kernel.defjvp
def _log_gamma_kernel_jvp(primals, tangents):
    a, m = primals
    by_a = -_log_ratio(a, m) - digamma_error(a)
    return log_gamma_kernel(a, m), by_a * tangents[0] + (a - m) / m * tangents[1]


def log_gamma1p(a: Array) -> Array:
    """log Γ(1 + a) for |a| <= 1, with an error relative to a: Abramowitz & Stegun 6.1.33."""
    total = jnp.zeros_like(a)
    for k in range(46 if a.dtype == jnp.float64 else 22, 1, -1):
        total = (-1) ** k * ZETA_MINUS_1[k] / k + a * total
    return a * ((1 - EULER_GAMMA) + a * total) - log1p(a)


def log_gamma1p_any(a: Array) -> Array:
    """log Γ(1 + a) for a >= 0: relative to a near 0 and to a - 1 near 1, 4 ulp of max(1, |result|) beyond.

    Below 2.5 from the series at the nearest integer, log Γ(1 + a) = log Γ(1 + a - k) + Σ_{j<k} log(a - j).
    """
    small = a < 2.5
    low = jnp.where(small, a, 0.0)
    one, two = low >= 0.5, low >= 1.5
    shift = jnp.where(two, 2.0, jnp.where(one, 1.0, 0.0)).astype(a.dtype)
    series = log_gamma1p(low - shift)
    series = series + jnp.log(jnp.where(one, low, 1.0)) + jnp.log(jnp.where(two, low - 1, 1.0))
    b = jnp.where(small, 3.0, a)
    return jnp.where(small, series, (b + 0.5) * jnp.log(b) - b + HALF_LOG_2PI + stirling_error(b))


@jax.custom_jvp
def log_gamma_difference(a: Array, d: Array) -> Array:
    """log Γ(a + d) - log Γ(a) for a > 0, d >= 0: 10 ulp of max(|result|, d), however small d or large a is.

    By the recurrence Γ(a + 1) = a Γ(a) up to K, and there by Stirling's formula with the differences of its terms factored.
    """
    steps, terms = (12, 6) if a.dtype == jnp.float64 else (5, 3)
    small = a < steps
    low = jnp.where(small, a, 1.0)
    total = log1p(d / low) + _log_rising_ratio(low, d, steps)
    high = jnp.where(small, low + steps, a)
    # Σ c_k (v^(2k-1) - u^(2k-1)), u = 1/high, v = 1/(high + d), v - u = -d u v
    u, v = 1 / high, 1 / (high + d)
    power, series = jnp.ones_like(total), jnp.zeros_like(total)
    quotient = jnp.ones_like(total)  # (v^n - u^n)/(v - u), n = 1, 3, 5, ...
    for c in _STIRLING[:terms]:
        series = series + c * quotient
        power = power * (u * u)
        quotient = quotient * (v * v) + power + power * (v / u)
    shifts = (high + d - 0.5) * log1p(d / high) - d + d * jnp.log(high)
    return shifts - d * u * v * series - jnp.where(small, total, 0.0)


def _log_rising_ratio(a: Array, d: Array, count: int) -> Array:
    """Σ_{0<j<count} log(1 + d/(a + j)) by one logarithm: of the product less 1, or where d > 1 of its factors over d."""
    large = d > 1.0
    inverse = 1 / jnp.where(large, d, 1.0)
    gains, product = jnp.zeros_like(a + d), jnp.ones_like(a + d)
    for j in range(1, count):
        share = 1 / (a + j)
        gain = jnp.where(large, 0.0, d) * share
        gains = gains + gain + gains * gain
        product = product * (inverse + share)
    beyond = jnp.log(jnp.where(large, product, 1.0)) - (count - 1) * jnp.log(inverse)
    return jnp.where(large, beyond, log1p(gains))


@log_gamma_difference.defjvp
def _log_gamma_difference_jvp(primals, tangents):
    a, d = primals
    slope = digamma_error(a + d) + jnp.log(a + d)
    return log_gamma_difference(a, d), digamma_gap(a, d) * tangents[0] + slope * tangents[1]


def log_beta(a: Array, b: Array) -> Array:
    """log B(a, b) for a, b > 0, without cancellation at large arguments: error a few ulp of max(1, |result|)."""
    corrections = stirling_error(a) + stirling_error(b) - stirling_error(a + b)
    shares = -(a - 0.5) * log1p(b / a) - (b - 0.5) * log1p(a / b)
    return HALF_LOG_2PI + corrections + shares - 0.5 * jnp.log(a + b)
