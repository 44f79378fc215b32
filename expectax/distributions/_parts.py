"""Parameters and moments of distributions that become parts of a larger event."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array


def with_axes(dist: Any, count: int) -> Any:
    """The distribution with `count` axes of size 1 between the batch axes of its parameters and their own."""
    leaves, structure = jax.tree.flatten(dist)
    places = [jnp.ndim(v) - p.rank for v, p in zip(leaves, dist._parameters(), strict=True)]
    if not any(place > 0 for place in places) and not any(p.rank for p in dist._parameters()):
        return dist
    return structure.unflatten(
        [jnp.expand_dims(v, tuple(range(max(n, 0), max(n, 0) + count))) for v, n in zip(leaves, places, strict=True)]
    )


def covariance_of(dist: Any) -> Array:
    """That of one event as a square matrix, of a scalar too."""
    size = math.prod(dist.event_shape)
    return dist._batched("_covariance" if dist.event_shape else "_variance").reshape(size, size)
