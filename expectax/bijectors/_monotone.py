"""Inverses of monotone maps by root finding; their derivatives are those of the implicit function."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ..numerics import solve_rising
from ..supports import AbstractSupport


def invert_monotone(function: Callable[[Array], Array], y: Array, increases: Any, domain: AbstractSupport) -> Array:
    """x in a set of numbers with function(x) = y, elementwise; sought on the reals that `constrain` maps to the set.

    At y = ±inf an end of the set.
    """
    sign = jnp.where(increases, 1, -1).astype(y.dtype)
    at_end = jnp.isinf(y)
    inner = jnp.where(at_end, 0.0, y)
    free = solve_rising(lambda u: sign * (function(domain.constrain(u)) - inner), jnp.zeros_like(y))
    low, high = domain.bounds
    return jnp.where(at_end, jnp.where(sign * y > 0, high, low), domain.constrain(free))


def invert_triangular(function: Callable[[Array], Array], y: Array) -> Array:
    """The vector x with function(x) = y, where y_i rises with x_i and does not depend on the entries of x behind it."""
    places = jnp.arange(y.shape[0])

    def find(x: Array, i: Array) -> tuple[Array, None]:
        here = places == i

        def balance(u: Array) -> Array:
            return jnp.where(here, function(jnp.where(here, u, x)) - y, 0).sum()

        return jnp.where(here, solve_rising(balance, jnp.zeros((), y.dtype)), x), None

    return lax.scan(find, jnp.zeros_like(y), places)[0]
