"""Quantiles of mixtures of continuous scalars, between the least and the greatest of the components' own."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._mixture_path import path_tangent

_ROUNDS = 200


@jax.custom_jvp
def mixture_quantile(mixture: Any, p: Array) -> Array:
    """x with F(x) = p, judged by the upper tail beyond ½.

    Newton's method on the logarithm of a tail, kept in the bracket; where its steps do not halve, bisection.
    """
    own = mixture._each("_masked_quantile", p)
    live = mixture.mixing._p() > 0
    low, high = jnp.where(live, own, jnp.inf).min(0), jnp.where(live, own, -jnp.inf).max(0)
    inside = (p > 0) & (p < 1) & (low < high)
    x = _solve(mixture, jnp.where(inside, p, 0.5), jnp.where(inside, low, 0.0), jnp.where(inside, high, 0.0))
    at_ends = jnp.where(p < 0.5, low, high)
    return jnp.where(jnp.isnan(own).any(), jnp.nan, jnp.where(inside, x, at_ends))


@mixture_quantile.defjvp
def _mixture_quantile_jvp(primals, tangents):
    (mixture, p), (dmixture, dp) = primals, tangents
    x = mixture_quantile(mixture, p)
    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, x, mixture.support.interior(x))
    slope = path_tangent(mixture, safe, dmixture) + dp * jnp.exp(-mixture._log_prob(safe))
    return x, jnp.where(inside, slope, 0.0)


def _solve(mixture: Any, p: Array, low: Array, high: Array) -> Array:
    upper = p > 0.5
    target = jnp.where(upper, jnp.log1p(-p), jnp.log(p))
    eps = jnp.finfo(p.dtype).eps

    def unfinished(state):
        count, *_, done = state
        return (count < _ROUNDS) & ~done.all()

    def step(state):
        count, x, low, high, last, done = state
        tail = jnp.where(upper, mixture._masked_log_sf(x), mixture._masked_log_cdf(x))
        excess = jnp.where(upper, target - tail, tail - target)  # of F over p, in logarithms: rises with x
        low, high = jnp.where(excess < 0, x, low), jnp.where(excess < 0, high, x)
        newton = x - excess * jnp.exp(tail - mixture._log_prob(x))
        good = (newton > low) & (newton < high) & (abs(newton - x) < 0.5 * last)
        new = jnp.where(good, newton, 0.5 * low + 0.5 * high)
        moved = abs(new - x)
        settled = (excess == 0) | (moved <= 2 * eps * abs(new)) | (new == low) | (new == high)
        return count + 1, jnp.where(done | (excess == 0), x, new), low, high, moved, done | settled

    start = 0.5 * low + 0.5 * high
    return lax.while_loop(unfinished, step, (0, start, low, high, high - low, low == high))[1]
