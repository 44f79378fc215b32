"""The modified Bessel function K of real order, in log space.

With w = √(v² + x²), v >= 0: Debye's expansion (DLMF 10.41.4) from w = 12 on (25 in double precision); below, the
trapezoidal rule for K_v(x) = ∫₀^∞ e^(-x cosh t) cosh(vt) dt (DLMF 10.32.9): for an entire function that falls doubly
exponentially its error is e^(-π²/h), far below the unit roundoff.
"""

import math

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._bessel_i import debye_limit, debye_rest, log_over, radius
from ._forward import by_forward_mode
from ._log import log1p
from ._quadrature import cut_off, quadrature

_HALF_LOG_HALF_PI = 0.5 * math.log(0.5 * math.pi)


def log_kv(v: Array, x: Array) -> Array:
    """log K_v(x) for real v and x > 0 (x >= 1e-30): a few ulp of max(1, w, |v| log((|v| + w)/x)); any derivative."""
    return _log_kv(jnp.abs(v), x)


@by_forward_mode
def _log_kv(v: Array, x: Array) -> Array:
    w = radius(v, x)
    near = w < debye_limit(w.dtype)
    by_integral = _factor_by_integral(jnp.where(near, v, 1.0), jnp.where(near, x, 1.0))
    by_debye = _factor_by_debye(jnp.where(near, 30.0, v), jnp.where(near, 30.0, x))
    return v * log_over(v, x) - w + jnp.where(near, by_integral, by_debye)


def _factor_by_debye(v: Array, x: Array) -> Array:
    w = radius(v, x)
    return log1p(debye_rest(-1 / w, (v / w) ** 2)) + _HALF_LOG_HALF_PI - 0.5 * jnp.log(w)


def _factor_by_integral(v: Array, x: Array) -> Array:
    """log of the integral over e^(-w) ((v + w)/x)^v, the height of the integrand's peak at t = asinh(v/x)."""
    w, peak = radius(v, x), log_over(v, x)
    depth = quadrature(x.dtype)[2]
    fall = depth / jnp.where(v > 0.1, v, 0.1) + 1
    start = cut_off(jnp.where((v > 0.1) & (peak > fall), peak - fall, 0.0))
    end = cut_off(log_over(depth + w + 3 * v, x))
    count = 352 if x.dtype == jnp.float64 else 176
    step = (end - start) / count

    def add(j, total):
        t = start + step * lax.convert_element_type(j, x.dtype)
        height = jnp.exp(w - x * jnp.cosh(t) + v * (t - peak))
        return total + height * (0.5 + 0.5 * jnp.exp(-2 * v * t)) * jnp.where(j == 0, 0.5, 1.0).astype(x.dtype)

    return jnp.log(lax.fori_loop(0, count + 1, add, jnp.zeros_like(x))) + jnp.log(step)
