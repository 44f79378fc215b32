"""Sums over independent draws: along an axis, over the iterations of a loop, over terms that are written out."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from .. import _compat
from .._lanes import Alignment
from .._trace import Ref, Step
from ._graph import Graph
from ._laws import alike_along

_MOST_WRITTEN_OUT = 64
_JOINS = {"concatenate": "dimension", "stack": "axis"}


class Total(NamedTuple):
    """A sum of alike functions of independent draws."""

    step: Step
    slot: int
    count: int
    """Number of draws in the sum."""
    sites: frozenset[int]


def totals(graph: Graph) -> Iterator[Total]:
    """Every such sum of a program."""
    for step in graph.steps:
        if step.primitive == "reduce_sum":
            yield from _along_axes(graph, step)
        elif step.kind == "scan":
            yield from _over_iterations(graph, step)
        elif step.primitive == "add" and not any(s.primitive == "add" for s, _ in graph.uses.get(step.writes[0], ())):
            yield from _written_out(graph, step)


def _along_axes(graph: Graph, step: Step) -> Iterator[Total]:
    axes = set(step.eqn.params["axes"])
    joined = graph.maker(step.reads[0])
    if joined is not None and joined.primitive in _JOINS and joined.eqn.params[_JOINS[joined.primitive]] in axes:
        yield from _alike(graph, step, [graph.origin(ref) for ref in joined.reads])
    behind = graph.moving.get(step.reads[0], {}) if isinstance(step.reads[0], int) else {}
    sites = frozenset(s for (_, s), lanes in behind.items() if _averages(graph, s, lanes, axes))
    count = math.prod(step.eqn.invars[0].aval.shape[a] for a in axes)
    if sites:
        yield Total(step, step.writes[0], count, sites)


def _averages(graph: Graph, site: int, lanes: Alignment, axes: set[int]) -> bool:
    """Whether draws of one law lie along one of the axes."""
    along = [i for i, lane in enumerate(lanes) if lane is not None and lane.axis in axes]
    return any(alike_along(graph, graph.sampled[site], i) for i in along)


def _over_iterations(graph: Graph, step: Step) -> Iterator[Total]:
    """A carry that starts at 0 and grows by something that no earlier iteration has to do with."""
    (body,), (consts, carries) = step.blocks, _compat.scan_split(step.eqn)
    rows = frozenset(_floats(body.inputs[consts + carries :], body.avals[consts + carries :]))
    inside = (graph.sampled[s.id] for s in body.sites())
    alike = frozenset(
        s.site.id for s in inside if s.site and all(rows.isdisjoint(graph.behind(r)) for r in s.reads[1:])
    )
    state = body.inputs[consts : consts + carries]
    floats = frozenset(_floats(state, body.avals[consts : consts + carries]))
    for slot, start, new, out in zip(state, step.reads[consts:], body.outputs, step.writes, strict=False):
        if slot not in floats or graph.number(start) != 0:
            continue
        terms = graph.terms(new)
        grown = [t for t in terms if t.ref != slot or t.stopped]
        sites = frozenset().union(*(_moving(graph, t.ref) for t in grown)) & alike
        alone = all(floats.isdisjoint(graph.behind(t.ref)) for t in grown)
        if sites and alone and len(grown) == len(terms) - 1 and step.eqn.params["length"] > 1:
            yield Total(step, out, step.eqn.params["length"], sites)


def _floats(slots: tuple[int, ...], avals: tuple) -> Iterator[int]:
    return (slot for slot, aval in zip(slots, avals, strict=True) if _compat.is_float_type(aval))


def _written_out(graph: Graph, step: Step) -> Iterator[Total]:
    """f(x1) + f(x2) + ..., each of its own draws and computed by one line of the program."""
    yield from _alike(graph, step, [ref for ref in _summands(graph, step) if graph.number(ref) != 0])


def _alike(graph: Graph, step: Step, terms: list[Ref]) -> Iterator[Total]:
    makers = {(m.primitive, m.line) for ref in terms if (m := graph.maker(ref)) is not None}
    draws = [_moving(graph, ref) for ref in terms]
    sites = frozenset().union(*draws)
    if len(terms) > 1 and len(makers) == 1 and all(draws) and sum(map(len, draws)) == len(sites):
        yield Total(step, step.writes[0], len(terms), sites)


def _summands(graph: Graph, step: Step) -> list[Ref]:
    found, todo = [], list(step.reads)
    while todo and len(found) + len(todo) <= _MOST_WRITTEN_OUT:
        ref = graph.origin(todo.pop())
        maker = graph.maker(ref)
        if maker is not None and maker.primitive == "add":
            todo += maker.reads
        else:
            found.append(ref)
    return found if not todo else []


def _moving(graph: Graph, ref: Ref) -> frozenset[int]:
    """The sites whose draws a value depends on, not counting what is stopped."""
    return frozenset(s for _, s in graph.moving.get(ref, {})) if isinstance(ref, int) else frozenset()
