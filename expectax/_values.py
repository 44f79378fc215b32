"""Value numbers: two values of a trace with one number are computed alike from the same things.

They tell whether two draws share a key, whether a density is taken with the parameters of the draw it is given, and
they let the continuity test walk back from a value to what it is made of.
"""

import dataclasses
from typing import Any

from . import _compat


@dataclasses.dataclass(frozen=True, eq=False)
class Definition:
    """How a numbered value came about; `eqn` is None for a leaf (an input, a draw, a loop's carry)."""

    eqn: Any
    operands: tuple[int, ...]
    result: int
    aval: Any
    constant: Any = None


class Numbers:
    """A table of numbered values, filled while one trace is analysed."""

    def __init__(self):
        self._table: dict[Any, int] = {}
        self.definitions: list[Definition] = []

    def leaf(self, name: Any, aval: Any) -> int:
        """The number of a value that is known by name only."""
        return self._intern(("leaf", name), Definition(None, (), 0, aval))

    def constant(self, value: Any) -> int:
        if _compat.is_traced(value):  # closed over from a caller's jit or grad: one of a kind, and not known
            return self._intern(("traced", id(value)), Definition(None, (), 0, value))
        shape = getattr(value, "shape", ())
        name = (
            ("constant", repr(value), str(getattr(value, "dtype", type(value))))
            if shape == ()
            else ("array", id(value))
        )
        return self._intern(name, Definition(None, (), 0, value, value))

    def of(self, eqn: Any, operands: tuple[int, ...], result: int) -> int:
        name = (signature(eqn), operands, result)
        return self._intern(name, Definition(eqn, operands, result, eqn.outvars[result].aval))

    def chosen(self, index: int, options: tuple[int, ...], aval: Any) -> int:
        """One of several values, by a scalar index."""
        return self._intern(("chosen", index, options), Definition("chosen", (index, *options), 0, aval))

    def depends(self, number: int, on: frozenset[int], origins: dict[int, int]) -> bool:
        """Whether a value was made from one of `on`; `origins` has for leaves what they come from."""
        seen, todo = set(), [number]
        while todo:
            current = todo.pop()
            if current in on:
                return True
            if current not in seen:
                seen.add(current)
                todo += self.definitions[current].operands
                todo += [origins[current]] if current in origins else []
        return False

    def _intern(self, name: Any, definition: Definition) -> int:
        if name not in self._table:
            self._table[name] = len(self.definitions)
            self.definitions.append(definition)
        return self._table[name]


def signature(eqn: Any) -> tuple:
    """What an equation does, but for its operands."""
    return eqn.primitive.name, _parameters(eqn)


def _parameters(eqn: Any) -> Any:
    if any(True for _ in _compat.sub_jaxprs(eqn)):
        return id(eqn)
    return repr([(k, v) for k, v in eqn.params.items() if not _compat.is_jaxpr(v) and not callable(v)])
