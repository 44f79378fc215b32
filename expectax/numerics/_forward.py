"""Derivatives of elementwise functions that contain loops."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._typing import Array


def by_forward_mode(fn: Callable[..., Array]) -> Callable[..., Array]:
    """An elementwise function whose partial derivatives are taken by `jax.jvp`, whatever is differentiated outside.

    A `while` loop has no reverse mode, but the partial derivatives of an elementwise function are arrays that forward
    mode computes; with these as coefficients the function is linear in its tangents. The coefficients are such
    functions again, so every order of derivative, in either mode, is there.
    """

    @jax.custom_jvp
    def wrapped(*args: Array) -> Array:
        return fn(*args)

    @wrapped.defjvp
    def _jvp(primals, tangents):
        tangent = jnp.zeros_like(primals[0])
        for i, t in enumerate(tangents):
            tangent = tangent + by_forward_mode(_partial(fn, i))(*primals) * t
        return wrapped(*primals), tangent

    return wrapped


def _partial(fn: Callable[..., Array], i: int) -> Callable[..., Array]:
    def derivative(*args: Array) -> Array:
        directions = [jnp.ones_like(x) if j == i else jnp.zeros_like(x) for j, x in enumerate(args)]
        return jax.jvp(fn, args, tuple(directions))[1]

    return derivative
