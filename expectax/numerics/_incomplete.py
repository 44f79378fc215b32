"""Incomplete gamma and beta functions in log space, and their inverses."""

import jax.numpy as jnp
from jax.scipy import special

from .._typing import Array


def log_betainc(a: Array, b: Array, x: Array, y: Array) -> Array:
    return jnp.log(special.betainc(a, b, x))


def student_t_log_cdf(df: Array, z: Array) -> Array:
    x = df / (df + z * z)
    tail = 0.5 * special.betainc(0.5 * df, jnp.full_like(df, 0.5), x)
    return jnp.log(jnp.where(z < 0, tail, 1 - tail))


def gammainc_inverse(a: Array, p: Array) -> Array:
    raise NotImplementedError


def betainc_inverse(a: Array, b: Array, p: Array) -> Array:
    raise NotImplementedError


def student_t_inverse(df: Array, p: Array) -> Array:
    raise NotImplementedError


def poisson_quantile(rate, p):
    raise NotImplementedError


def poisson_entropy(rate):
    raise NotImplementedError
