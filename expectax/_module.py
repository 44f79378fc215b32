"""Frozen dataclasses that are pytrees: arrays are leaves, hashable structure is metadata.

One constructor serves all classes: the one that `dataclasses` would write and compile for each of some three hundred took
half the time of importing the library. Unflattening never runs it. JAX fills pytrees with tracers, gradients and sentinels, and validation
has no business there: a gradient with respect to a `Normal` is a `Normal` whose `scale` may well be negative.
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn, Self, dataclass_transform

import jax
import numpy as np
from jax.core import Tracer

_STATIC = "expectax_static"


def static(**kwargs: Any) -> Any:
    """A field that is hashable structure (part of the treedef), not an array."""
    return dataclasses.field(metadata={_STATIC: True}, **kwargs)


def _constructor(cls: Any) -> Callable:
    """`__init__` of a class by its fields."""
    fields = [f for f in dataclasses.fields(cls) if f.init]
    names, positional = frozenset(f.name for f in fields), tuple(f.name for f in fields if not f.kw_only)
    defaults = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}

    count, checked = len(positional), hasattr(cls, "__post_init__")
    plain = count == len(names)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        values = self.__dict__
        if plain and not kwargs and len(args) == count:
            values.update(zip(positional, args, strict=True))
        else:
            values.update(defaults)
            values.update(zip(positional, args, strict=False))
            values.update(kwargs)
            given_twice = kwargs and not kwargs.keys().isdisjoint(positional[: len(args)])
            if values.keys() != names or len(args) > count or given_twice:
                _refuse(cls, args, kwargs)
        if checked:
            self.__post_init__()

    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    return __init__


def _refuse(cls: type, args: tuple, kwargs: dict[str, Any]) -> NoReturn:
    try:
        inspect.signature(cls).bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{cls.__name__}({', '.join(inspect.signature(cls).parameters)}): {error}") from None
    raise AssertionError(f"{cls.__name__} refused arguments that its signature takes")


class _Signature:
    """What `inspect.signature` finds on a class: made when it is asked for."""

    def __get__(self, instance: object, owner: Any) -> inspect.Signature:
        if owner.__init__ is not owner._by_fields:
            return inspect.Signature(list(inspect.signature(owner.__init__).parameters.values())[1:])
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        fields = sorted((f for f in dataclasses.fields(owner) if f.init), key=lambda f: bool(f.kw_only))
        return inspect.Signature(
            [
                inspect.Parameter(
                    f.name,
                    kinds[bool(f.kw_only)],
                    default=inspect.Parameter.empty if f.default is dataclasses.MISSING else f.default,
                    annotation=f.type,
                )
                for f in fields
            ]
        )


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

    __signature__ = _Signature()
    _by_fields: ClassVar[Callable | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not dataclasses.is_dataclass(cls) or "__dataclass_fields__" not in cls.__dict__:
            dataclasses.dataclass(eq=False, repr=False, init=False)(cls)
            if "__init__" not in cls.__dict__:
                cls.__init__ = cls._by_fields = _constructor(cls)
        _register(cls)

    def __setattr__(self, name: str, value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

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
