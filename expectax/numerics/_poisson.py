"""What the Poisson distribution needs beyond the gamma functions."""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._gamma import HALF_LOG_2PI, digamma_error
from ._log import log_quotient
from ._stirling import stirling_error_from_1

_TWO_PI = 2 * math.pi


@jax.custom_jvp
def log_poisson_mass(k: Array, rate: Array) -> Array:
    """k log λ - λ - log k! for whole k >= 0 and λ >= 0, to a few ulp of max(1, |k - λ|); its slope in λ is (k - λ)/λ."""
    e, w = poisson_factors(k, rate, k - rate)
    return e - 0.5 * jnp.log(w)


def _log_poisson_mass_jvp(primals, tangents):
    k, rate = primals
    value = log_poisson_mass(k, rate)
    change = jnp.zeros_like(value)
    if not isinstance(tangents[0], SymbolicZero):  # log λ - ψ(k + 1), that of the gamma function
        one = k + 1
        change = change + (log_quotient(rate, one) - digamma_error(one)) * tangents[0]
    if not isinstance(tangents[1], SymbolicZero):
        some = k > 0
        change = change + jnp.where(some, (k - rate) / jnp.where(some, rate, 1.0), -1.0) * tangents[1]
    return value, change


log_poisson_mass.defjvp(_log_poisson_mass_jvp, symbolic_zeros=True)


def poisson_factors(k: Array, m: Array, d: Array) -> tuple[Array, Array]:
    """(e, w) with m^k exp(-m)/k! = exp(e)/√w for whole k >= 0 and m > 0, where d = k - m.

    Loader's form e = -δ(k) - D(k, m), w = 2πk: quotients of the w may be formed before their logarithm, and a d that
    is known better than from k and m makes all of it better.
    """
    none = k == 0
    x = jnp.where(none, 1.0, k)
    e = -stirling_error_from_1(x) - deviation(x, m, d, log_quotient(x, m))
    return jnp.where(none, -m, e), jnp.where(none, 1.0, _TWO_PI * x)


def deviation(x: Array, m: Array, d: Array, log_ratio: Array) -> Array:
    """D(x, m) = x log(x/m) + m - x for d = x - m and the logarithm of x/m, which serves where x is far from m.

    Near x = m, with v = d/(x + m): d v + 2x (v³/3 + v⁵/5 + ...), Loader's equation 10.
    """
    v = d / (x + m)
    near = jnp.abs(v) < 0.3
    v = jnp.where(near, v, 0.0)
    square = v * v
    series = jnp.zeros_like(square)
    for j in range(15 if square.dtype == jnp.float64 else 7, 0, -1):
        series = square * (1.0 / (2 * j + 1) + series)
    return jnp.where(near, d * v + 2 * x * v * series, x * log_ratio - d)


def poisson_entropy(rate: Array) -> Array:
    """-Σ p log p to a few ulp, for every rate >= 0.

    Below 64 the sum itself, up to k = 159. Up to 10⁶ the sum over all integers equals the integral over real k, and
    that its trapezoidal sum in steps of σ/8, up to e^(-2π² 64) (Poisson's summation formula; what lies below k = 0 is
    less than e⁻⁶⁴). Above, ½ log(2πeλ) - 1/(12λ) - 1/(24λ²).
    """
    low, high = rate < 64, rate > 1e6
    few, many = jnp.where(low, rate, 1.0), jnp.where(low | high, 64.0, rate)
    step = 0.125 * jnp.sqrt(many)

    def add(j, totals):
        j = lax.convert_element_type(j, rate.dtype)
        return totals[0] + _surprise(j + jnp.zeros_like(few), few), totals[1] + _surprise(many + (j - 80) * step, many)

    exact, trapezoid = lax.fori_loop(0, 160, add, (jnp.zeros_like(few), jnp.zeros_like(few)))
    large = jnp.where(high, rate, 1e6)
    by_series = 0.5 + HALF_LOG_2PI + 0.5 * jnp.log(large) - (1 + 0.5 / large) / (12 * large)
    return jnp.where(low, exact, jnp.where(high, by_series, trapezoid * step))


def _surprise(k: Array, rate: Array) -> Array:
    """-p log p of the mass at k >= 0; 0 for a negative k or a rate of 0."""
    possible = ((k >= 1) | (k == 0)) & (rate > 0)  # between them, where a real k is asked for, there is less than e⁻⁵⁰
    log_p = log_poisson_mass(jnp.where(possible, k, 1.0), jnp.where(possible, rate, 1.0))
    return jnp.where(possible, -jnp.exp(log_p) * log_p, 0.0)
