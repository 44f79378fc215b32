"""Objects by TFP's constructor arguments, behind which stands an object of ours: pytrees of the arguments.

The object of ours is built when the instance is constructed, and again whenever JAX has filled the arguments with other values.
"""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar, Self

import jax

from ..._parameter import unseen
from . import _arguments


class Constructed(_arguments.Part):
    """What distributions and bijectors share. A class is made from a function by `made`."""

    _build: ClassVar[Callable[..., Any]]
    _signature: ClassVar[inspect.Signature]
    _ranks: ClassVar[dict[str, int]] = {}
    _parts: ClassVar[tuple[str, ...]] = ()
    _arguments: dict[str, Any]
    _built: Any

    def __init__(self, *args: Any, **kwargs: Any):
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        dtype = _arguments.float_type([given[n] for n in self._ranks if not isinstance(given[n], _arguments.Part)])
        self._arguments = {n: self._taken(n, v, dtype) for n, v in given.items()}
        self._built = self._constructed()

    def __init_subclass__(cls) -> None:
        _register(cls)

    def _taken(self, name: str, value: Any, dtype: Any) -> Any:
        if name in self._parts:
            return value
        return _arguments.as_parameter(value, dtype) if name in self._ranks else _arguments.as_static(value)

    def _constructed(self) -> Any:
        if self.validate_args:
            return type(self)._build(**self._arguments)
        with unseen():
            return type(self)._build(**self._arguments)

    def _behind(self) -> Any:
        """The object of ours."""
        return self._constructed() if self._built is None else self._built

    @property
    def parameters(self) -> dict[str, Any]:
        """The constructor's arguments, arrays in the common float type."""
        return dict(self._arguments)

    @property
    def name(self) -> str:
        """The name given, or the class's."""
        return self._arguments.get("name") or type(self).__name__

    @property
    def validate_args(self) -> bool:
        """Whether parameters and values outside their sets raise."""
        return bool(self._arguments.get("validate_args", False))

    def copy(self, **override_parameters_kwargs: Any) -> Self:
        """The same class with some arguments replaced."""
        return type(self)(**{**self._arguments, **override_parameters_kwargs})


def _register(cls: type[Constructed]) -> None:
    """A pytree of arguments; what JAX fills in is never checked, and the object behind it is built on demand."""

    def split(d: Constructed) -> tuple[tuple, tuple]:
        names = tuple(n for n in d._arguments if n in cls._ranks or n in cls._parts)
        static = tuple((n, v) for n, v in d._arguments.items() if n not in names)
        return names, static

    def flatten(d: Constructed) -> Any:
        names, static = split(d)
        return [d._arguments[n] for n in names], (names, static)

    def flatten_with_keys(d: Constructed) -> Any:
        names, static = split(d)
        return [(jax.tree_util.GetAttrKey(n), d._arguments[n]) for n in names], (names, static)

    def unflatten(structure: Any, children: Any) -> Constructed:
        names, static = structure
        d = object.__new__(cls)
        d._arguments = {**dict(zip(names, children, strict=True)), **dict(static)}
        d._built = None
        return d

    jax.tree_util.register_pytree_with_keys(cls, flatten_with_keys, unflatten, flatten)


def made(build: Callable[..., Any], bases: tuple[type, ...]) -> Any:
    """A class of a function's name, whose arguments are the constructor's and whose result is the object behind."""
    signature = _arguments.plain_signature(build)
    fields = {n: _argument(n) for n in signature.parameters if not any(hasattr(b, n) for b in bases)}
    known = {"__doc__": build.__doc__, "__module__": build.__module__, "__signature__": signature}
    inner = {
        "_build": staticmethod(build),
        "_signature": signature,
        "_ranks": _arguments.ranks(build),
        "_parts": _arguments.parts(build),
    }
    return type(build.__name__, bases, {**known, **inner, **fields})


def _argument(name: str) -> property:
    return property(lambda d: d._arguments[name], doc=f"The argument `{name}`.")
