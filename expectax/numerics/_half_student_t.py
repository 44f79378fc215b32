"""The size of a Student's t variate: the lower tail, and the quantile, accurate near 0."""

import math

import jax.numpy as jnp

from .._typing import Array
from ._arsinh import arsinh
from ._expm1 import expm1
from ._log import log1mexp, log1p, log_cosh
from ._quadrature import unit_integral
from ._student_t import student_t_log_cdf
from ._student_t_density import student_t_log_prob
from ._student_t_inverse import student_t_inverse

_LOG_2 = math.log(2)
_JOINT = 4.0
"""Where the integral of cosh^-ν goes over from a quadrature to a series in e^(-2s), for ν < 1."""


def half_student_t_log_sf(df: Array, t: Array) -> Array:
    """log P(|T| > t) for t >= 0."""
    lower, below = _lower_part(df, t)
    return jnp.where(lower, log1p(-below), _LOG_2 + student_t_log_cdf(df, -jnp.where(lower, 1.0, t)))


def half_student_t_cdf(df: Array, t: Array) -> Array:
    """P(|T| <= t) for t >= 0, to a few ulp."""
    lower, below = _lower_part(df, t)
    return jnp.where(lower, below, -expm1(half_student_t_log_sf(df, t)))


def half_student_t_log_cdf(df: Array, t: Array) -> Array:
    """log P(|T| <= t), likewise."""
    edge = t == 0
    inner = jnp.where(edge, 1.0, t)
    lower, below = _lower_part(df, inner)
    outer = log1mexp(half_student_t_log_sf(df, jnp.where(lower, 1.0, inner)))
    return jnp.where(edge, -jnp.inf, jnp.where(lower, jnp.log(below), outer))


def half_student_t_quantile(df: Array, p: Array, rest: Array) -> Array:
    """t with P(|T| <= t) = p, given rest = 1 - p too."""
    df, p, rest = jnp.broadcast_arrays(df, p, rest)
    size = -student_t_inverse(df, 0.5 * rest)
    # a step of Newton's method, since ½ - p/2 has lost digits of a small p
    few, many = (p < 0.5) & (df < 1) & (size < jnp.inf), (size < 0.5) & (df >= 1)
    at = jnp.where(many, jnp.maximum(size, 0.0), 0.0)
    by_density = at + (p - at * _density_mean(df, at)) / _density(df, at)
    stepped = _few_step(jnp.where(few, df, 0.5), jnp.where(few, p, 0.25), jnp.where(few, jnp.maximum(size, 0.0), 0.0))
    return jnp.where(few, stepped, jnp.where(many, by_density, size))


def _lower_part(df: Array, t: Array) -> tuple[Array, Array]:
    """Whether P(|T| <= t) is at most about ½, where it has to be found by itself; and it if so, else such a number."""
    few = df < 1
    near = t < 0.5
    small = jnp.where(near, t, 0.5)
    below = jnp.where(few, _few_cdf(jnp.where(few, df, 0.5), jnp.where(few, t, 0.5)), small * _density_mean(df, small))
    lower = jnp.where(few, below < 0.5, near)
    return lower, jnp.where(lower, below, 0.5)


def _density(df: Array, t: Array) -> Array:
    """That of |T|."""
    zero = jnp.zeros_like(t)
    return 2 * jnp.exp(student_t_log_prob(df, t, zero, zero + 1))


def _density_mean(df: Array, t: Array) -> Array:
    return unit_integral(lambda s: _density(df, s * t), t)


# --- ν < 1: of s = arsinh(t/√ν) the density is proportional to cosh(s)^-ν, nearly flat, with poles at ±iπ/2 ---


def _few_cdf(df: Array, t: Array) -> Array:
    s = arsinh(t / jnp.sqrt(df))
    near, far = jnp.minimum(s, _JOINT), jnp.maximum(s, _JOINT)
    return _few_scale(df) * (near * unit_integral(lambda u: _few_shape(df, near * u), near) + _few_tail(df, far))


def _few_step(df: Array, p: Array, t: Array) -> Array:
    s = arsinh(t / jnp.sqrt(df))
    return jnp.sqrt(df) * jnp.sinh(s + (p - _few_cdf(df, t)) / (_few_scale(df) * _few_shape(df, s)))


def _few_scale(df: Array) -> Array:
    """2/B(½, ν/2), the density of s at 0."""
    return jnp.sqrt(df) * _density(df, jnp.zeros_like(df))


def _few_shape(df: Array, s: Array) -> Array:
    return jnp.exp(-df * log_cosh(s))


def _few_tail(df: Array, s: Array) -> Array:
    """∫ cosh^-ν from the joint to s, by cosh(s)^-ν = 2^ν e^(-νs) Σ_k binom(-ν, k) e^(-2ks)."""
    total, factor = jnp.zeros_like(s), 1.0
    for k in range(5):
        rate = df + 2 * k
        total = total - factor * jnp.exp(-rate * _JOINT) * expm1(-rate * (s - _JOINT)) / rate
        factor = -factor * (df + k) / (k + 1)
    return jnp.exp(df * _LOG_2) * total
