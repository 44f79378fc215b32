"""A path by its first value and its steps."""

import jax.numpy as jnp

from .._typing import Array


def from_steps(first: Array, steps: Array) -> Array:
    """(x, x + s_1, x + s_1 + s_2, ...) along the last axis; `first` holds x in an axis of size 1."""
    return jnp.concatenate([first, first + jnp.cumsum(steps, -1)], -1)
