"""The exponential integral E₁ without its exponential part."""

import math

import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._gamma import EULER_GAMMA
from ._polynomial import horner
from ._quadrature import log_integral, means_over_tail

_SERIES = tuple((-1) ** (k + 1) / (k * math.factorial(k)) for k in range(1, 21))
_SECOND = tuple((-1) ** (k + 1) / (k * k * math.factorial(k)) for k in range(1, 21))


def scaled_expint(x: Array) -> Array:
    """eˣ E₁(x) = ∫₀^∞ exp(-x (eᵗ - 1)) dt for x > 0: a few ulp, as are its derivatives; 1/x - 1/x² + ... for large x.

    Below 1 by E₁ = -γ - log x + Σ (-1)^(k+1) xᵏ/(k k!) (Abramowitz & Stegun 5.1.11).
    """
    small, s, large = _split(x)
    series = jnp.exp(s) * (_power_series(_SERIES, s) - EULER_GAMMA - jnp.log(s))
    return jnp.where(small, series, jnp.exp(log_integral(*_integrand(large))))


def expint_variance(x: Array) -> Array:
    """Variance of T with P(T > t) = exp(-x (eᵗ - 1)), whose mean is `scaled_expint`; 8 ulp, π²/6 + 0 at x = 0.

    Below 1 by E[T²] = eˣ (π²/6 + L² - 2 Σ (-1)^(k+1) xᵏ/(k² k!)), L = γ + log x (Lenart 2014, equation 4), less mean² with
    the powers of L taken together.
    """
    small, s, large = _split(x)
    log, first, second = EULER_GAMMA + jnp.log(s), _power_series(_SERIES, s), _power_series(_SECOND, s)
    rest = math.pi**2 / 6 - 2 * second - log * log * expm1(s) - jnp.exp(s) * first * (first - 2 * log)
    exponent, start = _integrand(large)
    mean = jnp.exp(log_integral(exponent, start))
    (half_moment,) = means_over_tail(exponent, start, lambda t: [t])  # E[T²]/(2 E[T])
    return jnp.where(small, jnp.exp(s) * rest, mean * (2 * half_moment - mean))


def _split(x: Array) -> tuple[Array, Array, Array]:
    """Whether x < 1, and x or a harmless number for either side."""
    small = x < 1
    return small, jnp.where(small, x, 0.5), jnp.where(small, 1.0, x)


def _power_series(coefficients: tuple[float, ...], x: Array) -> Array:
    """Σ_{k>0} c_k xᵏ."""
    return x * horner(coefficients[: 20 if x.dtype == jnp.float64 else 11], x)


def _integrand(x: Array):
    """t -> (φ(t), φ'(t)) of the integral at the top, and where φ reaches the quadrature's depth."""
    return lambda t: (-x * expm1(t), -x * jnp.exp(t)), jnp.log1p(40 / x)
