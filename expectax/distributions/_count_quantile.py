"""Quantiles of count families whose distribution function has no inverse in closed form."""

from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array
from ..numerics import normal_guess, smallest_count


@jax.custom_jvp
def count_quantile(dist: Any, p: Array, skewness: Array, top: Array) -> Array:
    """The smallest k with cdf(k) >= p; beyond ½ also judged by the upper tail, which has more digits there.

    Args:
        dist: a family with `_cdf`, `_sf`, `_mean` and `_variance`, over 0, 1, 2, ...
        p: in [0, 1].
        skewness: about that of the distribution; it only shortens the search.
        top: the quantile of 1.
    """
    mean, variance = dist._mean(), dist._variance()
    inside = (p > 0) & (p < 1) & (variance > 0)
    given = jnp.where(inside, p, 0.5)

    def enough(k):
        return (dist._cdf(k) >= given) | ((given > 0.5) & (dist._sf(k) <= 1 - given))

    count = smallest_count(enough, *normal_guess(given, mean, jnp.where(variance > 0, variance, 1.0), skewness))
    at_ends = jnp.where(p == 0, 0.0, jnp.where(variance == 0, mean, top))
    return jnp.where(jnp.isnan(mean), jnp.nan, jnp.where(inside, count, at_ends))


@count_quantile.defjvp
def _count_quantile_jvp(primals, _):
    count = count_quantile(*primals)
    return count, jnp.zeros_like(count)  # steps
