"""Averages over draws, and what is done to them that does not commute with an expectation."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._trace import Step
from ._graph import SHAPES, Graph

_TOLERANCE = 1e-3
_FAR = 8
"""Steps within which a division by the number of draws is looked for."""


class Nonlinear(NamedTuple):
    """A nonlinear function of an average over draws."""

    what: str
    """log or square."""
    step: Step
    count: int
    """Number of draws in the average."""
    sites: frozenset[int]


def nonlinear_means(graph: Graph) -> Iterator[Nonlinear]:
    """Logarithms and squares of averages over draws that lie along an axis."""
    for step in graph.steps:
        if step.primitive != "reduce_sum":
            continue
        axes = set(step.eqn.params["axes"])
        behind = graph.moving.get(step.reads[0], {}) if isinstance(step.reads[0], int) else {}
        sites = frozenset(s for (_, s), lanes in behind.items() if any(x is not None and x.axis in axes for x in lanes))
        count = math.prod(step.eqn.invars[0].aval.shape[a] for a in axes)
        if sites and count > 1:
            yield from _uses(graph, step, sites, count)


def _uses(graph: Graph, total: Step, sites: frozenset[int], count: int) -> Iterator[Nonlinear]:
    todo = [(total.writes[0], _scale_before(graph, total))]
    while todo:
        slot, scale = todo.pop()
        is_mean = np.isclose(abs(scale) * count, 1, rtol=_TOLERANCE)
        todo += [(other, scale) for other in graph.onward.get(slot, ())]
        for step, position in graph.uses.get(slot, ()):
            name = step.primitive
            if name == "log" and (is_mean or _subtracts(graph, step, math.log(count))):
                yield Nonlinear("log", step, count, sites)
            elif is_mean and _is_square(graph, step):
                if position == 0:
                    yield Nonlinear("square", step, count, sites)
            elif name in (*SHAPES, "neg", "abs") or (name == "select_n" and position):
                todo.append((step.writes[0], scale))
            elif name in ("mul", "div") and not (name == "div" and position):
                number = graph.number(step.reads[1 - position])
                if number:
                    todo.append((step.writes[0], scale / number if name == "div" else scale * number))
            elif name in ("add", "sub") and not graph.sites(step.reads[1 - position]):
                todo.append((step.writes[0], scale))


def _scale_before(graph: Graph, total: Step) -> float:
    """A factor in front of the sum, as weights of 1/n are."""
    step = graph.maker(total.reads[0])
    if step is None or step.primitive not in ("mul", "div"):
        return 1.0
    number = graph.number(step.reads[1])
    number = graph.number(step.reads[0]) if number is None and step.primitive == "mul" else number
    return 1.0 if not number else 1 / number if step.primitive == "div" else number


def _is_square(graph: Graph, step: Step) -> bool:
    if step.primitive == "mul":
        return graph.origin(step.reads[0]) == graph.origin(step.reads[1])
    return step.primitive == "square" or (step.primitive == "integer_pow" and step.eqn.params["y"] == 2)


def _subtracts(graph: Graph, log: Step, offset: float) -> bool:
    """Whether the number `offset` is subtracted soon after a logarithm."""
    todo = [(log.writes[0], 0)]
    while todo:
        slot, far = todo.pop()
        for step, position in graph.uses.get(slot, ()):
            if step.primitive in ("add", "sub", "add_any"):
                number = graph.number(step.reads[1 - position])
                if number is not None and np.isclose(abs(number), offset, rtol=_TOLERANCE):
                    return True
            if far < _FAR and step.primitive in (*SHAPES, "add", "sub", "add_any", "neg", "select_n", "reduce_sum"):
                todo.append((step.writes[0], far + 1))
        todo += [(other, far + 1) for other in graph.onward.get(slot, ()) if far < _FAR]
    return False


class WeightTerms(NamedTuple):
    """An exponential of a difference of log-densities."""

    step: Step
    terms: tuple[tuple[int, Step], ...]
    """(sign, step of the outermost block whose value it is)."""


def importance_weights(graph: Graph) -> list[WeightTerms]:
    """Every exp(log p - log q) whose terms are steps of the outermost block."""
    outer = {s.uid for s in graph.trace.block.steps}
    found = []
    for step in graph.steps:
        if step.primitive != "exp":
            continue
        terms = [(t.sign, maker) for t in graph.terms(step.reads[0]) if (maker := _density_sum(graph, t.ref))]
        if {sign for sign, _ in terms} == {1, -1} and all(m.uid in outer for _, m in terms):
            found.append(WeightTerms(step, tuple(terms)))
    return found


def _density_sum(graph: Graph, ref) -> Step | None:
    """The step that made a log-density, or a sum of its entries."""
    step = outer = graph.maker(ref)
    while step is not None and step.primitive == "reduce_sum":
        step = graph.maker(step.reads[0])
    return outer if step is not None and step.kind == "density" else None
