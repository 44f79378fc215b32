"""Quantiles of count families whose distribution function has no inverse in closed form."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ..numerics import normal_guess


@jax.custom_jvp
def count_quantile(dist: Any, p: Array, skewness: Array, top: Array) -> Array:
    """The smallest k with cdf(k) >= p, judged by the upper tail beyond ½, up to the rounding of the tails.

    From a guess in doubling steps until both sides are known, then by bisection: about 2 log₂(error of the guess)
    evaluations of a tail, at one place in the program, because tails compile long.

    Args:
        dist: a family over 0, 1, 2, ... with `_log_tail(k, upper)`, `_mean` and `_variance`.
        p: in [0, 1].
        skewness: about that of the distribution; it only shortens the search.
        top: the quantile of 1.
    """
    mean, variance, eps = dist._mean(), dist._variance(), float(jnp.finfo(p.dtype).eps)
    proper = (mean >= 0) & (mean <= top) & (variance >= 0)
    inside = (p > 0) & (p < 1) & proper & (variance > 0) & (variance < jnp.inf)
    given = jnp.where(inside, p, 0.5)
    upper = given > 0.5

    def enough(k):
        tail = jnp.exp(dist._log_tail(k, upper))
        return jnp.where(upper, (1 - 4 * eps) * tail <= 1 - given, (1 + 4 * eps) * tail >= given)

    guess, slack = normal_guess(given, mean, jnp.where(inside, variance, 1.0), skewness)
    start = jnp.where(inside & (guess > 0), jnp.floor(guess), 0.0)
    count = search(enough, start, jnp.ceil(slack), inside)
    at_ends = jnp.where(p == 0, 0.0, jnp.where(variance == 0, mean, top))
    return jnp.where(proper, jnp.where(inside, count, at_ends), jnp.nan)


@count_quantile.defjvp
def _count_quantile_jvp(primals, _):
    count = count_quantile(*primals)
    return count, jnp.zeros_like(count)  # steps


def search(enough: Any, probe: Array, width: Array, wanted: Array) -> Array:
    """The smallest k >= 0 with enough(k) where `wanted`; low is not enough, high is (or infinity: not yet known)."""
    far = 0.1 * float(jnp.finfo(probe.dtype).max)

    def middle(low, high):
        return jnp.floor(low + 0.5 * (high - low))

    def unfinished(state):
        low, high, probe, _ = state
        return ((probe > low) & (probe < high)).any()

    def step(state):
        low, high, probe, width = state
        open_ = (probe > low) & (probe < high)
        found = enough(probe)
        low, high = jnp.where(open_ & ~found, probe, low), jnp.where(open_ & found, probe, high)
        further = jnp.where(high < jnp.inf, high - width, low + width)
        between = (low >= 0) & (high < jnp.inf) | (further <= low)
        probe = jnp.where(between, middle(low, high), further)
        return low, jnp.where(probe < far, high, jnp.inf), jnp.where(probe < far, probe, jnp.inf), 2 * width

    high = jnp.where(wanted, jnp.inf, jnp.zeros_like(probe))
    start = (jnp.full_like(probe, -1.0), high, probe, width + jnp.zeros_like(probe))
    return lax.while_loop(unfinished, step, start)[1]
