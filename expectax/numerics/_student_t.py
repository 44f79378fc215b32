"""Tails of the standard Student's t in log space, for any number of degrees of freedom, inf included."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._bessel_i import log_over, radius
from ._forward import by_forward_mode
from ._gamma import log_beta
from ._incomplete_beta import log_betainc
from ._log import divide, log1mexp, log1p, log_cosh
from ._normal import log_ndtr
from ._quadrature import log_integral, means_over_tail, quadrature, unit_integral
from ._student_t_density import log1p_rest, student_t_log_density, student_t_log_normaliser

_BY_INTEGRAL = 16.0
"""ν of the slope in ν, which cancels in the other form."""
_VALUE_BY_INTEGRAL = 1000.0


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
    log_kernel = student_t_log_normaliser(df) + 0.5 * jnp.log(df) - 0.5 * df * fall  # p(t) √(ν + t²), density of w
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
    slope = jax.jvp(student_t_log_normaliser, (df,), (jnp.ones_like(df),))[1]
    root = jnp.sqrt(df)
    w = log_over(t, root)

    def score(w):
        v = jnp.tanh(w) ** 2  # t²/(ν + t²)
        return slope + 0.5 * (v / df - log1p_rest(v, 2 * log_cosh(w)))

    # the scores of the upper half sum to 0: near the middle, the part between 0 and t has no cancellation
    inner = t < 1
    near = jnp.where(inner, t, 0.5)
    density = lambda s: jnp.exp(student_t_log_density(df, s * near)) * score(log_over(s * near, root))  # noqa: E731
    between = -near * unit_integral(density, near) / jnp.exp(_log_tail_by_integral(df, near))
    beyond = means_over_tail(*_integrand(df, t), lambda s: [score(w + s)])[0]
    return jnp.where(inner, between, beyond)
