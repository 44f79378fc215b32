"""The inverse hyperbolic sine, and the law of that of a normal variate."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._bessel_i import log_over, radius
from ._gamma import HALF_LOG_2PI
from ._log import log_cosh


@jax.custom_jvp
def arsinh(x: Array) -> Array:
    """log(x + √(1 + x²)), to a few ulp for every x, ±inf included; its derivative 1/√(1 + x²) does not underflow."""
    return jnp.sign(x) * log_over(jnp.abs(x), jnp.ones_like(x))


@arsinh.defjvp
def _arsinh_jvp(primals, tangents):
    (x,) = primals
    return arsinh(x), tangents[0] / radius(jnp.ones_like(x), jnp.abs(x))


def sinh_normal_log_density(t: Array) -> Array:
    """log of the density of t = arsinh ε, log φ(sinh t) cosh t."""
    return log_cosh(t) - 0.5 * jnp.sinh(t) ** 2 - HALF_LOG_2PI
