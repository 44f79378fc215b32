"""The distribution function of one atom; NaN where the value or the place is."""

import jax.numpy as jnp

from .._typing import Array


def mass_up_to(x: Array, place: Array) -> Array:
    """P(X <= x)."""
    return jnp.where(_known(x, place), (x >= place).astype(x.dtype), jnp.nan)


def log_mass_up_to(x: Array, place: Array) -> Array:
    """log P(X <= x)."""
    return jnp.where(_known(x, place), jnp.where(x >= place, 0.0, -jnp.inf), jnp.nan).astype(x.dtype)


def log_mass_above(x: Array, place: Array) -> Array:
    """log P(X > x)."""
    return jnp.where(_known(x, place), jnp.where(x >= place, -jnp.inf, 0.0), jnp.nan).astype(x.dtype)


def _known(x: Array, place: Array) -> Array:
    return ~(jnp.isnan(x) | jnp.isnan(place))
