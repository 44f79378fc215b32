"""Functions of a tail index ξ that stay smooth through ξ = 0, for the laws of extremes and of excesses.

log(1 + ξz)/ξ and its inverse (e^(ξy) - 1)/ξ are z and y at ξ = 0; moments hold Γ(1 - ξ) and Γ(1 - 2ξ), whose combinations
vanish there as ξ and ξ². Small arguments take power series, whose derivatives of every order are right.
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._gamma import EULER_GAMMA, ZETA_MINUS_1, log_gamma1p, log_gamma1p_any
from ._log import expm1_over, log1p, log1p_over


@jax.custom_jvp
def log1p_scaled(z: Array, xi: Array) -> Array:
    """log(1 + ξz)/ξ, z at ξ = 0, for 1 + ξz > 0: a few ulp of the largest derivative times argument."""
    product = xi * z
    small = jnp.abs(product) < 0.125
    by_series = jnp.where(small, z, 0.0) * log1p_over(jnp.where(small, product, 0.0))
    return jnp.where(small, by_series, log1p(jnp.where(small, 1.0, product)) / jnp.where(small, 1.0, xi))


@log1p_scaled.defjvp
def _log1p_scaled_jvp(primals, tangents):
    # one coefficient in ξ: the parts of a sum may be infinite where what follows overflows
    z, xi = primals
    value, product = log1p_scaled(z, xi), xi * z
    small = jnp.abs(product) < 0.125
    near = jnp.where(small, product, 0.0)
    slope = jax.jvp(log1p_over, (near,), (jnp.ones_like(near),))[1]
    by_z = 1 / (1 + product)
    by_xi = jnp.where(small, z * z * slope, (z * by_z - value) / jnp.where(small, 1.0, xi))
    return value, by_z * tangents[0] + by_xi * tangents[1]


def expm1_scaled(y: Array, xi: Array) -> Array:
    """(e^(ξy) - 1)/ξ, y at ξ = 0, as `log1p_scaled`, whose inverse it is."""
    product = xi * y
    small = jnp.abs(product) < 0.5
    by_series = jnp.where(small, y, 0.0) * expm1_over(jnp.where(small, product, 0.0))
    return jnp.where(small, by_series, expm1(jnp.where(small, 1.0, product)) / jnp.where(small, 1.0, xi))


def gamma_gap(xi: Array) -> Array:
    """(Γ(1 - ξ) - 1)/ξ for ξ < 1, γ at ξ = 0: the mean of a generalised extreme value."""
    small = jnp.abs(xi) < 0.25
    a = jnp.where(small, -xi, 0.0)
    total = jnp.zeros_like(a)
    for k in range(28 if a.dtype == jnp.float64 else 13, 1, -1):
        total = (-1) ** k * ZETA_MINUS_1[k] / k + a * total
    over = (1 - EULER_GAMMA) + a * total - log1p_over(a)  # log Γ(1 + a)/a, A&S 6.1.33
    large = jnp.where(small, 0.5, xi)
    return jnp.where(small, -over * expm1_over(a * over), expm1(_log_gamma1m(large)) / large)


def gamma_ratio_gap(xi: Array) -> Array:
    """(Γ(1 - 2ξ) - Γ(1 - ξ)²)/ξ² for ξ < ½, π²/6 at ξ = 0: the variance of a generalised extreme value.

    Γ(1 - 2ξ) (1 - exp(-ξ² d)) with ξ² d = log Γ(1 - 2ξ) - 2 log Γ(1 - ξ) = Σ ζ(k) (2ᵏ - 2) ξᵏ/k; in it the part of
    ζ(k) that is 1 adds up to log(1 + ξ²/(1 - 2ξ)).
    """
    small = jnp.abs(xi) < 0.25
    s = jnp.where(small, xi, 0.0)
    total = jnp.zeros_like(s)
    for k in range(30 if s.dtype == jnp.float64 else 14, 1, -1):
        total = ZETA_MINUS_1[k] * (2.0**k - 2) / k + s * total
    near = total + log1p_over(s * s / (1 - 2 * s)) / (1 - 2 * s)
    large = jnp.where(small, -0.5, xi)
    gap = jnp.where(small, s * s * near, _log_gamma1m(2 * large) - 2 * _log_gamma1m(large))
    share = jnp.where(small, near * expm1_over(-s * s * near), -expm1(-gap) / (large * large))
    return jnp.exp(_log_gamma1m(2 * xi)) * share


def _log_gamma1m(xi: Array) -> Array:
    """log Γ(1 - ξ) for ξ < 1."""
    above = xi > 0
    return jnp.where(above, log_gamma1p(jnp.where(above, -xi, 0.0)), log_gamma1p_any(jnp.where(above, 0.0, -xi)))
