"""The inverse of the incomplete gamma function, in u = log x, whose density is log-concave."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .._typing import Array
from ._gamma import log_gamma_kernel
from ._incomplete_gamma import log_gammainc, log_gammaincc, log_smaller_tail
from ._inverse import implicit_tangent, newton
from ._log import log1mexp, log1p


@jax.custom_jvp
def gammainc_inverse(a: Array, p: Array) -> Array:
    """x with P(a, x) = p, for a > 0 and p in [0, 1]: a few ulp times the condition number p/(x f)."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5

    def log_tail(u):
        x = jnp.exp(u)
        tail, is_upper = log_smaller_tail(a, x, u)
        wanted = is_upper != lower
        value = jnp.where(wanted, tail, log1mexp(jnp.where(wanted, -1.0, tail)))
        tiny = jnp.finfo(x.dtype).tiny
        kernel = jnp.where(x < tiny, a * u - lax.lgamma(a), log_gamma_kernel(a, jnp.maximum(x, tiny)))
        slope = jnp.exp(kernel - value)
        return value, jnp.where(lower, slope, -slope)

    target = jnp.where(lower, jnp.log(q), log1p(-q))
    u = newton(log_tail, target, _gamma_start(a, q, target))
    return jnp.where(inside, jnp.exp(u), jnp.where(p == 0, 0.0, jnp.where(p == 1, jnp.inf, jnp.nan)))


def _gamma_start(a: Array, p: Array, log_tail: Array) -> Array:
    """log x by Wilson & Hilferty (1931) from a = 1 on; else a bound: P <= x^a/Γ(a + 1) or Chernoff's."""
    z = special.ndtri(p)
    root = jnp.sqrt(a)
    cube = 1 - 1 / (9 * a) + z / (3 * root)
    by_normal = jnp.log(a) + 3 * jnp.log(jnp.maximum(cube, 0.05))
    by_power = (log_tail + lax.lgamma(a + 1)) / a
    by_chernoff = jnp.log(a + jnp.sqrt(-2 * a * log_tail) - log_tail)
    small = jnp.where(p < 0.5, by_power, by_chernoff)
    return jnp.where((a < 1) | (cube < 0.05), small, by_normal)


@gammainc_inverse.defjvp
def _gammainc_inverse_jvp(primals, tangents):
    a, p = primals
    x = gammainc_inverse(a, p)
    return x, implicit_tangent(
        lambda x, a: log_gammainc(a, x), lambda x, a: log_gammaincc(a, x), x, (a,), p, tangents[:1], tangents[1]
    )
