"""Is a value continuous where a comparison inside it flips? A numeric test of a static suspicion.

`where(x > 0, x, 0.1 * x)` looks like a jump and is none; `where(x > 0, 1, 0)` is one. The sub-program between a value
and its leaves is evaluated along random lines through the leaves that carry a derivative. Wherever a watched
comparison flips, the flip is located to the last bit and the value on its two sides compared with its own slope
beside it. It counts as continuous only if every watched comparison was seen to flip where it matters (the value would
differ if the comparison had not flipped) and none made the value jump. Where that is possible, all of it in float64.

Elementwise sub-programs are tested on scalars, whatever the shapes; with `wide`, all of a small program is tested.
"""

import functools
import operator
from typing import Any

import jax
import numpy as np

from . import _compat
from ._axes import is_elementwise
from ._flips import Case
from ._flips import judge as judge_flips
from ._jumps import WITHOUT_DERIVATIVE
from ._probe import ROUNDS, Line, SubProgram
from ._values import Definition, Numbers, signature

_SINGLE = ("bitcast_convert_type", "nextafter", "reduce_precision", "scan", "while", "scatter")
"""What cannot be evaluated in another float type than its own."""
_MAX_NODES = 600
_MAX_WATCHED = 150
"""Comparisons in one test; the time to compile it grows with their square."""
_FEW_SUSPECTS = 4
"""More are looked for term by term where a value is a sum."""
_MAX_ELEMENTS = 20_000


class Prober:
    """Probes values of one analysis; remembers its verdicts."""

    def __init__(self, numbers: Numbers, flows: dict[int, Any], order: int, verdicts: dict[Any, str]):
        self.numbers, self.flows, self.order = numbers, flows, order
        self.verdicts = verdicts

    def probe(self, root: int, suspects: frozenset[int], wide: bool) -> tuple[str, frozenset[int]]:
        """("continuous" | "jump" | "unknown", the suspects that lie in the sub-program)."""
        terms = self._apart(root, wide) if len(suspects) > _FEW_SUSPECTS else []
        if terms:
            return self._of_sum(terms, suspects, wide)
        program = _collect(self.numbers, root, wide)
        if program is None:
            return "unknown", frozenset()
        order, leaves = program
        covered = frozenset(n for n in order if n in suspects)
        moving = [n for n in leaves if self._moves(n)]
        if not covered or not moving:
            return "unknown", covered
        # besides the suspects, whatever is locally constant because of them must be seen to change
        watched = tuple(n for n in order if n in suspects or self._is_step(n, covered))
        if len(watched) > _MAX_WATCHED:
            return "unknown", covered
        name = (self.order, wide, self._likeness(order, leaves, watched, covered))
        if name not in self.verdicts:
            nan, atoms = any(self.flows[n].partial for n in leaves), any(self.flows[n].atoms for n in moving)
            case = Case(self.order, nan, atoms, self.flows, covered)
            verdict = self._verdict(case, root, order, leaves, moving, watched, wide)
            if verdict == "unknown" and not atoms and any(_has_end(self.flows[n].bounds) for n in moving):
                # a guard like n > 0 of a sum of squares flips at the end only: continuous there, it is so wherever n lies
                touching = case._replace(may_have_atoms=True)
                again = self._verdict(touching, root, order, leaves, moving, watched, wide)
                verdict = again if again == "continuous" else verdict
            self.verdicts[name] = verdict
        return self.verdicts[name], covered

    def _moves(self, number: int) -> bool:
        return bool(self.flows[number].paths) and _compat.is_float_type(self.numbers.definitions[number].aval)

    def _of_sum(self, terms: list[int], suspects: frozenset[int], wide: bool) -> tuple[str, frozenset[int]]:
        """Terms that no leaf moves together cannot make up for each other's jumps."""
        found = [self.probe(n, suspects, wide) for n in terms]
        verdicts = [verdict for verdict, covered in found if covered]
        worst = next((v for v in ("jump", "unknown", "continuous") if v in verdicts), "unknown")
        return worst, frozenset().union(*(covered for _, covered in found))

    def _apart(self, root: int, wide: bool) -> list[int]:
        """The terms of a sum of which no two have a moving leaf in common, up to factors that nothing moves; none for a single one."""
        order, leaves = _behind(self.numbers, root, wide)
        behind = {n: 1 << i if self._moves(n) else 0 for i, n in enumerate(leaves)}  # a bit a leaf
        for n in order:
            behind[n] = functools.reduce(operator.or_, (behind[o] for o in self.numbers.definitions[n].operands), 0)
        terms, todo = [], [root]
        while todo:
            parts = self._parts(number := todo.pop())
            if not parts or (len(parts) == 2 and behind[parts[0]] & behind[parts[1]]):
                terms.append(number)
            else:
                todo += parts
        return terms if len(terms) > 1 else []

    def _parts(self, number: int) -> list[int]:
        """What moves of what a value is a sum of; nothing if it is none."""
        definition = self.numbers.definitions[number]
        name = "" if definition.eqn in (None, "chosen") else definition.eqn.primitive.name
        moved = [n for n in definition.operands if (f := self.flows.get(n)) is not None and (f.paths or f.jumps)]
        scaled = (name == "mul" and len(moved) == 1) or (name == "div" and moved == [definition.operands[0]])
        return moved if name in ("add", "sub", "neg") or scaled else []

    def _likeness(self, order: list, leaves: list, watched: tuple, covered: frozenset[int]) -> Any:
        """All that a verdict depends on: sub-programs that differ by the names of their leaves alone share one."""
        place = {n: i for i, n in enumerate([*leaves, *order])}

        def known(n: int) -> tuple:
            definition, flow = self.numbers.definitions[n], self.flows[n]
            scalar = definition.constant is not None and np.shape(definition.constant) == ()
            constant = repr(definition.constant) if scalar else None if definition.constant is None else n
            seen = (flow.bounds, flow.partial, flow.atoms, bool(flow.jumps))
            return str(definition.aval), constant, self._moves(n), *seen

        def made(n: int) -> tuple:
            definition = self.numbers.definitions[n]
            what = "chosen" if definition.eqn == "chosen" else signature(definition.eqn)
            bounds = self.flows[n].bounds if n in watched and n in self.flows else None
            operands = tuple(place[o] for o in definition.operands)
            return what, operands, definition.result, str(definition.aval), n in watched, n in covered, bounds

        return tuple(map(known, leaves)), tuple(map(made, order))

    def _verdict(
        self, case: Case, root: int, order: list, leaves: list, moving: list, watched: tuple, wide: bool
    ) -> str:
        lines = [Line(self, leaves, moving, wide, r, touches=case.may_have_atoms) for r in range(ROUNDS)]
        names = {d.eqn.primitive.name for n in order if (d := self.numbers.definitions[n]).eqn != "chosen"}

        def judge(double: bool) -> str:
            with jax.ensure_compile_time_eval(), jax.numpy_dtype_promotion("standard"), jax.enable_x64(double):
                compiled = SubProgram(self.numbers, order, leaves, root, watched, wide, double)
                return judge_flips(compiled, lines, case)

        try:
            verdict = judge(not any(name.startswith(_SINGLE) for name in names))
        except TypeError:  # some step insists on its own float type
            verdict = judge(False)
        if any(self.flows[n].jumps for n in leaves) and verdict == "jump":
            verdict = "unknown"  # a leaf that itself steps was held still
        return verdict

    def _is_step(self, number: int, suspects: frozenset[int]) -> bool:
        flow = self.flows.get(number)
        return flow is not None and not flow.paths and any(j.number in suspects for j in flow.jumps)


# --- The sub-program ---------------------------------------------------------------------------------------------


def _has_end(bounds: Any) -> bool:
    return (bounds.low > -np.inf) != (bounds.high < np.inf)


def _collect(numbers: Numbers, root: int, wide: bool) -> tuple[list[int], list[int]] | None:
    """Nodes in order of evaluation and leaves of the sub-program behind a value; None if it is too large."""
    order, leaves = _behind(numbers, root, wide)
    if any(_compat.is_key(numbers.definitions[n].aval) for n in leaves):
        return None
    if len(order) > _MAX_NODES or (wide and not _is_small(numbers, [*order, *leaves])):
        return None
    return order, leaves


def _behind(numbers: Numbers, root: int, wide: bool) -> tuple[list[int], list[int]]:
    order: list[int] = []
    leaves: list[int] = []
    seen: set[int] = set()
    todo: list[tuple[int, bool]] = [(root, False)]
    while todo:
        number, ready = todo.pop()
        if ready:
            order.append(number)
        elif number not in seen:
            seen.add(number)
            definition = numbers.definitions[number]
            if definition.eqn is None or not _can_enter(definition, numbers, wide):
                leaves.append(number)
                continue
            todo.append((number, True))
            todo += [(n, False) for n in definition.operands]
    return order, leaves


def _is_small(numbers: Numbers, nodes: list[int]) -> bool:
    avals = [numbers.definitions[n].aval for n in nodes]
    if any(a is None for a in avals):
        return False
    return sum(int(np.prod(np.shape(a))) for a in avals) <= _MAX_ELEMENTS


def _can_enter(definition: Definition, numbers: Numbers, wide: bool) -> bool:
    if definition.eqn == "chosen":
        return True
    name = definition.eqn.primitive.name
    if wide:
        if name in WITHOUT_DERIVATIVE:
            return False
        holds_code = any(True for _ in _compat.sub_jaxprs(definition.eqn))
        return (not holds_code or name.startswith(("scan", "scatter"))) and not name.startswith("random_")
    shapes = [np.shape(numbers.definitions[n].aval) for n in definition.operands]
    if name == "broadcast_in_dim":
        return shapes[0] == ()
    return is_elementwise(definition.eqn) and all(s in ((), np.shape(definition.aval)) for s in shapes)
