"""Importance weights: exponentials of differences of log-densities, and quotients of densities."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from .._trace import Block, Ref, Step
from ._graph import SHAPES, Graph


class Weight(NamedTuple):
    """One place where a weight is computed; its logarithm is the difference of two values of the same block."""

    step: Step
    above: int
    """Slot of the log-weight, or of the logarithm of a quotient's numerator."""
    below: int | None
    """Slot of the logarithm of a quotient's denominator."""
    size: int
    """Weights a run: entries, times iterations of the loops around."""

    @property
    def slots(self) -> tuple[int, ...]:
        return (self.above,) if self.below is None else (self.above, self.below)


def importance_weights(graph: Graph) -> tuple[Weight, ...]:
    """Every exp(log p - log q) and exp(log p) / exp(log q), but for those in loops of unknown length."""
    return tuple(_within(graph, graph.trace.block, 1))


def _within(graph: Graph, block: Block, times: int) -> Iterator[Weight]:
    for step in block.steps:
        if step.primitive == "exp":
            above = _unshifted(graph, step.reads[0])
            if isinstance(above, int) and _signs(graph, above) == {1, -1}:
                yield Weight(step, above, None, times * math.prod(graph.shape(above)))
        elif step.primitive == "div":
            above, below = (_logarithm(graph, ref) for ref in step.reads)
            if above is None or below is None or graph.shape(above) != graph.shape(below):
                continue
            if _signs(graph, above) == _signs(graph, below) == {1}:
                yield Weight(step, above, below, times * math.prod(graph.shape(above)))
        if step.kind in ("scan", "cond", "remat", "custom"):
            length = step.eqn.params["length"] if step.kind == "scan" else 1
            for inner in step.blocks:
                yield from _within(graph, inner, times * length)


def _unshifted(graph: Graph, ref: Ref) -> Ref:
    """A log-weight before the largest of its run is subtracted, as softmax and logsumexp do."""
    while isinstance(ref, int) and (step := graph.makers.get(ref)) is not None:
        shifted = step.primitive == "sub" and (m := graph.maker(step.reads[1])) is not None and m.primitive in _SHIFTS
        if not shifted and step.primitive not in SHAPES:
            break
        ref = step.reads[0]
    return ref


_SHIFTS = ("stop_gradient", "reduce_max", "max", "select_n")


def _logarithm(graph: Graph, ref: Ref) -> int | None:
    step = graph.maker(ref)
    operand = step.reads[0] if step is not None and step.primitive == "exp" else None
    return operand if isinstance(operand, int) else None


def _signs(graph: Graph, slot: int) -> set[int]:
    """Signs of the log-densities that a value is a sum of."""
    return {t.sign for t in graph.terms(slot) if _is_density(graph, t.ref)}


def _is_density(graph: Graph, ref: Ref) -> bool:
    """Whether a value is a log-density, or a sum of its entries."""
    step = graph.maker(ref)
    while step is not None and step.primitive == "reduce_sum":
        step = graph.maker(step.reads[0])
    return step is not None and step.kind == "density"
