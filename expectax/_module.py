"""Frozen dataclasses that are pytrees: arrays are leaves, hashable structure is metadata.

Unflattening never runs the constructor. JAX fills pytrees with tracers, gradients and sentinels, and validation
has no business there: a gradient with respect to a `Normal` is a `Normal` whose `scale` may well be negative.
"""

import dataclasses
from typing import Any, Self, dataclass_transform

import jax
import numpy as np
from jax.core import Tracer

_STATIC = "expectax_static"


def static(**kwargs: Any) -> Any:
    """A field that is hashable structure (part of the treedef), not an array."""
    return dataclasses.field(metadata={_STATIC: True}, **kwargs)


def _register(cls: type) -> None:
    fields = dataclasses.fields(cls)
    leaves = tuple(f.name for f in fields if not f.metadata.get(_STATIC, False))
    metas = tuple(f.name for f in fields if f.metadata.get(_STATIC, False))
    keys = tuple(jax.tree_util.GetAttrKey(name) for name in leaves)

    def flatten(obj):
        return [getattr(obj, n) for n in leaves], tuple(getattr(obj, n) for n in metas)

    def flatten_with_keys(obj):
        return [(k, getattr(obj, n)) for k, n in zip(keys, leaves, strict=True)], tuple(getattr(obj, n) for n in metas)

    def unflatten(meta, children):
        obj = object.__new__(cls)
        obj.__dict__.update(zip(leaves, children, strict=True))
        obj.__dict__.update(zip(metas, meta, strict=True))
        return obj

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, static))
class Module:
    """Base of every value that holds arrays; a subclass becomes a frozen dataclass and a pytree by being defined."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not dataclasses.is_dataclass(cls) or "__dataclass_fields__" not in cls.__dict__:
            own_init = "__init__" in cls.__dict__
            dataclasses.dataclass(frozen=True, eq=False, repr=False, init=not own_init)(cls)
        _register(cls)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated as a new value is."""
        return dataclasses.replace(self, **changes)  # pyright: ignore[reportArgumentType, reportReturnType]

    def __eq__(self, other: object) -> bool:
        """Structural: the same family, and leaves that are identical objects or equal concrete arrays."""
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        mine, structure = jax.tree.flatten(self)
        theirs, other_structure = jax.tree.flatten(other)
        return structure == other_structure and all(map(_same_leaf, mine, theirs))

    def __hash__(self) -> int:
        leaves, structure = jax.tree.flatten(self)
        return hash((structure, tuple(np.shape(leaf) for leaf in leaves)))

    def __repr__(self) -> str:
        shown = (
            f"{f.name}={_short(getattr(self, f.name))}"
            for f in dataclasses.fields(self)  # pyright: ignore
            if getattr(self, f.name) is not None
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def _same_leaf(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, Tracer) or isinstance(b, Tracer):
        return False
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and bool(np.array_equal(a, b))


def _short(value: Any) -> str:
    if isinstance(value, jax.Array | np.ndarray) and (np.ndim(value) > 0 or isinstance(value, Tracer)):
        return f"{value.dtype}[{','.join(map(str, value.shape))}]"
    if isinstance(value, jax.Array | np.ndarray | np.generic):
        return f"{value:g}" if np.issubdtype(value.dtype, np.number) else str(value)
    return repr(value)
