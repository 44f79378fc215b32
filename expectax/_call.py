"""A call seen flat: its array leaves are traced, everything else is part of the program."""

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from . import _compat


@dataclasses.dataclass(frozen=True)
class Call:
    """A flat view of one call: array leaves are traced, everything else is part of the program."""

    leaves: tuple[Any, ...]
    names: tuple[str, ...]
    key_leaves: frozenset[int]
    live_leaves: frozenset[int]
    rebuild: Callable[[Sequence[Any]], tuple]


def flatten_call(fn: Callable, args: tuple, key_argnum: int, argnums: tuple[int, ...]) -> Call:
    """Split positional arguments into traced leaves and fixed structure."""
    paths, tree = jax.tree_util.tree_flatten_with_path(args)
    arguments = _argument_names(fn, len(args))
    traced = [i for i, (_, v) in enumerate(paths) if is_array(v)]
    fixed = [v for _, v in paths]

    def rebuild(values: Sequence[Any]) -> tuple:
        merged = list(fixed)
        for i, v in zip(traced, values, strict=True):
            merged[i] = v
        return jax.tree.unflatten(tree, merged)

    owner = [paths[i][0][0].idx for i in traced]
    return Call(
        leaves=tuple(fixed[i] for i in traced),
        names=tuple(_path_name(arguments, paths[i][0]) for i in traced),
        key_leaves=frozenset(n for n, o in enumerate(owner) if o == key_argnum),
        live_leaves=frozenset(n for n, o in enumerate(owner) if o in argnums and _is_float(fixed[traced[n]])),
        rebuild=rebuild,
    )


def is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray | np.generic | float | int | bool | complex)


def _is_float(value: Any) -> bool:
    return not _compat.is_key(value) and jax.numpy.issubdtype(jax.numpy.result_type(value), jax.numpy.inexact)


def _argument_names(fn: Callable, count: int) -> list[str]:
    """The positional parameters' own names, where the function has them."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][:count]
    return named + [f"argument {i}" for i in range(len(named), count)]


def _path_name(arguments: list[str], path: tuple) -> str:
    return arguments[path[0].idx] + jax.tree_util.keystr(path[1:])
