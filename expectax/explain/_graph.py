"""The trace as a graph: who made a value, where it goes, what it is a sum of. By structure alone."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .. import _compat
from .._lanes import HERE, Deps, Lane, Lanes
from .._trace import Block, Constant, Ref, Step, Trace
from ._reach import reaching_inputs

# What only changes the shape or the type of a value.
SHAPES = frozenset(
    "broadcast_in_dim convert_element_type copy expand_dims reshape rev slice squeeze transpose copy_p".split()
)
_FUNCTIONS = {
    "log": np.log, "exp": np.exp, "sqrt": np.sqrt, "neg": np.negative,
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide,
}  # fmt: skip
_SUMS = {"add": (1, 1), "add_any": (1, 1), "sub": (1, -1), "neg": (-1,)}


_MOST_TERMS = 16


class Term(NamedTuple):
    """One summand of a value."""

    sign: int
    ref: Ref
    stopped: bool
    """Whether a stop_gradient stands between it and the sum."""


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Slots of all blocks of a trace, joined where one block hands a value to another."""

    trace: Trace
    steps: list[Step]
    """Every step of every block, in program order."""
    makers: dict[int, Step]
    uses: dict[int, list[tuple[Step, int]]]
    """Slot -> the steps that read it, with the position of the operand."""
    onward: dict[int, list[int]]
    """Slot -> slots of other blocks that hold the same value."""
    backward: dict[int, list[Ref]]
    draws: dict[int, Deps]
    """Slot -> the draws behind it, and the axes along which they lie apart."""
    moving: dict[int, Deps]
    """The same, not counting what is stopped."""
    live: frozenset[int]
    """Slots that a differentiated parameter reaches with a derivative."""
    shapes: dict[int, tuple[int, ...]]

    def origin(self, ref: Ref) -> Ref:
        """The same value before it was handed from block to block and only reshaped."""
        while not isinstance(ref, Constant):
            step = self.makers.get(ref)
            if step is not None and step.primitive in SHAPES:
                ref = step.reads[0]
            elif step is None and len(self.backward.get(ref, ())) == 1:
                ref = self.backward[ref][0]
            else:
                break
        return ref

    def maker(self, ref: Ref) -> Step | None:
        """The step that computed a value."""
        ref = self.origin(ref)
        return None if isinstance(ref, Constant) else self.makers.get(ref)

    def is_live(self, ref: Ref) -> bool:
        """Whether a differentiated parameter reaches a value with a derivative."""
        return not isinstance(ref, Constant) and ref in self.live

    def sites(self, ref: Ref) -> frozenset[int]:
        """The sites whose draws a value depends on."""
        return frozenset() if isinstance(ref, Constant) else frozenset(s for _, s in self.draws.get(ref, {}))

    def is_random(self, ref: Ref) -> bool:
        """Whether a value depends on a draw, of a site or of bare bits."""
        steps = (self.makers.get(slot) for slot in self.behind(ref))
        return bool(self.sites(ref)) or any(s is not None and s.primitive == "random_bits" for s in steps)

    def shape(self, ref: Ref) -> tuple[int, ...]:
        """The shape of a value."""
        return np.shape(ref.value) if isinstance(ref, Constant) else self.shapes[ref]

    def number(self, ref: Ref) -> float | None:
        """The value of a constant whose entries are all the same, or of a function of such constants."""
        ref = self.origin(ref)
        step = self.makers.get(ref) if isinstance(ref, int) else None
        if step is not None and step.primitive in _FUNCTIONS:
            numbers = [self.number(r) for r in step.reads]
            return None if None in numbers else float(_FUNCTIONS[step.primitive](*numbers))
        if not isinstance(ref, Constant) or _compat.is_traced(ref.value) or _compat.is_key(ref.value):
            return None
        entries = np.unique(np.asarray(ref.value, dtype=float))
        return float(entries[0]) if entries.size == 1 else None

    def terms(self, ref: Ref) -> list[Term]:
        """The summands of a value, behind sums, differences and stop_gradient; of long sums only the last few."""
        found, todo = [], [Term(1, ref, False)]
        while todo:
            sign, ref, stopped = todo.pop()
            step = self.maker(ref)
            name = None if step is None or len(found) + len(todo) > _MOST_TERMS else step.primitive
            if step is not None and name == "stop_gradient":
                todo.append(Term(sign, step.reads[0], True))
            elif step is not None and name in _SUMS:
                todo += [Term(sign * s, r, stopped) for r, s in zip(step.reads, _SUMS[name], strict=True)]
            else:
                found.append(Term(sign, self.origin(ref), stopped))
        return found

    @functools.cached_property
    def sampled(self) -> dict[int, Step]:
        """The step of each site."""
        return {step.site.id: step for step in self.steps if step.site is not None}

    def sites_before(self, step: Step) -> frozenset[int]:
        """The sites whose draws reach the parameters of a site."""
        return frozenset().union(*(self.sites(ref) for ref in step.reads[1:]))

    def direct(self, step: Step) -> bool:
        """Whether a draw reaches the cost without passing another site."""
        return any(s == self.trace.block.outputs[0] for s in self._ahead(step.writes[0], lambda s: s.site is None))

    def feeds_site(self, slot: int) -> bool:
        """Whether a value is among what the parameters of a site are computed from."""
        uses = (use for ahead in self._ahead(slot, lambda s: True) for use in self.uses.get(ahead, ()))
        return any(step.site is not None and position > 0 for step, position in uses)

    def reaches_cost(self, slot: int, through_stop: bool) -> bool:
        """Whether the cost is computed from a value; `through_stop`: by a way past a stop_gradient too."""
        return slot in self._behind_cost[through_stop]

    @functools.cached_property
    def _behind_cost(self) -> dict[bool, set[int]]:
        """By whether a stop_gradient is passed, every slot that the cost is computed from: asked for at every site."""
        return {through: self._all_behind_cost(through) for through in (False, True)}

    def _all_behind_cost(self, through_stop: bool) -> set[int]:
        sources: dict[Ref, list[int]] = {}
        for slot in self.uses.keys() | self.onward.keys():
            passed = (s for s, _ in self.uses.get(slot, ()) if through_stop or s.primitive != "stop_gradient")
            for target in (*self.onward.get(slot, ()), *(out for step in passed for out in step.writes)):
                sources.setdefault(target, []).append(slot)
        todo, seen = [self.trace.block.outputs[0]], set()
        while todo:
            current = todo.pop()
            if isinstance(current, int) and current not in seen:
                seen.add(current)
                todo += sources.get(current, ())
        return seen

    def _ahead(self, slot: int, passes: Callable[[Step], bool]) -> Iterator[int]:
        """Every slot that is computed from a value, itself included."""
        todo, seen = [slot], set()
        while todo:
            current = todo.pop()
            if current in seen:
                continue
            seen.add(current)
            yield current
            todo += self.onward.get(current, ())
            todo += [out for step, _ in self.uses.get(current, ()) if passes(step) for out in step.writes]

    def behind(self, ref: Ref) -> Iterator[int]:
        """Every slot that a value is computed from, itself included."""
        todo, seen = [ref], set()
        while todo:
            current = todo.pop()
            if isinstance(current, Constant) or current in seen:
                continue
            seen.add(current)
            yield current
            step = self.makers.get(current)
            todo += [*(step.reads if step is not None else ()), *self.backward.get(current, ())]


class _DrawLanes(Lanes):
    """Dependence on draws; a site that no draw reaches is not entered: its draw depends on itself alone."""

    def step(self, step: Step, ins: list[Deps]) -> list[Deps]:
        if step.site is None or any(ins):
            return super().step(step, ins)
        return [{(HERE, step.site.id): tuple(Lane(axis) for axis in range(len(step.site.lanes)))}, {}]


class _MovingLanes(_DrawLanes):
    """The same with a derivative in mind: a stopped value has none."""

    def step(self, step: Step, ins: list[Deps]) -> list[Deps]:
        return [{}] if step.primitive == "stop_gradient" else super().step(step, ins)


def graph_of(trace: Trace) -> Graph:
    """The graph of a trace."""
    draws: dict[int, Deps] = {}
    moving: dict[int, Deps] = {}
    everything = frozenset(s.id for s in trace.sites)
    for lanes in (_DrawLanes(everything, draws), _MovingLanes(everything, moving)):
        lanes.walk(trace.block, [{} for _ in trace.block.inputs])
    live: dict[int, frozenset[int]] = {}
    reaching_inputs(trace, True, live)
    reached = frozenset(slot for slot, sources in live.items() if sources & trace.live_inputs)
    graph = Graph(trace, [], {}, {}, {}, {}, draws, moving, reached, {})
    _fill(graph, trace.block)
    return graph


def _fill(graph: Graph, block: Block) -> None:
    graph.shapes.update((slot, np.shape(aval)) for slot, aval in zip(block.inputs, block.avals, strict=True))
    for step in block.steps:
        graph.steps.append(step)
        graph.shapes.update((slot, np.shape(v.aval)) for slot, v in zip(step.writes, step.eqn.outvars, strict=True))
        graph.makers.update(dict.fromkeys(step.writes, step))
        for position, ref in enumerate(step.reads):
            if not isinstance(ref, Constant):
                graph.uses.setdefault(ref, []).append((step, position))
        if step.kind == "gate":
            _join(graph, step.reads[len(step.reads) - len(step.blocks[0].inputs)], step.writes[0])
        elif step.kind == "baseline":
            _join(graph, step.reads[0], step.writes[0])
        if step.kind in ("site", "density", "gate"):
            continue
        for inner in step.blocks:
            _fill(graph, inner)
        for ref, slot in _handed(step):
            _join(graph, ref, slot)


def _join(graph: Graph, ref: Ref, slot: int) -> None:
    graph.backward.setdefault(slot, []).append(ref)
    graph.makers.pop(slot, None)
    if not isinstance(ref, Constant):
        graph.onward.setdefault(ref, []).append(slot)


def _handed(step: Step) -> Iterator[tuple[Ref, int]]:
    """(value, slot that holds it in another block): operands that enter a step's blocks, and results that leave them."""
    if step.kind == "while":
        params, (condition, body) = step.eqn.params, step.blocks
        nc, nb = params["cond_nconsts"], params["body_nconsts"]
        carried, first = step.reads[nc + nb :], body.inputs[nb:]
        yield from zip((*step.reads[:nc], *carried), condition.inputs, strict=True)
        yield from zip(step.reads[nc:], body.inputs, strict=True)
        yield from zip(body.outputs, first, strict=True)
        yield from zip(body.outputs, condition.inputs[nc:], strict=True)
        yield from zip(body.outputs, step.writes, strict=True)
        return
    for block in step.blocks:
        entering = step.reads[len(step.reads) - len(block.inputs) :]
        yield from zip(entering, block.inputs, strict=True)
        yield from zip(block.outputs, step.writes, strict=False)
        if step.kind == "scan":
            consts, carries = _compat.scan_split(step.eqn)
            yield from zip(block.outputs[:carries], block.inputs[consts : consts + carries], strict=True)
