"""Parameters declare their support where they are declared; validation and names are read from there."""

import contextlib
import contextvars
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from . import _batching, _errors
from ._module import Module, static
from .supports import AbstractSupport, Product, Within, real

_KEY = "expectax_parameter"
_WEIGHTS = "expectax_weights"


@dataclasses.dataclass(frozen=True)
class Parameter:
    """One leaf of a distribution: its name, value, support and event rank."""

    name: str
    value: Any
    support: AbstractSupport
    rank: int
    moves_support: bool
    within: Within | None = None
    siblings: tuple[int, ...] = ()
    """Where the others that `within` names stand among the leaves, counted from this one."""

    def left(self, value: Any, others: Sequence[Any]) -> tuple[AbstractSupport, Any]:
        """The part of the support that arrays of the siblings leave, and the value, with as many axes as the ends have."""
        assert self.within is not None
        if self.within.by_shape:
            return self.within.at(*map(np.shape, others)), value
        rank = max(v.ndim for v in (value, *others))
        value, *others = (v.reshape((1,) * (rank - v.ndim) + v.shape) for v in (value, *others))
        return self.within.at(*others), value


def parameter(
    support: AbstractSupport,
    *,
    moves_support: bool = False,
    optional: bool = False,
    default: Any = dataclasses.MISSING,
    within: Within | None = None,
) -> Any:
    """A field that holds an array with values in `support`.

    Args:
        support: where its values live; its event rank is the parameter's.
        moves_support: whether the distribution's own support depends on it.
        optional: keyword-only and None unless given (one of a family's `alternatives`).
        default: value if it is not given.
        within: what other parameters leave of `support`: `supports.above("low")`, `supports.between("low", "high")`, ...
    """
    metadata = {_KEY: (support, moves_support, within)}
    if optional:
        return dataclasses.field(default=None, kw_only=True, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def weights(default: Any = dataclasses.MISSING) -> Any:
    """A field that is given a pytree of arrays of reals, a network's, and holds it as `Weights`."""
    return dataclasses.field(default=default, metadata={_WEIGHTS: True})


class Weights(Module):
    """A pytree of arrays, each of which is one parameter with all its axes.

    How many axes each has is structure: axes that `vmap` puts in front of a leaf later are batch axes.
    """

    tree: Any
    ranks: tuple[int, ...] = static()

    def _parameters(self) -> list[Parameter]:
        """Named by their paths."""
        leaves = jax.tree_util.tree_leaves_with_path(self.tree)
        return [
            Parameter(f"weights{jax.tree_util.keystr(path)}", leaf, Product(real, rank) if rank else real, rank, False)
            for (path, leaf), rank in zip(leaves, self.ranks, strict=True)
        ]

    def __repr__(self) -> str:
        return f"Weights({len(self.ranks)} arrays, {sum(np.size(leaf) for leaf in jax.tree.leaves(self.tree))} numbers)"


def hold_weights(owner: Any) -> None:
    """Wrap the pytrees that were given for fields of `weights()`."""
    for field in dataclasses.fields(owner):
        tree = getattr(owner, field.name)
        if _WEIGHTS in field.metadata and not isinstance(tree, Weights):
            ranks = tuple(np.ndim(leaf) for leaf in jax.tree.leaves(tree))
            object.__setattr__(owner, field.name, Weights(tree, ranks))


def leaf_parameters(dist: Any) -> list[Parameter]:
    """The parameters of a distribution in the order of its leaves, those of a wrapped one included."""
    found, places = [], {}
    for field in dataclasses.fields(dist):
        value = getattr(dist, field.name)
        if value is None:
            continue
        if _KEY in field.metadata:
            support, moves, within = field.metadata[_KEY]
            places[field.name] = len(found)
            found.append(Parameter(field.name, value, support, support.event_rank, moves, within))
            continue
        for part in value if isinstance(value, tuple) else (value,):
            found += part._parameters() if hasattr(type(part), "_parameters") else []
    for name, place in places.items():
        within = found[place].within
        if within is not None:
            found[place] = dataclasses.replace(found[place], **_seen(within, places, places[name]))
    return found


def _seen(within: Within, places: dict[str, int], own: int) -> dict[str, Any]:
    """The others by place; one that is left out restricts nothing."""
    if not all(name in places for name in within.others):
        return {"within": None}
    return {"siblings": tuple(places[name] - own for name in within.others)}


def validate(dist: Any) -> None:
    """Check what can be seen without waiting for a device: kinds, shapes, Python numbers and CPU arrays."""
    family = dist._label
    if dist.alternatives:
        exactly_one(family, {name: getattr(dist, name) for name in dist.alternatives})
    for field in dataclasses.fields(dist):
        if _KEY in field.metadata and field.default is not None and getattr(dist, field.name) is None:
            raise _errors.bad_parameter_type(family, field.name, None)
    parameters = leaf_parameters(dist)
    for p in parameters:
        check_value(family, p.name, p.value, p.support)
    _batching.check_batches(family, parameters)
    dependent = ((place, p) for place, p in enumerate(parameters) if p.within is not None)
    for place, p in sorted(dependent, key=lambda pair: len(pair[1].siblings)):  # ends before what lies between them
        _check_left(family, p, [parameters[place + step].value for step in p.siblings])


def _check_left(family: str, p: Parameter, others: list) -> None:
    """Check one value against what the others leave, if all are there to be looked at."""
    assert p.within is not None
    if not all(is_visible(v) for v in (p.value, *(() if p.within.by_shape else others))):
        return
    seen = [] if p.within.by_shape else [np.asarray(v) for v in others]
    left, value = p.left(np.asarray(p.value), seen or others)
    ok = np.asarray(left.contains(value))
    if not ok.all():
        at = tuple(map(int, np.argwhere(~ok)[0]))
        bad, *known = (f"{np.broadcast_to(v, ok.shape)[at]:g}" for v in (value, *seen))
        known = known or [f"shape {np.shape(v)}" for v in others]
        shown = ", ".join(f"{name} = {v}" for name, v in zip(p.within.others, known, strict=True))
        raise _errors.bad_parameter(family, p.name, bad, f"{p.within.description} with {shown}")


def exactly_one(family: str, choices: Mapping[str, Any]) -> str:
    """The name of the one that is given, which is not None; raise if there are more or none."""
    given = tuple(name for name, value in choices.items() if value is not None)
    if len(given) != 1:
        raise _errors.bad_choice_of_parameters(family, tuple(choices), given)
    return given[0]


def check_value(family: str, name: str, value: Any, support: AbstractSupport) -> None:
    """Check one value against its support, if it is there to be looked at."""
    rank = support.event_rank
    if type(value) in (float, int):
        ok = rank == 0 and bool(support.contains(value))
    elif isinstance(value, jax.Array | np.ndarray | np.generic | bool):
        if np.ndim(value) < rank:
            raise _errors.missing_event_axes(family, name, np.shape(value), rank)
        if not is_visible(value):
            return
        value = np.asarray(value)
        ok = value.size == 0 or bool(np.all(support.contains(value)))
    else:
        raise _errors.bad_parameter_type(family, name, value)
    if not ok:
        raise _errors.bad_parameter(family, name, _offender(support, value), support.description)


_LOOKING = contextvars.ContextVar("expectax_looking", default=True)


@contextlib.contextmanager
def unseen() -> Iterator[None]:
    """Arrays count as traced ones while parameters are checked: bad numbers then give NaN, as they do under jit."""
    token = _LOOKING.set(False)
    try:
        yield
    finally:
        _LOOKING.reset(token)


def is_visible(value: Any) -> bool:
    """Whether the numbers may be looked at, and that costs no device transfer."""
    if isinstance(value, Tracer) or not _LOOKING.get():
        return False
    return not isinstance(value, jax.Array) or all(d.platform == "cpu" for d in value.devices())


def _offender(support: AbstractSupport, value: Any) -> str:
    if np.ndim(value) == 0:
        return repr(value.item() if hasattr(value, "item") else value)
    bad = np.argwhere(~np.asarray(support.contains(value)))
    where = tuple(map(int, bad[0]))
    return f"{np.array2string(value[where], threshold=6, precision=6)} at index {where} of shape {value.shape}"
