"""The logistic function's inverse, and the density of its derivative."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import artanh, log1p


@jax.custom_jvp
def logit(x: Array) -> Array:
    """log(x/(1 - x)) for x in [0, 1], to 4 ulp: 2 artanh(2x - 1) around ½, where the difference of logarithms cancels."""
    near = jnp.abs(x - 0.5) < 0.25
    inner, outer = jnp.where(near, x, 0.5), jnp.where(near, 0.25, x)
    return jnp.where(near, 2 * artanh(2 * inner - 1), jnp.log(outer) - log1p(-outer))


@logit.defjvp
def _logit_jvp(primals, tangents):
    (x,) = primals
    return logit(x), tangents[0] / (x * (1 - x))


@jax.custom_jvp
def log_logistic_density(z: Array) -> Array:
    """log σ(z) σ(-z), with the derivative -tanh(z/2)."""
    size = jnp.abs(z)
    return -size - 2 * jnp.log1p(jnp.exp(-size))


@log_logistic_density.defjvp
def _log_logistic_density_jvp(primals, tangents):
    return log_logistic_density(*primals), -jnp.tanh(0.5 * primals[0]) * tangents[0]
