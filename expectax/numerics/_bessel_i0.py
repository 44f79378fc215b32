"""The modified Bessel function I₀, exponentially scaled, and its logarithmic derivative: what a circular normal needs."""

import functools
import math

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._forward import by_forward_mode

# I₀(κ) = Σ (κ²/4)ᵏ/(k!)²: Abramowitz & Stegun 9.6.12
_SERIES = [1 / math.factorial(k) ** 2 for k in range(70)]
# √(2πκ) e^(-κ) I₀(κ) ~ Σ ((2k - 1)!!)²/(k! (8κ)ᵏ): Abramowitz & Stegun 9.7.1
_HANKEL = [math.prod(range(1, 2 * k, 2)) ** 2 / (math.factorial(k) * 8**k) for k in range(23)]


def _parts(kappa: Array) -> tuple[Array, Array, Array, Array]:
    """(whether κ is small, κ where it is, then the series' value and its slope in κ²/4 or 1/κ)."""
    double = kappa.dtype == jnp.float64
    small = kappa < (25.0 if double else 12.0)
    few = jnp.where(small, kappa, 1.0)
    q, u = 0.25 * few * few, 1 / jnp.where(small, 25.0, kappa)
    series = _value_and_slope(_SERIES[: 66 if double else 34], q)
    hankel = _value_and_slope(_HANKEL[: 22 if double else 8], u)
    value, slope = (jnp.where(small, s, h) for s, h in zip(series, hankel, strict=True))
    return small, few, value, slope


def _value_and_slope(coefficients: list[float], x: Array) -> tuple[Array, Array]:
    value, slope = jnp.zeros_like(x), jnp.zeros_like(x)
    for c in reversed(coefficients):
        slope = slope * x + value
        value = value * x + c
    return value, slope


@by_forward_mode
def i0_deficit(kappa: Array) -> Array:
    """1 - I₁(κ)/I₀(κ), the circular variance of a von Mises law: 2 ulp of 1 below
    κ = 12 (25), where it is one minus a quotient, and 3 ulp of the result above.
    """
    small, few, value, slope = _parts(kappa)
    u = 1 / jnp.where(small, 25.0, kappa)
    return jnp.where(small, 1 - 0.5 * few * slope / value, 0.5 * u + u * u * slope / value)


@functools.partial(by_forward_mode, known={0: lambda _, kappa: -i0_deficit(kappa)})
def log_i0e(kappa: Array) -> Array:
    """log(e^(-κ) I₀(κ)) for κ >= 0: absolute error 2 ulp of max(1, |result|); its slope is `i0_deficit` negated.

    Power series below κ = 12 (25 in double precision), Hankel's expansion above.
    """
    small, few, value, _ = _parts(kappa)
    return jnp.log(value * jnp.where(small, jnp.exp(-few), lax.rsqrt(2 * math.pi * jnp.where(small, 1.0, kappa))))
