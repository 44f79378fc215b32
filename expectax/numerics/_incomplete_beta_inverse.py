"""The inverse of the incomplete beta function, in the log-odds, whose density is log-concave."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._gamma import log_beta
from ._incomplete_beta import log_betainc, log_tail_and_slope
from ._inverse import halley, implicit_tangent
from ._log import log1p
from ._normal import ndtri_exp


@jax.custom_jvp
def betainc_inverse(a: Array, b: Array, p: Array) -> Array:
    """x with I_x(a, b) = p, for a, b > 0 and p in [0, 1]: relative accuracy near both 0 and (in 1 - x) 1."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5
    own, other = jnp.where(lower, a, b), jnp.where(lower, b, a)
    target = jnp.where(lower, jnp.log(q), log1p(-q))

    def log_tail(t):
        x, y = jax.nn.sigmoid(t), jax.nn.sigmoid(-t)
        value, log_slope = log_tail_and_slope(own, other, x, y)
        slope = jnp.exp(log_slope)
        return value, slope, own * y - other * x - slope

    by_power = (target + jnp.log(own) + log_beta(own, other)) / own  # I_x <= e^(a t)/(a B)
    start = jnp.where(jnp.minimum(a, b) < 1, by_power, _start_by_normal(own, other, target))
    t = halley(log_tail, target, start)
    return jnp.where(
        inside, jax.nn.sigmoid(jnp.where(lower, t, -t)), jnp.where(p == 0, 0.0, jnp.where(p == 1, 1.0, jnp.nan))
    )


def _start_by_normal(a: Array, b: Array, log_p: Array) -> Array:
    """The log-odds by Cochran's approximation of Fisher's z, for a, b >= 1 (A&S 26.5.22)."""
    y = -ndtri_exp(log_p)
    alpha, beta = 1 / (2 * a - 1), 1 / (2 * b - 1)
    h, spread = 2 / (alpha + beta), (y * y - 3) / 6
    w = y * jnp.sqrt(jnp.maximum(h + spread, 0.0)) / h - (beta - alpha) * (spread + 5 / 6 - 2 / (3 * h))
    return jnp.log(a / b) - 2 * w


def _betainc_inverse_jvp(primals, tangents):
    a, b, p = primals
    x = betainc_inverse(a, b, p)
    lower = p < 0.5

    def log_tail(x, a, b):
        own, other = jnp.where(lower, a, b), jnp.where(lower, b, a)
        return log_betainc(own, other, jnp.where(lower, x, 1 - x), jnp.where(lower, 1 - x, x))

    return x, implicit_tangent(log_tail, x, (a, b), p, tangents)


betainc_inverse.defjvp(_betainc_inverse_jvp, symbolic_zeros=True)
