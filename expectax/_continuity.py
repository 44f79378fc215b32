"""Is a value continuous where a comparison inside it flips? A numeric test of a static suspicion.

`where(x > 0, x, 0.1 * x)` looks like a jump and is none; `where(x > 0, 1, 0)` is one. The sub-program between a value
and its leaves is evaluated along random lines through the leaves that carry a derivative. Wherever a watched
comparison flips, the flip is located to the last bit and the value on its two sides compared with its own slope
beside it. It counts as continuous only if every watched comparison was seen to flip where it matters (the value would
differ if the comparison had not flipped) and none made the value jump. Where that is possible, all of it in float64.

Elementwise sub-programs are tested on scalars, whatever the shapes; with `wide`, all of a small program is tested.
"""

from typing import Any

import jax
import numpy as np

from . import _compat
from ._axes import is_elementwise
from ._flips import Case
from ._flips import judge as judge_flips
from ._jumps import WITHOUT_DERIVATIVE
from ._probe import ROUNDS, Line, SubProgram
from ._values import Definition, Numbers

_SINGLE = ("bitcast_convert_type", "nextafter", "reduce_precision", "scan", "while", "scatter")
"""What cannot be evaluated in another float type than its own."""
_MAX_NODES = 600
_MAX_ELEMENTS = 20_000


class Prober:
    """Probes values of one analysis; remembers its verdicts."""

    def __init__(self, numbers: Numbers, flows: dict[int, Any], order: int, verdicts: dict[Any, str]):
        self.numbers, self.flows, self.order = numbers, flows, order
        self.verdicts = verdicts

    def probe(self, root: int, suspects: frozenset[int], wide: bool) -> tuple[str, frozenset[int]]:
        """("continuous" | "jump" | "unknown", the suspects that lie in the sub-program)."""
        program = _collect(self.numbers, root, wide)
        if program is None:
            return "unknown", frozenset()
        order, leaves = program
        covered = frozenset(n for n in order if n in suspects)
        moving = [n for n in leaves if self.flows[n].paths and _compat.is_float_type(self.numbers.definitions[n].aval)]
        if not covered or not moving:
            return "unknown", covered
        # besides the suspects, whatever is locally constant because of them must be seen to change
        watched = tuple(n for n in order if n in suspects or self._is_step(n, covered))
        known = [(f.bounds, f.partial, f.atoms, bool(f.jumps)) for f in (self.flows[n] for n in leaves)]
        name = (root, watched, wide, tuple(moving), tuple(known))
        if name not in self.verdicts:
            nan, atoms = any(self.flows[n].partial for n in leaves), any(self.flows[n].atoms for n in moving)
            case = Case(self.order, nan, atoms, self.flows, covered)
            self.verdicts[name] = self._verdict(case, root, order, leaves, moving, watched, wide)
        return self.verdicts[name], covered

    def _verdict(
        self, case: Case, root: int, order: list, leaves: list, moving: list, watched: tuple, wide: bool
    ) -> str:
        lines = [Line(self, leaves, moving, wide, r) for r in range(ROUNDS)]
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


def _collect(numbers: Numbers, root: int, wide: bool) -> tuple[list[int], list[int]] | None:
    """Nodes in order of evaluation and leaves of the sub-program behind a value; None if it is too large."""
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
    if any(_compat.is_key(numbers.definitions[n].aval) for n in leaves):
        return None
    if len(order) > _MAX_NODES or (wide and not _is_small(numbers, [*order, *leaves])):
        return None
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
