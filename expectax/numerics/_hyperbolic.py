"""Functions of hyperbolic ones: even ones that vanish at 0, where their plain forms cancel, and ratios that do not overflow.

The power series in t² of log(sinh t/t) has the radius π, by Σ 2^(2k) B_2k t^(2k)/(2k (2k)!) = Σ (-1)^(k+1) ζ(2k) (t/π)^(2k)/k.
"""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._gamma import ZETA_MINUS_1
from ._log import log1p, log_cosh
from ._polynomial import horner

_LOG_SINHC = tuple((-1) ** (k + 1) * (1 + ZETA_MINUS_1[2 * k]) / (k * math.pi ** (2 * k)) for k in range(1, 20))


def log_sinhc(t: Array) -> Array:
    """log(sinh t/t), 0 at 0, to a few ulp; its derivatives coth t - 1/t, 1/t² - 1/sinh² t, ... keep theirs near 0."""
    small = jnp.abs(t) < 1
    square = jnp.where(small, t * t, 0.0)
    near = log_sinhc_of_square(square)
    size = jnp.abs(jnp.where(small, 1.0, t))
    return jnp.where(small, near, size + (log1p(-jnp.exp(-2 * size)) - jnp.log(2 * size)))


def log_sinhc_of_square(square: Array) -> Array:
    """The same by its series in t², |t²| <= 1; that of a negative number is log(sin |t|/|t|)."""
    return square * horner(_LOG_SINHC[: 19 if square.dtype == jnp.float64 else 9], square)


def sinhc_slopes(t: Array) -> tuple[Array, Array]:
    """The first and the second derivative of `log_sinhc`, Langevin's function and its own."""

    def slope(t):
        return jax.jvp(log_sinhc, (t,), (jnp.ones_like(t),))[1]

    return jax.jvp(slope, (t,), (jnp.ones_like(t),))


def cosh_rest(t: Array) -> Array:
    """cosh t - sinh t/t = Σ 2k t^(2k)/(2k + 1)!, to a few ulp."""
    small = jnp.abs(t) < 1
    square = jnp.where(small, t * t, 0.0)
    series = [2 * k / math.factorial(2 * k + 1) for k in range(1, 10 if t.dtype == jnp.float64 else 6)]
    large = jnp.where(small, 1.0, t)
    return jnp.where(small, square * horner(series, square), jnp.cosh(large) - jnp.sinh(large) / large)


@jax.custom_jvp
def sinh_ratio(b: Array, a: Array) -> Array:
    """sinh b/sinh a for a > 0, also where either overflows: a few ulp times max(1, |b|, a); every derivative."""
    size = jnp.abs(b)
    return jnp.sign(b) * jnp.exp(size - a) * (expm1(-2 * size) / expm1(-2 * a))


@jax.custom_jvp
def _cosh_ratio(b: Array, a: Array) -> Array:
    """cosh b/sinh a, likewise."""
    size = jnp.abs(b)
    return jnp.exp(size - a) * (-(1 + jnp.exp(-2 * size)) / expm1(-2 * a))


def _by_sinh(ratio, other):
    def rule(primals, tangents):
        value = ratio(*primals)
        return value, other(*primals) * tangents[0] - value / jnp.tanh(primals[1]) * tangents[1]

    return rule


sinh_ratio.defjvp(_by_sinh(sinh_ratio, _cosh_ratio))
_cosh_ratio.defjvp(_by_sinh(_cosh_ratio, sinh_ratio))


@jax.custom_jvp
def tanh(x: Array) -> Array:
    """tanh x, whose derivative 1/cosh² x keeps its digits where 1 - tanh² x has none."""
    return jnp.tanh(x)


@tanh.defjvp
def _tanh_jvp(primals, tangents):
    return tanh(*primals), jnp.exp(-2 * log_cosh(primals[0])) * tangents[0]
