"""The inverse of the incomplete gamma function, in u = log x, whose density is log-concave."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._gamma import log_gamma_kernel
from ._gamma_density import exp_gamma_log_density
from ._incomplete_gamma import is_upper_tail_smaller, log_gamma_slope, log_tail_and_slope
from ._inverse import halley
from ._log import log1mexp, log1p
from ._normal import ndtri_exp


def gammainc_inverse(a: Array, p: Array) -> Array:
    """x with P(a, x) = p, for a > 0 and p in [0, 1]: a few ulp of max(x, |p ∂x/∂p|, |a ∂x/∂a|)."""
    return _inverse(a, p, False)


def gammaincc_inverse(a: Array, q: Array) -> Array:
    """x with Q(a, x) = q, for a > 0 and q in [0, 1]: accurate for small q, as `gammainc_inverse` for small p."""
    return _inverse(a, q, True)


@jax.custom_jvp
def log_gammainc_inverse(a: Array, p: Array) -> Array:
    """log of `gammainc_inverse`, also where that underflows; -inf at p = 0."""
    return _log_inverse(a, p, False)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _inverse(a: Array, p: Array, is_upper_tail: bool) -> Array:
    return jnp.exp(_log_inverse(a, p, is_upper_tail))


def _log_inverse(a: Array, p: Array, is_upper_tail: bool) -> Array:
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    given = jnp.log(q) if not is_upper_tail else log1p(-q)
    log_p, log_q = (given, log1p(-q)) if not is_upper_tail else (given, jnp.log(q))
    lower = (q < 0.5) != is_upper_tail
    target = jnp.where(lower, log_p, log_q)

    def log_tail(u):
        x = jnp.exp(u)
        tail, log_slope = log_tail_and_slope(a, x, u)
        wanted = is_upper_tail_smaller(a, x) != lower
        value = jnp.where(wanted, tail, log1mexp(jnp.where(wanted, -1.0, tail)))
        slope = jnp.where(lower, 1.0, -1.0) * jnp.exp(log_slope + (tail - value))
        return value, slope, a - x - slope

    u = halley(log_tail, target, _gamma_start(a, lower, target))
    at_ends = jnp.where((p == 0) != is_upper_tail, -jnp.inf, jnp.inf)
    return jnp.where(inside, u, jnp.where((p == 0) | (p == 1), at_ends, jnp.nan))


def _gamma_start(a: Array, lower: Array, log_tail: Array) -> Array:
    """log x by Wilson & Hilferty (1931) from a = 1 on; else a bound: P <= x^a/Γ(a + 1) or Chernoff's."""
    z = jnp.where(lower, 1.0, -1.0) * ndtri_exp(log_tail)
    root = jnp.sqrt(a)
    cube = 1 - 1 / (9 * a) + z / (3 * root)
    by_normal = jnp.log(a) + 3 * jnp.log(jnp.maximum(cube, 0.05))
    by_power = (log_tail + lax.lgamma(a + 1)) / a
    by_chernoff = jnp.log(a + jnp.sqrt(-2 * a * log_tail) - log_tail)
    small = jnp.where(lower, by_power, by_chernoff)
    return jnp.where((a < 1) | (cube < 0.05), small, by_normal)


@_inverse.defjvp
def _inverse_jvp(is_upper_tail, primals, tangents):
    # from the logarithm of the smaller tail: dx = (d log F - ∂_a log F da)/∂_x log F
    a, p = primals
    x = _inverse(a, p, is_upper_tail)
    inside = (p > 0) & (p < 1) & (x > 0) & (x < jnp.inf)
    safe = jnp.where(inside, x, 1.0)
    slope = x * log_gamma_slope(a, safe, jnp.log(safe))
    density = jnp.exp(log_gamma_kernel(a, safe)) / safe
    by_p = jnp.where(inside, (-1.0 if is_upper_tail else 1.0) / density, 0.0)
    return x, jnp.where(inside, slope, 0.0) * tangents[0] + by_p * tangents[1]


@log_gammainc_inverse.defjvp
def _log_gammainc_inverse_jvp(primals, tangents):
    a, p = primals
    u = log_gammainc_inverse(a, p)
    inside = jnp.abs(u) < jnp.inf
    safe = jnp.where(inside, u, 0.0)
    slope = log_gamma_slope(a, jnp.exp(safe), safe)
    by_p = jnp.exp(-exp_gamma_log_density(a, safe))
    return u, jnp.where(inside, slope, 0.0) * tangents[0] + jnp.where(inside, by_p, 0.0) * tangents[1]
