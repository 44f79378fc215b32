"""Tails, quantile and entropy of Skellam's law through the non-central gamma law."""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._gamma import HALF_LOG_2PI
from ._marcum_q import log_noncentral_gamma
from ._skellam import log_skellam_kernel


def skellam_log_tails(k: Array, rate1: Array, rate2: Array) -> tuple[Array, Array]:
    """(log P(X <= k), log P(X > k)) for whole k; Johnson (1959).

    For k >= 0, N₁ <= N₂ + k if and only if the (N₂ + k + 1)-th event of a unit process comes after λ₁: that time has
    the non-central gamma law of order k + 1. For k < 0 the roles change.
    """
    finite = jnp.abs(k) < jnp.inf
    whole = jnp.where(finite, k, 0.0)
    up = whole >= 0
    order = jnp.where(up, whole + 1, -whole)
    moved, fixed = jnp.where(up, rate1, rate2), jnp.where(up, rate2, rate1)
    below, above = log_noncentral_gamma(order, fixed, moved, from_one=True)
    log_cdf, log_sf = jnp.where(up, above, below), jnp.where(up, below, above)
    ends = [jnp.where(jnp.isnan(k), jnp.nan, jnp.where(at_end, -jnp.inf, 0.0)) for at_end in (k < 0, k > 0)]
    return jnp.where(finite, log_cdf, ends[0]), jnp.where(finite, log_sf, ends[1])


@jax.custom_jvp
def skellam_quantile(rate1: Array, rate2: Array, p: Array) -> Array:
    """The smallest k with P(X <= k) >= p, up to the rounding of both, as a float: bisection between Bernstein's bounds."""
    slack = 8 * float(jnp.finfo(p.dtype).eps)
    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, p, 0.5)
    mean, variance = rate1 - rate2, rate1 + rate2

    def bound(surprise):
        return surprise + jnp.sqrt(2 * variance * surprise) + 2

    low = jnp.floor(mean - bound(-jnp.log(safe)))
    high = jnp.ceil(mean + bound(-jnp.log1p(-safe)))

    def middle(low, high):
        return jnp.floor(low + 0.5 * (high - low))

    def unfinished(state):
        m = middle(*state)
        return ((m > state[0]) & (m < state[1])).any()

    def halve(state):
        low, high = state
        m = middle(low, high)
        enough = (1 + slack) * jnp.exp(skellam_log_tails(m, rate1, rate2)[0]) >= safe
        between = (m > low) & (m < high)
        return jnp.where(between & ~enough, m, low), jnp.where(between & enough, m, high)

    count = lax.while_loop(unfinished, halve, (low, high))[1]
    lowest = jnp.where(rate2 > 0, -jnp.inf, 0.0)
    highest = jnp.where(rate1 > 0, jnp.inf, 0.0)
    count = jnp.where(inside, count, jnp.where(p == 0, lowest, highest))
    return jnp.where(jnp.isnan(mean) | jnp.isnan(p), jnp.nan, count)


@skellam_quantile.defjvp
def _skellam_quantile_jvp(primals, tangents):
    count = skellam_quantile(*primals)
    return count, jnp.zeros_like(count)  # steps


def skellam_entropy(rate1: Array, rate2: Array) -> Array:
    """-Σ p log p to a few ulp.

    Up to a variance of 10⁶ the sum over every m-th integer, m = max(1, ⌊σ/8⌋), within 160 m of the mean: by Poisson's
    summation formula that is the whole sum over m, up to e^(-2π² 64). Above, ½ log(2πeσ²) - γ²/12 with the skewness γ
    of the Edgeworth expansion.
    """
    mean, variance = rate1 - rate2, rate1 + rate2
    large = variance > 1e6
    few1, few2 = jnp.where(large, 1.0, rate1), jnp.where(large, 1.0, rate2)
    step = jnp.floor(0.125 * jnp.sqrt(few1 + few2))
    step = jnp.where(step < 1, 1.0, step)
    centre = jnp.round(few1 - few2)

    def add(j, total):
        k = centre + (lax.convert_element_type(j, mean.dtype) - 160) * step
        up = k >= 0
        log_p = log_skellam_kernel(jnp.abs(k), jnp.where(up, few1, few2), jnp.where(up, few2, few1))
        possible = log_p > -jnp.inf
        log_p = jnp.where(possible, log_p, 0.0)
        return total - jnp.where(possible, jnp.exp(log_p) * log_p, 0.0)

    by_sum = step * lax.fori_loop(0, 321, add, jnp.zeros_like(mean))
    much = jnp.where(large, variance, 1.0)
    skewness = mean / much / jnp.sqrt(much)
    by_series = 0.5 + HALF_LOG_2PI + 0.5 * jnp.log(much) - skewness * skewness / 12
    return jnp.where(large, by_series, by_sum)
