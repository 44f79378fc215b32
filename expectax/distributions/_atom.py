"""The distribution function of one atom, NaN where its place is."""

import jax.numpy as jnp

from .._typing import Array


def mass_up_to(x: Array, place: Array) -> Array:
    """P(X <= x)."""
    return _known(place, (x >= place).astype(x.dtype))


def log_mass_up_to(x: Array, place: Array) -> Array:
    """log P(X <= x)."""
    return _known(place, jnp.where(x >= place, 0.0, -jnp.inf).astype(x.dtype))


def log_mass_above(x: Array, place: Array) -> Array:
    """log P(X > x)."""
    return _known(place, jnp.where(x >= place, -jnp.inf, 0.0).astype(x.dtype))


def _known(place: Array, result: Array) -> Array:
    return jnp.where(jnp.isnan(place), jnp.nan, result)
