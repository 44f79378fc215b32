"""What is done to averages over draws that does not commute with an expectation."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._trace import Step
from ._averages import Total, totals
from ._graph import SHAPES, Graph

_TOLERANCE = 1e-3
_FAR = 8
"""Steps within which a division by the number of draws is looked for."""


class Nonlinear(NamedTuple):
    """A nonlinear function of an average over draws."""

    what: str
    """log, square, or product (with another average of the same draws)."""
    step: Step
    count: int
    """Number of draws in the average."""
    sites: frozenset[int]


class _Multiple(NamedTuple):
    """A value that is a total times a number, plus what does not depend on draws."""

    slot: int
    is_mean: bool


def nonlinear_means(graph: Graph) -> Iterator[Nonlinear]:
    """Logarithms, squares and products of averages over draws."""
    found = [(total, list(_multiples(graph, total))) for total in totals(graph)]
    means: dict[int, frozenset[int]] = {m.slot: t.sites for t, multiples in found for m in multiples if m.is_mean}
    told = set()
    for total, multiples in found:
        for multiple in multiples:
            for step, position in graph.uses.get(multiple.slot, ()):
                what = _what(graph, total, multiple, step, position, means)
                if what is not None and step.uid not in told:
                    told.add(step.uid)
                    yield Nonlinear(what, step, total.count, total.sites)


def _what(graph: Graph, total: Total, multiple: _Multiple, step: Step, position: int, means: dict) -> str | None:
    """What a step does to a multiple of a sum."""
    if step.primitive == "log":
        return "log" if multiple.is_mean or _subtracts(graph, step, math.log(total.count)) else None
    if not multiple.is_mean:
        return None
    if _is_square(graph, step):
        return "square"
    if step.primitive in ("mul", "dot_general"):
        other = graph.origin(step.reads[1 - position])
        if isinstance(other, int) and means.get(other, frozenset()) & total.sites:
            return "product"
    return None


def _multiples(graph: Graph, total: Total) -> Iterator[_Multiple]:
    """Of a sum of one draw, an average is only what was divided by 1: what is not may be a sum of one feature."""
    todo = [(total.slot, _scale_before(graph, total), total.count > 1)]
    while todo:
        slot, scale, divided = todo.pop()
        yield _Multiple(slot, divided and bool(np.isclose(abs(scale) * total.count, 1, rtol=_TOLERANCE)))
        todo += [(other, scale, divided) for other in graph.onward.get(slot, ())]
        for step, position in graph.uses.get(slot, ()):
            name = step.primitive
            if name in (*SHAPES, "neg", "abs") or (name == "select_n" and position):
                todo.append((step.writes[0], scale, divided))
            elif name in ("mul", "div") and not (name == "div" and position):
                number = graph.number(step.reads[1 - position])
                if number:
                    by = 1 / number if name == "div" else number
                    todo.append((step.writes[0], scale * by, divided or name == "div"))
            elif name in ("add", "sub") and not graph.sites(step.reads[1 - position]):
                todo.append((step.writes[0], scale, divided))


def _scale_before(graph: Graph, total: Total) -> float:
    """A factor in front of the sum along an axis, as weights of 1/n are."""
    step = graph.maker(total.step.reads[0]) if total.step.primitive == "reduce_sum" else None
    if step is None or step.primitive not in ("mul", "div"):
        return 1.0
    number = graph.number(step.reads[1])
    number = graph.number(step.reads[0]) if number is None and step.primitive == "mul" else number
    return 1.0 if not number else 1 / number if step.primitive == "div" else number


def _is_square(graph: Graph, step: Step) -> bool:
    if step.primitive in ("mul", "dot_general"):
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
