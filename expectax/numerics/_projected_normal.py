"""Integrals over the length of a normal vector, and over its inverse square: what the projected normal law needs."""

import math

import jax.numpy as jnp

from .._typing import Array
from ._quadrature import cut_off, quadrature, unit_integral


def log_projected_normal(t: Array, n: int) -> Array:
    """log ∫₀^∞ r^(n-1) exp(-(r - t)²/2) dr for n >= 2: 20 ulp of max(1, |result|); derivatives by the same quadrature.

    With the peak r* = (t + √(t² + 4(n-1)))/2 and r = r* y the integrand is that at r* times exp h(y),
    h = (n-1)(log y - y + 1) - r*² (y-1)²/2, concave.
    """
    k = n - 1
    root = jnp.sqrt(0.25 * t * t + k)
    back = jnp.where(t > 0, k / (0.5 * jnp.abs(t) + root), 0.5 * jnp.abs(t) + root)  # r* - t, where r* (r* - t) = k
    peak = k / back
    depth = quadrature(t.dtype)[2]
    above = cut_off(jnp.minimum(math.sqrt(2 * depth) / peak, _end(depth / k)))
    below = cut_off(jnp.minimum(1.0, jnp.sqrt(2 * depth / (k + peak * peak))))

    def height(step: Array) -> Array:
        inside = step > -1
        rest = jnp.log1p(jnp.where(inside, step, 0.0)) - step
        return jnp.where(inside, jnp.exp(k * rest - 0.5 * (peak * step) ** 2), 0.0)

    total = unit_integral(lambda s: above * height(above * s) + below * height(-below * s), t)
    return n * jnp.log(peak) - 0.5 * back * back + jnp.log(total)


def _end(depth: float) -> float:
    """u > 0 with u - log(1 + u) = depth, from above, by Newton's method."""
    u = depth + math.sqrt(2 * depth) + math.log1p(depth)
    for _ in range(20):
        u -= (u - math.log1p(u) - depth) * (1 + u) / u
    return u * 1.01


def projected_normal_moments(square: Array, n: int) -> tuple[Array, Array, Array]:
    """(m, a, b) with E x = m c, E x xᵀ = a I + b c cᵀ for x = y/|y|, y ~ Normal(c, I), |c|² = square.

    m = √(2/π) ∫ w cosⁿ, a = ∫ w cosⁿ⁻¹ sin, b = ∫ w cosⁿ⁺¹ sin over (0, π/2), w = exp(-|c|² sin²/2).
    """
    depth = quadrature(square.dtype)[2]
    share = 2 * depth / (square + (n - 1))
    end = cut_off(jnp.where(share < 1, jnp.arcsin(jnp.sqrt(jnp.minimum(share, 1.0))), 0.5 * math.pi))

    def integral(power: int, sines: int) -> Array:
        def of(s: Array) -> Array:
            sine, cosine = jnp.sin(end * s), jnp.cos(end * s)
            return end * jnp.exp(-0.5 * square * sine * sine) * cosine**power * sine**sines

        return unit_integral(of, square)

    return math.sqrt(2 / math.pi) * integral(n, 0), integral(n - 1, 1), integral(n + 1, 1)
