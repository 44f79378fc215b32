"""The inverse of the incomplete beta function, in the log-odds, whose density is log-concave."""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._incomplete_beta import log_betainc, log_tail_and_slope
from ._incomplete_beta_start import beta_start
from ._inverse import halley, implicit_tangent
from ._log import log1p


@jax.custom_jvp
def betainc_inverse(a: Array, b: Array, p: Array) -> Array:
    """x with I_x(a, b) = p, for a, b > 0 and p in [0, 1]: relative accuracy near both 0 and (in 1 - x) 1."""
    inside = (p > 0) & (p < 1)
    q = jnp.where(inside, p, 0.5)
    lower = q < 0.5
    start = beta_start(a, b, q)
    start = jnp.where(lower, start, -start)
    # beyond the format's range a power is all there is: exact, and no digits to search with
    settled = jnp.abs(start) > -0.95 * math.log(jnp.finfo(q.dtype).tiny)
    own, other = (jnp.where(settled, 1.0, v) for v in (jnp.where(lower, a, b), jnp.where(lower, b, a)))
    target = jnp.where(settled, -math.log(2.0), jnp.where(lower, jnp.log(q), log1p(-q)))

    def log_tail(t):
        x, y = jax.nn.sigmoid(t), jax.nn.sigmoid(-t)
        value, log_slope = log_tail_and_slope(own, other, x, y)
        slope = jnp.exp(log_slope)
        return value, slope, own * y - other * x - slope

    t = jnp.where(settled, start, halley(log_tail, target, jnp.where(settled, 0.0, start)))
    return jnp.where(
        inside, jax.nn.sigmoid(jnp.where(lower, t, -t)), jnp.where(p == 0, 0.0, jnp.where(p == 1, 1.0, jnp.nan))
    )


def _betainc_inverse_jvp(primals, tangents):
    a, b, p = primals
    x = betainc_inverse(a, b, p)
    lower = p < 0.5

    def log_tail(x, a, b):
        own, other = jnp.where(lower, a, b), jnp.where(lower, b, a)
        return log_betainc(own, other, jnp.where(lower, x, 1 - x), jnp.where(lower, 1 - x, x))

    return x, implicit_tangent(log_tail, x, (a, b), p, tangents)


betainc_inverse.defjvp(_betainc_inverse_jvp, symbolic_zeros=True)
