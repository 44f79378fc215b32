"""Distribution functions of one logarithm, with derivatives that are finite where its exponential overflows."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._gamma import HALF_LOG_2PI
from ._normal import ndtr
from ._power import exp_gap


@jax.custom_jvp
def exponential_cdf_exp(v: Array) -> Array:
    """1 - exp(-eᵛ), that of an exponential variate at eᵛ: a few ulp for every v; its derivative is exp(v - eᵛ)."""
    return -expm1(-jnp.exp(v))


@exponential_cdf_exp.defjvp
def _exponential_cdf_exp_jvp(primals, tangents):
    return exponential_cdf_exp(*primals), jnp.exp(exp_gap(*primals)) * tangents[0]


@jax.custom_jvp
def gumbel_cdf(z: Array) -> Array:
    """exp(-e⁻ᶻ), with the derivative exp(-z - e⁻ᶻ): a few ulp of the value times max(1, e⁻ᶻ)."""
    return jnp.exp(-jnp.exp(-z))


@gumbel_cdf.defjvp
def _gumbel_cdf_jvp(primals, tangents):
    return gumbel_cdf(*primals), jnp.exp(exp_gap(-primals[0])) * tangents[0]


@jax.custom_jvp
def moyal_cdf(z: Array) -> Array:
    """P(|ε| > e^(-z/2)) for a standard normal ε, with the derivative exp(-(z + e⁻ᶻ)/2)/√(2π)."""
    return 2 * ndtr(-jnp.exp(-0.5 * z))


@moyal_cdf.defjvp
def _moyal_cdf_jvp(primals, tangents):
    return moyal_cdf(*primals), jnp.exp(0.5 * exp_gap(-primals[0]) - HALF_LOG_2PI) * tangents[0]
