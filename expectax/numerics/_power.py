"""Powers of a quotient (x/y)^k, as in Weibull's and the generalised normal's densities, with u = k log(x/y)."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._log import log_ratio


@jax.custom_jvp
def exp_gap(u: Array) -> Array:
    """u - eᵘ, -inf at inf, with the derivative -expm1(u), which keeps its digits near the maximum at u = 0."""
    return jnp.where(u == jnp.inf, -jnp.inf, u - jnp.exp(u))


@exp_gap.defjvp
def _exp_gap_jvp(primals, tangents):
    return exp_gap(*primals), -expm1(primals[0]) * tangents[0]


@jax.custom_jvp
def power_gap(x: Array, y: Array, k: Array) -> Array:
    """u - eᵘ with u = k log(x/y), for positive x, y, k; derivatives are finite where eᵘ overflows and they do not."""
    return exp_gap(k * log_ratio(x, y))


@power_gap.defjvp
def _power_gap_jvp(primals, tangents):
    x, y, k = primals
    log_x = log_ratio(x, y)
    u = k * log_x
    gap = expm1(u)
    by_x, by_y = (k * _over(gap, gap < jnp.inf, u, v) for v in (x, y))
    change = by_y * tangents[1] - by_x * tangents[0] - log_x * expm1(u) * tangents[2]
    return power_gap(x, y, k), change


@jax.custom_jvp
def power_ratio(x: Array, y: Array, k: Array) -> Array:
    """(x/y)^k for positive x, y, k, to a few ulp of max(1, |u|) times the result; derivatives as of `power_gap`."""
    return jnp.exp(k * log_ratio(x, y))


@power_ratio.defjvp
def _power_ratio_jvp(primals, tangents):
    x, y, k = primals
    log_x = log_ratio(x, y)
    power = power_ratio(x, y, k)
    whole = (power >= jnp.finfo(power.dtype).tiny) & (power < jnp.inf)
    by_x, by_y = (k * _over(power, whole, k * log_x, v) for v in (x, y))
    return power, by_x * tangents[0] - by_y * tangents[1] + log_x * power * tangents[2]


def _over(power: Array, whole: Array, u: Array, v: Array) -> Array:
    """power/v where it is whole; else eᵘ/v, whose numerator alone over- or underflows."""
    return jnp.where(whole, jnp.where(whole, power, 1.0) / v, jnp.exp(u - jnp.log(v)))
