"""Means of log cosh, of which the entropies of bent and squashed normal variates consist.

With Y = b (T - c), T of a density f that is even: log cosh y = |y| - log 2 + log(1 + e^(-2|y|)), so that what bends within
1/b of c is apart from what bends with f:

    E log cosh Y = b (|c| + 2 E (T - |c|)⁺) - log 2 + ∫ log(1 + e^(-2b|t - c|)) f(t) dt

by Gauss-Legendre on either side of c.
"""

import math
from collections.abc import Callable

import jax.numpy as jnp

from .._typing import Array
from ._log import log1p
from ._normal import normal_density
from ._quadrature import fine_unit_integral, quadrature

_LOG_2 = math.log(2)


def normal_log_cosh_mean(rate: Array, centre: Array) -> Array:
    """E log cosh(b (ε - c)), ε ~ Normal(0, 1), b > 0: a few ulp of max(1, b, b |c|)."""
    depth = quadrature(centre.dtype)[2]
    return _mean(rate, centre, normal_density, math.sqrt(2 * depth))


def arsinh_normal_log_cosh_mean(rate: Array, centre: Array) -> Array:
    """E log cosh(b (arsinh ε - c)), likewise."""
    depth = quadrature(centre.dtype)[2]
    return _mean(rate, centre, lambda t: normal_density(jnp.sinh(t)) * jnp.cosh(t), math.asinh(math.sqrt(2 * depth)))


def _mean(rate: Array, centre: Array, density: Callable[[Array], Array], reach: float) -> Array:
    c = jnp.abs(centre)
    near = jnp.where(c < reach, c, reach)
    beyond = reach - near
    excess = beyond * beyond * fine_unit_integral(lambda s: s * density(near + beyond * s), c)
    layer = 0.5 * quadrature(c.dtype)[2] / rate

    def bend(low: Array, high: Array) -> Array:
        width = high - low

        def of(s: Array) -> Array:
            t = low + width * s
            return log1p(jnp.exp(-2 * rate * jnp.abs(t - c))) * density(t)

        return width * fine_unit_integral(of, c)

    low, high = jnp.where(c - layer < -reach, -reach, c - layer), jnp.where(c + layer < reach, c + layer, reach)
    below, above = bend(jnp.where(low < near, low, near), near), bend(near, jnp.where(high < near, near, high))
    return rate * (c + 2 * excess) - _LOG_2 + below + above
