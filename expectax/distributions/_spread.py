"""What the laws of Student share: the random factor that makes a normal variate one of theirs."""

import math

import jax.numpy as jnp

from .. import random
from .._typing import Array, Key, Shape


def spread(key: Key, df: Array, shape: Shape) -> Array:
    """√(ν/2 / G), G ~ Gamma(ν/2, 1), formed in log space; 1 at ν = inf. Pathwise in ν."""
    normal = df == jnp.inf
    half = 0.5 * jnp.where(normal, 1.0, df)
    log_spread = 0.5 * (jnp.log(half) - random.gamma(key, half, shape)[1])
    # heavy tails overflow: a spread within e⁻¹⁰ of the largest number is cut there, so that draws stay finite
    top = math.log(jnp.finfo(df.dtype).max) - 10
    return jnp.exp(jnp.where(normal, 0.0, jnp.minimum(log_spread, top)))
