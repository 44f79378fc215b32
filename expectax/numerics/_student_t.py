"""Density and tails of the standard Student's t in log space, for any number of degrees of freedom, inf included."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._bessel_i import log_over, radius
from ._forward import by_forward_mode
from ._gamma import HALF_LOG_2PI, log_beta
from ._incomplete_beta import log_betainc
from ._log import divide, log1mexp, log1p, log1p_over, log_cosh
from ._normal import log_ndtr
from ._polynomial import horner
from ._quadrature import log_integral, means_over_tail, quadrature, unit_integral
from ._standardise import standardised
from ._stirling import stirling_error

_BY_INTEGRAL = 16.0
"""ν of the slope in ν, which cancels in the other form."""
_VALUE_BY_INTEGRAL = 1000.0
_LOG1P_REST = {size: tuple(1 / k for k in range(2, count)) for size, count in ((4, 14), (8, 28))}


def student_t_log_density(df: Array, z: Array) -> Array:
    """log of Γ((ν+1)/2) / (Γ(ν/2) √(νπ)) (1 + z²/ν)^(-(ν+1)/2), to a few ulp; the normal's at ν = inf."""
    z = jnp.abs(z)
    far = z > 1e8 * jnp.sqrt(df)  # z² may overflow, and 1 + z²/ν is z²/ν
    near_z = jnp.where(far, 1.0, z)
    s = near_z * near_z / df
    # ((ν+1)/2) log(1 + s) as z²/2 · log(1 + s)/s + log(1 + s)/2, so that ν = inf is no case apart
    near = 0.5 * near_z * near_z * log1p_over(s) + 0.5 * log1p(s)
    far_z, far_df = jnp.where(far, z, 1.0), jnp.where(far, df, 1.0)
    tail = jnp.where(far, (far_df + 1) * (jnp.log(far_z) - 0.5 * jnp.log(far_df)), near)
    return _log_normaliser(df) - tail


def _log_normaliser(df: Array) -> Array:
    """log Γ(ν/2 + ½) - log Γ(ν/2) - ½ log(πν), with Stirling's parts cancelled."""
    half = 0.5 * df
    shift = 0.5 * (log1p_over(1 / df) - 1)
    return shift + stirling_error(half + 0.5) - stirling_error(half) - HALF_LOG_2PI


def student_t_log_cdf(df: Array, z: Array) -> Array:
    """log P(T <= z) for ν = df > 0 degrees of freedom, inf included; a few ulp of max(1, |log P|), both tails."""
    size = jnp.abs(z)
    normal = df == jnp.inf
    log_tail = _student_log_tail(jnp.where(normal, 1.0, df), jnp.where(jnp.isinf(z), 1.0, size))
    log_tail = jnp.where(jnp.isinf(z), -jnp.inf, log_tail)
    by_tail = jnp.where(z <= 0, log_tail, log1mexp(jnp.where(z <= 0, -1.0, log_tail)))
    return jnp.where(normal, log_ndtr(jnp.where(normal, z, 0.0)), by_tail)


def _by_df(_: Array, df: Array, t: Array) -> Array:
    by_integral = df >= _BY_INTEGRAL
    few, at = jnp.where(by_integral, 1.0, df), jnp.where(by_integral, 1.0, t)
    narrow = jax.jvp(lambda df: _log_tail_by_beta(df, at), (few,), (jnp.ones_like(few),))[1]
    wide = _mean_score(jnp.where(by_integral, df, _BY_INTEGRAL), jnp.where(by_integral, t, 1.0))
    return jnp.where(by_integral, wide, narrow)


def _by_t(log_tail: Array, df: Array, t: Array) -> Array:
    return -jnp.exp(student_t_log_density(df, t) - log_tail)


@functools.partial(by_forward_mode, known={0: _by_df, 1: _by_t})
def _student_log_tail(df: Array, t: Array) -> Array:
    """log P(T > t) for t >= 0."""
    by_integral = df >= _VALUE_BY_INTEGRAL
    large = jnp.where(by_integral, df, _VALUE_BY_INTEGRAL), jnp.where(by_integral, t, 1.0)
    wide = lax.cond(by_integral.any(), _log_tail_by_integral, lambda _, t: jnp.zeros_like(t), *large)
    narrow = _log_tail_by_beta(jnp.where(by_integral, 1.0, df), jnp.where(by_integral, 1.0, t))
    return jnp.where(by_integral, wide, narrow)


def _log_tail_by_beta(df: Array, t: Array) -> Array:
    """log of ½ I_x(ν/2, ½) with x = ν/(ν + t²); the quotient survives where t² overflows."""
    r = t / jnp.sqrt(df)
    large = r > 1
    inverse = 1 / jnp.where(large, r, 1.0)
    small = jnp.where(large, 0.0, r)
    x = jnp.where(large, inverse * inverse / (1 + inverse * inverse), 1 / (1 + small * small))
    y = jnp.where(large, 1 / (1 + inverse * inverse), small * small / (1 + small * small))
    # x underflows: P = x^(ν/2) Γ((ν + 1)/2)/(Γ(ν/2 + 1) √π)/2, to the relative order x
    far = r > jnp.finfo(t.dtype).max ** 0.4
    log_x = jnp.log(jnp.where(far, df, 1.0)) - 2 * jnp.log(jnp.where(far, t, 2.0))
    half = 0.5 * df
    beyond = half * log_x - log_beta(half, jnp.full_like(half, 0.5)) - jnp.log(half)
    x, y = jnp.where(far, 0.5, x), jnp.where(far, 0.5, y)
    return jnp.where(far, beyond, log_betainc(half, jnp.full_like(half, 0.5), x, y)) - math.log(2.0)


def _log_tail_by_integral(df: Array, t: Array) -> Array:
    """As the integral of the density of w = asinh(t/√ν), cosh^{-ν}(w) up to a factor, for ν >= 16."""
    exponent, start = _integrand(df, t)
    r = t / jnp.sqrt(df)
    far = r > 1e10  # r² may overflow, and 1 + r² is r²
    near_r, far_r = jnp.where(far, 0.0, r), jnp.where(far, r, 1.0)
    fall = jnp.where(far, 2 * jnp.log(far_r), log1p(near_r * near_r))
    log_kernel = _log_normaliser(df) + 0.5 * jnp.log(df) - 0.5 * df * fall  # p(t) √(ν + t²), density of w
    return log_kernel + log_integral(exponent, start)


def _integrand(df: Array, t: Array):
    """s -> (log of the density of w at w + s, less that at w; its slope), and where it has fallen far."""
    tau = divide(t, radius(t, jnp.sqrt(df)))  # tanh w

    def exponent(s):
        half = jnp.sinh(0.5 * s)
        rise = 2 * half * half + tau * jnp.sinh(s)  # cosh(w + s)/cosh(w) - 1
        return -df * log1p(rise), -df * (jnp.sinh(s) + tau * jnp.cosh(s)) / (1 + rise)

    depth = quadrature(t.dtype)[2]
    return exponent, 2 * depth / (df * tau + jnp.sqrt((df * tau) ** 2 + 2 * depth * df))


def _mean_score(df: Array, t: Array) -> Array:
    """∂ log P(T > t)/∂ν as the mean of the score ∂ log p/∂ν over the tail: of order 1/ν², with nothing larger in it."""
    slope = jax.jvp(_log_normaliser, (df,), (jnp.ones_like(df),))[1]
    root = jnp.sqrt(df)
    w = log_over(t, root)

    def score(w):
        v = jnp.tanh(w) ** 2  # t²/(ν + t²)
        return slope + 0.5 * (v / df - _log1p_rest(w, v))

    # the scores of the upper half sum to 0: near the middle, the part between 0 and t has no cancellation
    inner = t < 1
    near = jnp.where(inner, t, 0.5)
    density = lambda s: jnp.exp(student_t_log_density(df, s * near)) * score(log_over(s * near, root))  # noqa: E731
    between = -near * unit_integral(density, near) / jnp.exp(_log_tail_by_integral(df, near))
    beyond = means_over_tail(*_integrand(df, t), lambda s: [score(w + s)])[0]
    return jnp.where(inner, between, beyond)


def _log1p_rest(w: Array, v: Array) -> Array:
    """log(1 + sinh² w) - v for v = tanh² w: v²/2 + v³/3 + ... where it is small."""
    small = v < 0.25
    series = horner(_LOG1P_REST[v.dtype.itemsize], jnp.where(small, v, 0.0))
    return jnp.where(small, v * v * series, 2 * log_cosh(jnp.where(small, 1.0, w)) - v)


# --- density with location and scale ---


@jax.custom_jvp
def student_t_log_prob(df: Array, x: Array, loc: Array, scale: Array) -> Array:
    """log-density at x, to a few ulp; the derivative in the scale, ν (z² - 1)/(ν + z²)/σ, keeps its digits at small ν."""
    return student_t_log_density(df, standardised(x, loc, scale)) - jnp.log(scale)


@student_t_log_prob.defjvp
def _student_t_log_prob_jvp(primals, tangents):
    df, x, loc, scale = primals
    z = standardised(x, loc, scale)
    far = jnp.abs(z) > jnp.sqrt(df)
    near_z, far_z = jnp.where(far, 0.0, z), jnp.where(far, z, 1.0)
    inverse = 1 / far_z
    near_df, far_df = jnp.where(far, 1.0, df), jnp.where(far, df, 1.0)
    within, beyond = 1 + near_z * near_z / near_df, 1 + far_df * inverse * inverse
    by_z = -jnp.where(far, (far_df + 1) * inverse / beyond, (1 + 1 / near_df) * near_z / within)
    by_log_scale = jnp.where(far, far_df * (1 - inverse * inverse) / beyond, (near_z - 1) * (near_z + 1) / within)
    by_df = jax.jvp(lambda df: student_t_log_density(df, z), (df,), (jnp.ones_like(df),))[1]
    by_x = divide(by_z, scale)
    change = by_df * tangents[0] + by_x * (tangents[1] - tangents[2]) + divide(by_log_scale, scale) * tangents[3]
    return student_t_log_prob(*primals), change
