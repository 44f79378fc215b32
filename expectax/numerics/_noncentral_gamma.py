"""Draws and quantiles of the non-central gamma law of `log_noncentral_gamma`: implicit derivatives, and the inverse.

At a fixed value of the distribution function P(t; μ, x), with ∂P/∂x = -g_{μ+1}(t) (Gil, Segura, Temme 2014, equation 16),

    dt/dx = g_{μ+1}(t)/g_μ(t),     dt/dμ = -(∂P/∂μ)/g_μ(t).
"""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._inverse import bracketed_newton
from ._log import log1p
from ._marcum_q import log_noncentral_gamma, log_step_down, noncentral_gamma_log_density
from ._normal import ndtri_exp


def noncentral_gamma_tangent(order: Array, x: Array, t: Array, dorder: Array, dx: Array) -> Array:
    """dt at a fixed value of P; a SymbolicZero costs nothing."""
    change = jnp.zeros_like(t)
    if not isinstance(dx, SymbolicZero):
        change = change + jnp.exp(-log_step_down(order, t, x)) * dx
    if not isinstance(dorder, SymbolicZero):
        change = change + _order_slope(order, x, t) * dorder
    return change


def _order_slope(order: Array, x: Array, t: Array) -> Array:
    """dt/dμ by the smaller tail."""
    tails = jax.jvp(lambda order: log_noncentral_gamma(order, x, t), (order,), (jnp.ones_like(t),))
    (below, above), (by_below, by_above) = tails
    lower = below < above
    change = jnp.where(lower, -by_below, by_above)
    return change * jnp.exp(jnp.where(lower, below, above) - noncentral_gamma_log_density(order, x, t))


@jax.custom_jvp
def noncentral_gamma_inverse(order: Array, x: Array, p: Array) -> Array:
    """t with P(t; μ, x) = p for p in [0, 1]: Newton's method in log t on the logarithm of the smaller tail, in a bracket."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5
    target = jnp.where(lower, jnp.log(q), log1p(-q))

    def log_tail(u):
        t = jnp.exp(u)
        tail = jnp.where(lower, *log_noncentral_gamma(order, x, t))
        slope = jnp.exp(noncentral_gamma_log_density(order, x, t) + u - tail)
        return tail, jnp.where(lower, slope, -slope)

    # Wilson & Hilferty's cube root, or P <= t^μ/Γ(μ + 1), from whose root the answer lies to the right
    mean, spread = order + x, jnp.sqrt(order + 2 * x)
    z = jnp.where(lower, 1.0, -1.0) * ndtri_exp(target)
    cube = 1 - (spread / (3 * mean)) ** 2 + z * spread / (3 * mean)
    by_power = (jnp.where(lower, target, -math.log(2)) + lax.lgamma(order + 1)) / order
    by_normal = jnp.log(mean) + 3 * jnp.log(jnp.maximum(cube, 1e-3))
    low = by_power - 0.5  # of the upper half too: the median's is no lower
    high = jnp.log(mean + spread * jnp.sqrt(-8 * target + 1) - 8 * target + 8)
    u = bracketed_newton(log_tail, target, jnp.clip(by_normal, low, high), low, high)
    at_ends = jnp.where(p == 0, 0.0, jnp.where(p == 1, jnp.inf, jnp.nan))
    return jnp.where(inside, jnp.exp(u), at_ends)


def _noncentral_gamma_inverse_jvp(primals, tangents):
    order, x, p = primals
    t = noncentral_gamma_inverse(*primals)
    inside = (p > 0) & (p < 1) & (t > 0)
    safe = jnp.where(inside, t, 1.0)
    change = noncentral_gamma_tangent(order, x, safe, *tangents[:2])
    if not isinstance(tangents[2], SymbolicZero):
        change = change + tangents[2] * jnp.exp(-noncentral_gamma_log_density(order, x, safe))
    return t, jnp.where(inside, change, 0.0)


noncentral_gamma_inverse.defjvp(_noncentral_gamma_inverse_jvp, symbolic_zeros=True)
