"""The end μ - σ/ξ of the support of laws with a tail index ξ: an upper end for ξ < 0, a lower one for ξ > 0."""

import jax.numpy as jnp

from .._typing import Array


def tail_end(loc: Array, scale: Array, xi: Array, *, upper: bool) -> Array:
    """The upper (or the lower) end, infinite where there is none."""
    loc, scale, xi = jnp.broadcast_arrays(loc, scale, xi)
    bounded = (xi < 0) if upper else (xi > 0)
    # a NaN in the parameters stays one
    return jnp.where(
        bounded, loc - scale / jnp.where(bounded, xi, 1.0), loc + scale + xi + (jnp.inf if upper else -jnp.inf)
    )


def below_end(z: Array, xi: Array) -> Array:
    """Whether 1 + ξz > 0, the values whose logarithm is finite; a NaN passes, to show in the result."""
    return ~((1 + xi * z <= 0) | (jnp.abs(z) == jnp.inf))


def density_at_end(xi: Array) -> Array:
    """log of a density that vanishes at the end as (1 + ξz)^(-1-1/ξ), ξ < 0: 1 there at ξ = -1."""
    return jnp.where(xi == -1, 0.0, jnp.where(xi < -1, jnp.inf, jnp.where(jnp.isnan(xi), jnp.nan, -jnp.inf)))
