"""Derivatives of log Γ: digamma, trigamma and so on."""

import functools
import math

import jax
import jax.numpy as jnp

from .._typing import Array

# Bernoulli numbers B₂, B₄, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def polygamma(n: int, x: Array) -> Array:
    """ψ⁽ⁿ⁾(x), the n-th derivative of digamma (n = 0), for x > 0: a few ulp, of max(1, |ψ|) for digamma near its zero.

    The recurrence ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(x + K) - (-1)ⁿ n! Σ_{j<K} (x + j)⁻ⁿ⁻¹ and, beyond K, the asymptotic series
    (A&S 6.4.6, 6.4.11). Its derivative is polygamma(n + 1, x).
    """
    shift = (12 if x.dtype == jnp.float64 else 6) + n
    small = x < shift
    low = jnp.where(small, x, 1.0)
    total = jnp.zeros_like(x)
    for j in reversed(range(shift)):
        total = total + (low + j) ** (-n - 1)
    sign = -1.0 if n % 2 else 1.0
    high = jnp.where(small, low + shift, x)
    tail = _asymptotic(n, high)
    return tail - jnp.where(small, sign * math.factorial(n) * total, 0.0)


@polygamma.defjvp
def _polygamma_jvp(n, primals, tangents):
    (x,), (dx,) = primals, tangents
    return polygamma(n, x), polygamma(n + 1, x) * dx


def _asymptotic(n: int, x: Array) -> Array:
    r = 1 / x
    # ψ ~ log x - 1/(2x) - Σ B₂ₖ/(2k x²ᵏ), differentiated n times
    series = jnp.zeros_like(x)
    for k in range(len(_BERNOULLI), 0, -1):
        rising = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        series = r * r * (_BERNOULLI[k - 1] * rising + series)
    half = 0.5 * math.factorial(n) * r
    if n == 0:
        return jnp.log(x) - half - series
    sign = 1.0 if n % 2 else -1.0
    return sign * r**n * (math.factorial(n - 1) + half + series)
