"""A straight-line program cut into pieces that are evaluated at once, and by what two pieces are known to be alike."""

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from .. import _compat
from .._compat import is_literal

_LONG = 32
"""So many equations at most are in a piece."""
_SMALL = 8
"""What is of more is a piece of its own: sites are, so that the pieces of an unrolled loop are alike."""
_RULES_OF_THEIR_OWN = ("custom_jvp_call", "custom_vjp_call", "custom_vmap_call")
"""Each trace makes their rules anew, so that no two of them are known to be alike."""


@dataclasses.dataclass(frozen=True)
class Piece:
    """Consecutive equations, equal to any others that do the same to other operands."""

    eqns: tuple = dataclasses.field(compare=False)
    steps: tuple
    """Of each equation the operation and what it reads: operand n of the piece, or its result n as -1 - n."""
    gives: tuple[int, ...]
    """Which results are used after it."""

    @property
    def is_shared(self) -> bool:
        return self.eqns[0].primitive.name not in _RULES_OF_THEIR_OWN

    def evaluate(self, operands: Iterable) -> list:
        """What it gives."""
        operands, own = list(operands), []
        for eqn, (_, reads) in zip(self.eqns, self.steps, strict=True):
            own += _compat.bind(eqn, [operands[n] if n >= 0 else own[-1 - n] for n in reads])
        return [own[n] for n in self.gives]


class Placed(NamedTuple):
    """A piece where it stands."""

    piece: Piece
    operands: tuple
    """Variables and literals."""
    results: tuple
    """Variables."""


def cut(jaxpr: Any) -> list[Placed]:
    """The pieces of a program; what nothing depends on is left out."""
    later = {v for v in jaxpr.outvars if not is_literal(v)}
    placed = []
    for group in reversed(_groups(_needed(jaxpr))):
        placed.append(_placed(group, later))
        later.update(v for v in placed[-1].operands if not is_literal(v))
    return placed[::-1]


def literal(v: Any) -> np.ndarray:
    """An operand like others, so that equations with other numbers are alike."""
    return np.asarray(v.val, v.aval.dtype)


def _needed(jaxpr: Any) -> list:
    needed, eqns = {v for v in jaxpr.outvars if not is_literal(v)}, []
    for eqn in reversed(jaxpr.eqns):
        if eqn.effects or not needed.isdisjoint(eqn.outvars):
            needed.update(v for v in eqn.invars if not is_literal(v))
            eqns.append(eqn)
    return eqns[::-1]


def _groups(eqns: list) -> list[list]:
    groups, room = [], 0
    for eqn in eqns:
        size = _size(eqn)
        if size > min(room, _SMALL):
            groups.append([])
            room = _LONG
        groups[-1].append(eqn)
        room = room - size if size <= _SMALL else 0
    return groups


def _size(eqn: Any) -> int:
    """Of how many equations or results it is; more than can be joined for a loop, a branch and what has rules of its own."""
    blocks = [_compat.open_jaxpr(b) for _, b in _compat.sub_jaxprs(eqn)]
    if eqn.effects or eqn.primitive.name in _RULES_OF_THEIR_OWN or (blocks and eqn.primitive is not _compat.jit_p):
        return _LONG
    return len(eqn.outvars) + sum(map(_length, blocks))


def _length(jaxpr: Any) -> int:
    if len(jaxpr.eqns) > _SMALL:
        return len(jaxpr.eqns)
    inner = [_compat.open_jaxpr(b) for eqn in jaxpr.eqns for _, b in _compat.sub_jaxprs(eqn)]
    return len(jaxpr.eqns) + sum(map(_length, inner))


def _placed(group: list, later: set) -> Placed:
    own = {v: n for n, v in enumerate(v for eqn in group for v in eqn.outvars)}
    operands: dict[Any, tuple[int, Any]] = {}
    steps = []
    for eqn in group:
        reads = []
        for v in eqn.invars:
            key = id(v) if is_literal(v) else v
            reads.append(-1 - own[key] if key in own else operands.setdefault(key, (len(operands), v))[0])
        steps.append((_what(eqn), tuple(reads)))
    gives = {v: n for v, n in own.items() if v in later}
    piece = Piece(tuple(group), tuple(steps), tuple(gives.values()))
    return Placed(piece, tuple(v for _, v in operands.values()), tuple(gives))


def _what(eqn: Any) -> Any:
    """The operation, with its parameters."""
    what = (eqn.primitive, *sorted(eqn.params.items(), key=lambda item: item[0]))
    try:
        hash(what)
    except TypeError:
        return id(eqn)
    return what
