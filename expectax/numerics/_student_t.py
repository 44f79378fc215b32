"""Density and tails of the standard Student's t in log space, for any number of degrees of freedom, inf included."""

import jax.numpy as jnp
from jax.scipy import special

from .._typing import Array
from ._gamma import HALF_LOG_2PI, stirling_error
from ._incomplete_beta import log_betainc
from ._log import log1mexp, log1p, log1p_over
from ._quadrature import log_integral, quadrature


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
    log_tail = jnp.where(normal, special.log_ndtr(-size), jnp.where(jnp.isinf(z), -jnp.inf, log_tail))
    return jnp.where(z <= 0, log_tail, log1mexp(jnp.where(z <= 0, -1.0, log_tail)))


def _student_log_tail(df: Array, t: Array) -> Array:
    """log P(T > t) for t >= 0."""
    by_integral = df >= 16
    wide = _student_log_tail_by_integral(jnp.where(by_integral, df, 16.0), jnp.where(by_integral, t, 1.0))
    few, t = jnp.where(by_integral, 1.0, df), jnp.where(by_integral, 1.0, t)
    # P(T > t) = ½ I_x(ν/2, ½) with x = ν/(ν + t²); the quotient survives where t² overflows
    r = t / jnp.sqrt(few)
    large = r > 1
    inverse = 1 / jnp.where(large, r, 1.0)
    small = jnp.where(large, 0.0, r)
    x = jnp.where(large, inverse * inverse / (1 + inverse * inverse), 1 / (1 + small * small))
    y = jnp.where(large, 1 / (1 + inverse * inverse), small * small / (1 + small * small))
    narrow = log_betainc(0.5 * few, jnp.full_like(few, 0.5), x, y) - jnp.log(2.0).astype(t.dtype)
    return jnp.where(by_integral, wide, narrow)


def _student_log_tail_by_integral(df: Array, t: Array) -> Array:
    """As the integral of the density of w = asinh(t/√ν), cosh^{-ν}(w) up to a factor, for ν >= 16."""
    r = t / jnp.sqrt(df)
    root = jnp.sqrt(1 + r * r)
    tau = r / root

    def exponent(s):
        half = jnp.sinh(0.5 * s)
        rise = 2 * half * half + tau * jnp.sinh(s)  # cosh(w + s)/cosh(w) - 1
        return -df * log1p(rise), -df * (jnp.sinh(s) + tau * jnp.cosh(s)) / (1 + rise)

    depth = quadrature(t.dtype)[2]
    start = 2 * depth / (df * tau + jnp.sqrt((df * tau) ** 2 + 2 * depth * df))
    log_kernel = _log_normaliser(df) + 0.5 * jnp.log(df) - 0.5 * df * log1p(r * r)  # p(t) √(ν + t²), density of w
    return log_kernel + log_integral(exponent, start)
