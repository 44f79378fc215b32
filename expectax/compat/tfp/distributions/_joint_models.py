"""The three ways of writing a joint model, each also for one draw at a time (auto-batched)."""

import abc
import collections
import functools
import inspect
from collections.abc import Callable, Generator, Mapping
from typing import Any

import jax

from .._arguments import Parts, Static
from ._base import Distribution, family
from ._joint import JointDistribution
from ._walk import Root


def _arguments_of(part: Any) -> list[str] | None:
    """The names that a function asks for; None of a distribution."""
    if isinstance(part, Distribution):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(part).parameters.values()
    return [p.name for p in parameters if p.kind in kinds and p.default is p.empty]


class InOrder(JointDistribution):
    """What the two with a list of parts behind them share: names, order, and what each part asks for."""

    @abc.abstractmethod
    def _in_order(self) -> tuple[list[str], list[Any]]:
        """Names, and the parts so that each comes after those it depends on."""

    @abc.abstractmethod
    def _called(self, number: int, part: Callable, earlier: list[Any]) -> Distribution:
        """A part, given the values before it."""

    def _yield_parts(self) -> Generator[Any, Any, None]:
        values = []
        for number, part in enumerate(self._in_order()[1]):
            wants = _arguments_of(part)
            dist = part if wants is None else self._called(number, part, values)
            values.append((yield dist if wants else Root(dist)))

    def resolve_graph(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each part's name, and the names of what it depends on."""
        wants = [tuple(_arguments_of(p) or ()) for p in self._in_order()[1]]
        return tuple(zip(self._names(), wants, strict=True))

    def _independent(self, method: str) -> list[Any]:
        parts = self._in_order()[1]
        if any(_arguments_of(p) for p in parts):
            raise NotImplementedError(f"{method} is there only of parts that depend on no other")
        return [p if isinstance(p, Distribution) else p() for p in parts]


class Numbered(InOrder):
    """A list of parts: a function's arguments are the values before it, the latest first."""

    def _in_order(self) -> tuple[list[str], list[Any]]:
        return [], list(self.model)

    def _called(self, number: int, part: Callable, earlier: list[Any]) -> Distribution:
        return part(*earlier[::-1][: len(_arguments_of(part) or ())])

    def _packed(self, parts: list[Any]) -> Any:
        kind = type(self.model)
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)

    def _flat(self, value: Any) -> list[Any]:
        values = list(value)
        return values + [None] * (len(self.model) - len(values))

    def _names(self) -> list[str]:
        """Those that later parts use, those given to distributions, and for the rest x, x1, x2, from the last one on."""
        names = [a.name for a in self._attributes()]
        for number, part in enumerate(self.model):
            for back, name in enumerate(_arguments_of(part) or ()):
                if name != "_":
                    names[number - back - 1] = name
        rest = (f"x{n or ''}" for n in range(2 * len(names)) if f"x{n or ''}" not in names)
        return [name or next(rest) for name in reversed(names)][::-1]


class Named(InOrder):
    """A dict or named tuple of parts: a function's arguments are the values of other parts, by name."""

    def _in_order(self) -> tuple[list[str], list[Any]]:
        model = dict(_mapping(self.model))
        order: list[str] = []
        while len(order) < len(model):
            ready = [n for n in model if n not in order and set(_arguments_of(model[n]) or ()) <= set(order)]
            if not ready:
                raise ValueError(
                    f"parts depend on each other in a circle, or on unknown ones: {sorted(set(model) - set(order))}"
                )
            order.append(ready[0])
        return order, [model[n] for n in order]

    def _called(self, number: int, part: Callable, earlier: list[Any]) -> Distribution:
        known = dict(zip(self._in_order()[0], earlier, strict=False))
        return part(**{n: known[n] for n in _arguments_of(part) or ()})

    def _packed(self, parts: list[Any]) -> Any:
        values = dict(zip(self._in_order()[0], parts, strict=True))
        kind = type(self.model)
        return kind(**values) if hasattr(kind, "_fields") else kind((n, values[n]) for n in self.model)

    def _flat(self, value: Any) -> list[Any]:
        values = _mapping(value)
        return [values.get(n) for n in self._in_order()[0]]

    def _names(self) -> list[str]:
        return self._in_order()[0]


class Written(JointDistribution):
    """A generator function that yields distributions, and is sent their values."""

    def _yield_parts(self) -> Generator[Any, Any, None]:
        return self.model()

    def _packed(self, parts: list[Any]) -> Any:
        structure = self._arguments["sample_dtype"]
        if structure is None:
            return _tuple_of(tuple(self._names()))(*parts)
        return jax.tree.structure(structure).unflatten(parts)

    def _flat(self, value: Any) -> list[Any]:
        structure = self._arguments["sample_dtype"]
        if structure is not None:
            return jax.tree.structure(structure).flatten_up_to(value)
        names = self._names()
        if isinstance(value, Mapping):
            return [value.get(n) for n in names]
        return list(value) + [None] * (len(names) - len(value))

    def _names(self) -> list[str]:
        return [a.name or f"var{n}" for n, a in enumerate(self._attributes())]


@functools.cache
def _tuple_of(names: tuple[str, ...]) -> Any:
    """One class a list of names: two draws have one structure."""
    return collections.namedtuple("StructTuple", names)


def _mapping(value: Any) -> Mapping:
    return value._asdict() if hasattr(value, "_asdict") else value


@family(Numbered)
def JointDistributionSequential(
    model: Parts,
    batch_ndims: Static = None,
    use_vectorized_map: Static = False,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Parts in a list: distributions, and functions of the values before them, the latest first."""


@family(Numbered)
def JointDistributionSequentialAutoBatched(
    model: Parts,
    batch_ndims: Static = 0,
    use_vectorized_map: Static = True,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Parts in a list, written for one draw."""


@family(Named)
def JointDistributionNamed(
    model: Parts,
    batch_ndims: Static = None,
    use_vectorized_map: Static = False,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Parts in a dict or named tuple: distributions, and functions of other parts' values by name."""


@family(Named)
def JointDistributionNamedAutoBatched(
    model: Parts,
    batch_ndims: Static = 0,
    use_vectorized_map: Static = True,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Parts in a dict or named tuple, written for one draw."""


@family(Written)
def JointDistributionCoroutine(
    model: Static,
    sample_dtype: Static = None,
    batch_ndims: Static = None,
    use_vectorized_map: Static = False,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Parts that a generator function yields, those that depend on no other in `JointDistributionCoroutine.Root`."""


@family(Written)
def JointDistributionCoroutineAutoBatched(
    model: Static,
    sample_dtype: Static = None,
    batch_ndims: Static = 0,
    use_vectorized_map: Static = True,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Parts that a generator function yields, written for one draw."""
