"""A loss, a gradient of it and the point at which they meet, with all differentiated entries as one vector."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from .._compat import is_key
from .._errors import not_float
from . import _errors

_ROUNDING = 1e-5
"""Relative error that single precision may make in a gradient."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """A loss, a gradient of it, and the point at which they meet."""

    fn: Callable
    gradient: Callable
    args: tuple
    positions: tuple[int, ...]
    key_position: int

    def checked(self) -> "Problem":
        """The same, if there is something to differentiate and all of it is floating.

        Raises:
            ArgumentError: it is not.
        """
        leaves = list(self._leaves())
        for name, leaf in leaves:
            dtype = jnp.result_type(leaf)
            if not jnp.issubdtype(dtype, jnp.floating):
                raise not_float(name, dtype)
        if not sum(np.size(leaf) for _, leaf in leaves):
            raise _errors.nothing_to_differentiate(self.positions)
        return self

    @property
    def rounding(self) -> float:
        """Relative error that the coarsest of the differentiated types may make."""
        half = (float(jnp.finfo(d).eps) for _, v in self._leaves() if (d := jnp.result_type(v)).itemsize < 4)
        return max(half, default=_ROUNDING)

    def in_single(self) -> "Problem":
        """The same with half precision made single."""
        args = list(self.args)
        for position in self.positions:
            args[position] = jax.tree.map(_single, args[position])
        return dataclasses.replace(self, args=tuple(args))

    @property
    def start(self) -> tuple[jax.Array, Callable]:
        """All differentiated entries as one vector, and the way back."""
        floats = [jax.tree.map(jnp.asarray, self.args[p]) for p in self.positions]
        return ravel_pytree(tuple(floats))

    def keys(self, number: int, count: int) -> Any:
        key = self.args[self.key_position]
        typed = key if is_key(key) else jax.random.wrap_key_data(key)
        return jax.random.split(jax.random.fold_in(typed, number), count)

    def at(self, fn: Callable, moved: tuple, key: Any) -> Any:
        """`fn` at other differentiated arguments and another key."""
        args = list(self.args)
        for position, value in zip(self.positions, moved, strict=True):
            args[position] = value
        old = self.args[self.key_position]
        args[self.key_position] = key if is_key(old) else jax.random.key_data(key)
        return fn(*args)

    def flat_gradient(self, gradient: Callable, key: Any) -> jax.Array:
        """The gradient as one vector."""
        vector, back = self.start
        moved = back(vector)
        found = self.at(gradient, moved, key)
        found = found if len(self.positions) > 1 else (found,)
        if jax.tree.structure(found) != jax.tree.structure(moved):
            raise _errors.bad_gradient(jax.tree.structure(found), jax.tree.structure(moved))
        shapes = [[np.shape(v) for v in jax.tree.leaves(tree)] for tree in (found, moved)]
        for (name, _), came, expected in zip(self._leaves(), *shapes, strict=True):
            if came != expected:
                raise _errors.bad_gradient_shape(name, came, expected)
        return ravel_pytree(found)[0]

    def names(self) -> list[str]:
        """Of all entries."""
        entries = ((place, i) for place, leaf in self._leaves() for i in np.ndindex(np.shape(leaf)))
        return [f"{place}{list(i) if i else ''}" for place, i in entries]

    def _leaves(self) -> Iterator[tuple[str, Any]]:
        """Name and value of each differentiated leaf."""
        for position in self.positions:
            for path, leaf in jax.tree_util.tree_flatten_with_path(self.args[position])[0]:
                yield f"argument {position}{jax.tree_util.keystr(path)}", leaf


def _single(leaf: Any) -> Any:
    return jnp.asarray(leaf, jnp.float32) if jnp.result_type(leaf).itemsize < 4 else leaf
