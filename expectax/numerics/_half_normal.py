"""The size of a standard normal variate: its distribution function and the inverse, accurate at both ends."""

import math

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._log import log1p
from ._normal import log_ndtr, ndtri

_LOG_2 = math.log(2)


def half_normal_log_cdf(z: Array) -> Array:
    """log P(|ε| <= z) for z >= 0: through erf below 1, from the upper tail above."""
    near = z < 1
    lower = jnp.log(lax.erf(jnp.where(near, z, 0.5) * math.sqrt(0.5)))
    return jnp.where(near, lower, log1p(-jnp.exp(half_normal_log_sf(jnp.where(near, 1.0, z)))))


def half_normal_log_sf(z: Array) -> Array:
    """log P(|ε| > z) for z >= 0."""
    return _LOG_2 + log_ndtr(-z)


def half_normal_quantile(p: Array, rest: Array) -> Array:
    """z with P(|ε| <= z) = p, given rest = 1 - p too, of which that below ½ counts."""
    near = p < 0.5
    given = jnp.where(near, p, 0.25)
    lower = math.sqrt(2) * lax.erf_inv(given)
    # a step of Newton's method: XLA's inverse has single precision near 0
    error = lax.erf(math.sqrt(0.5) * lower) - given
    lower = lower - error * (math.sqrt(math.pi / 2) * jnp.exp(0.5 * lower * lower))
    return jnp.where(near, lower, -ndtri(0.5 * jnp.where(near, 0.5, rest)))
