"""Derivatives of elementwise functions that contain loops."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array

Elementwise = Callable[..., Array]


def by_forward_mode(fn: Elementwise, known: Mapping[int, Elementwise] | None = None) -> Elementwise:
    """An elementwise function whose partial derivatives are taken by `jax.jvp`, whatever is differentiated outside.

    A `while` loop has no reverse mode, but the partial derivatives of an elementwise function are arrays that forward
    mode computes; with these as coefficients the function is linear in its tangents. The coefficients are such
    functions again, so every order of derivative, in either mode, is there. The value and the partial derivatives that
    are asked for come from one loop.

    Args:
        fn: of arrays of one shape; the result may have axes before theirs.
        known: partial derivatives in closed form, by the argument's position, as functions of (value, *arguments).
    """
    known = known or {}

    @jax.custom_jvp
    def wrapped(*args: Array) -> Array:
        return _batch_axes_in_front(fn(*args))

    def rule(primals, tangents):
        moving = [i for i, t in enumerate(tangents) if not isinstance(t, SymbolicZero)]
        looked_for = tuple(i for i in moving if i not in known)
        rows = by_forward_mode(
            with_partials(fn, looked_for), {i: _known_rows(of, looked_for) for i, of in known.items()}
        )(*primals)
        change = jnp.zeros_like(rows[0])
        for i in moving:
            partial = known[i](rows[0], *primals) if i in known else rows[1 + looked_for.index(i)]
            change = change + partial * jnp.broadcast_to(tangents[i], partial.shape)
        return rows[0], change

    wrapped.defjvp(rule, symbolic_zeros=True)
    return wrapped


def _batch_axes_in_front(x: Array) -> Array:
    """An identity after which the axes that `vmap` adds are the first: inside a `jit`, JAX confuses them if value and rule differ."""
    return lax.reshape(lax.reshape(x, (1, *x.shape)), x.shape)


def with_partials(fn: Elementwise, arguments: tuple[int, ...]) -> Elementwise:
    """The function whose rows are the values of an elementwise `fn` and its derivatives in the arguments named."""

    def rows(*args: Array) -> Array:
        def along(direction: Array) -> tuple[Array, Array]:
            moving = tuple(args[i] for i in arguments)
            tangents = tuple(jnp.ones_like(x) * weight for x, weight in zip(moving, direction, strict=True))
            return jax.jvp(lambda *moving: fn(*_replaced(args, arguments, moving)), moving, tangents)

        if not arguments:
            return fn(*args)[None]
        value, partials = jax.vmap(along, out_axes=(None, 0))(jnp.eye(len(arguments), dtype=args[0].dtype))
        return jnp.concatenate([value[None], partials])

    return rows


def _known_rows(of: Elementwise, arguments: tuple[int, ...]) -> Elementwise:
    """A known partial derivative of the rows of `with_partials`, from that of their function."""

    def rows(values: Array, *args: Array) -> Array:
        out = [of(values[0], *args)]
        for i, slope in zip(arguments, values[1:], strict=True):
            along = lambda value, x, i=i: of(value, *_replaced(args, (i,), (x,)))  # noqa: E731
            out.append(jax.jvp(along, (values[0], args[i]), (slope, jnp.ones_like(args[i])))[1])
        return jnp.stack(out)

    return rows


def _replaced(args: tuple, positions: tuple[int, ...], others: tuple) -> list:
    given = dict(zip(positions, others, strict=True))
    return [given.get(i, x) for i, x in enumerate(args)]
