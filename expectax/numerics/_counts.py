"""A first guess of a count distribution's quantile."""

import jax.numpy as jnp

from .._typing import Array
from ._normal import ndtri


def normal_guess(p: Array, mean: Array, variance: Array, skewness: Array) -> tuple[Array, Array]:
    """(guess, slack) by Cornish & Fisher's first terms, mean + σ (z + (z² - 1) γ/6)."""
    z = ndtri(jnp.clip(p, jnp.finfo(p.dtype).tiny, 1 - jnp.finfo(p.dtype).eps / 2))
    deviation = jnp.sqrt(variance)
    guess = mean + deviation * (z + (z * z - 1) * skewness / 6)
    slack = 2 + deviation * skewness * skewness * (1 + jnp.abs(z) ** 3) + 8 * jnp.finfo(p.dtype).eps * mean
    return jnp.where(jnp.isfinite(guess), guess, 0.0), jnp.where(jnp.isfinite(slack), slack, 1.0)
