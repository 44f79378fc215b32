"""Incomplete gamma and beta functions in log space, and their inverses."""

import jax.numpy as jnp
from jax.scipy import special

from .._typing import Array


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
