"""Values in units of a location and a scale, and the normal distribution function of them."""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide
from ._normal import hazard, log_ndtr, normal_density, upper_mills


@jax.custom_jvp
def standardised(x: Array, loc: Array, scale: Array) -> Array:
    """z = (x - loc)/scale, with the derivative (dx - dloc - z dscale)/scale: finite wherever z and 1/scale are."""
    # no guard against overflow of x - loc: a comparison here would look like a jump where a program differentiates densities
    return (x - loc) / scale


@standardised.defjvp
def _standardised_jvp(primals, tangents):
    dx, dloc, dscale = tangents
    z = standardised(*primals)
    return z, divide(dx - dloc - z * dscale, primals[2])


def _rounding(x: Array, loc: Array, scale: Array, z: Array) -> Array:
    """What rounding took from z: ((x - loc) - z scale)/scale, to first order, with the products and differences exact.

    Knuth's sum and Dekker's product (Dekker, "A floating-point technique for extending the available precision", 1971).
    """
    d = x - loc
    back = d - x
    lost = (x - (d - back)) - (loc + back)
    product = z * scale
    z_high, scale_high = _upper_half(z), _upper_half(scale)
    z_low, scale_low = z - z_high, scale - scale_high
    error = ((z_high * scale_high - product) + z_high * scale_low + z_low * scale_high) + z_low * scale_low
    rest = ((d - product) - error) + lost
    return jnp.where(jnp.abs(rest) < jnp.abs(d), rest, 0.0) / scale  # an overflow on the way: no correction


def _upper_half(x: Array) -> Array:
    """x rounded to half its digits."""
    shifted = x * (2.0**27 + 1 if x.dtype == jnp.float64 else 2.0**12 + 1)
    return shifted - (shifted - x)


@jax.custom_jvp
def normal_cdf(x: Array, loc: Array, scale: Array) -> Array:
    """Φ((x - loc)/scale) to 10 ulp far into the tail, where the rounding of z and z² alone would cost z² ulp."""
    # by a selection, or XLA would store the quotient, as it does every one that has several uses
    z = jnp.where(scale > 0, standardised(x, loc, scale), jnp.nan)
    square, size = z * z, jnp.abs(z)
    high = _upper_half(z)
    low = z - high
    lost = ((high * high - square) + 2 * high * low) + low * low
    lost = jnp.where(jnp.abs(lost) < 1, lost, 0.0)  # an overflow on the way: no correction
    sign = jnp.where(z < 0, 1.0, -1.0).astype(z.dtype)
    mills = upper_mills(size) * (1 - 0.5 * lost) + sign * _rounding(x, loc, scale, z)
    tail = jnp.exp(-0.5 * square) * mills * (1 / math.sqrt(2 * math.pi))
    return jnp.where(z < 0, tail, 1 - tail)


@normal_cdf.defjvp
def _normal_cdf_jvp(primals, tangents):
    z, dz = jax.jvp(standardised, primals, tangents)
    return normal_cdf(*primals), normal_density(z) * dz


@jax.custom_jvp
def normal_log_cdf(x: Array, loc: Array, scale: Array) -> Array:
    """log Φ((x - loc)/scale) to 10 ulp in both tails."""
    z = standardised(x, loc, scale)
    finite = jnp.abs(z) < jnp.inf
    correction = hazard(-jnp.where(finite, z, 0.0)) * _rounding(x, loc, scale, z)
    return log_ndtr(z) + jnp.where(finite, correction, 0.0)


@normal_log_cdf.defjvp
def _normal_log_cdf_jvp(primals, tangents):
    z, dz = jax.jvp(standardised, primals, tangents)
    return normal_log_cdf(*primals), hazard(-z) * dz
