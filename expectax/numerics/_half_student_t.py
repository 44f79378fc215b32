"""The size of a Student's t variate: the lower tail, and the quantile, accurate near 0."""

import math

import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._log import log1mexp, log1p
from ._quadrature import unit_integral
from ._student_t import student_t_log_cdf
from ._student_t_density import student_t_log_prob
from ._student_t_inverse import student_t_inverse

_LOG_2 = math.log(2)


def half_student_t_log_sf(df: Array, t: Array) -> Array:
    """log P(|T| > t) for t >= 0."""
    near, small = _near_part(df, t)
    inner = log1p(-small * _density_mean(df, small))
    return jnp.where(near, inner, _LOG_2 + student_t_log_cdf(df, -jnp.where(near, 1.0, t)))


def half_student_t_cdf(df: Array, t: Array) -> Array:
    """P(|T| <= t) for t >= 0: near 0 by the density's mean on [0, t]; to max(1, 1/ν) times a few ulp."""
    near, small = _near_part(df, t)
    return jnp.where(near, small * _density_mean(df, small), -expm1(half_student_t_log_sf(df, t)))


def half_student_t_log_cdf(df: Array, t: Array) -> Array:
    """log P(|T| <= t), likewise."""
    edge = t == 0
    near, small = _near_part(df, jnp.where(edge, 1.0, t))
    inner = jnp.log(_density_mean(df, small)) + jnp.log(small)
    outer = log1mexp(half_student_t_log_sf(df, jnp.where(near | edge, 1.0, t)))
    return jnp.where(edge, -jnp.inf, jnp.where(near, inner, outer))


def half_student_t_quantile(df: Array, p: Array, rest: Array) -> Array:
    """t with P(|T| <= t) = p, given rest = 1 - p too."""
    df, p, rest = jnp.broadcast_arrays(df, p, rest)
    size = -student_t_inverse(df, 0.5 * rest)
    near, at = _near_part(df, jnp.where(size > 0, size, 0.0))
    # a step of Newton's method, since ½ - p/2 has lost digits of a small p
    step = (p - at * _density_mean(df, at)) / _density(df, at)
    return jnp.where(near, at + step, size)


def _near_part(df: Array, t: Array) -> tuple[Array, Array]:
    """Whether a quadrature of the density on [0, t] is exact, with poles at ±i√ν; t if so, else such a number."""
    root = jnp.sqrt(df)
    end = 0.5 * jnp.where(root < 1, root, 1.0)
    near = t < end
    return near, jnp.where(near, t, end)


def _density(df: Array, t: Array) -> Array:
    """That of |T|."""
    zero = jnp.zeros_like(t)
    return 2 * jnp.exp(student_t_log_prob(df, t, zero, zero + 1))


def _density_mean(df: Array, t: Array) -> Array:
    return unit_integral(lambda s: _density(df, s * t), t)
