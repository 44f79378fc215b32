"""Diseases of axes: what is averaged and should be summed, and shapes that cross."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._trace import Constant, Ref, Step
from ._graph import Graph
from ._measurements import Measurements
from ._report import Finding, short_line
from ._scores import Entry, entry_of


class _Summand(NamedTuple):
    """A log-density, or a divergence in closed form, and the factor of its entries in the cost."""

    line: str
    shape: tuple[int, ...]
    factor: float


def averaged_event(m: Measurements) -> Iterator[Finding]:
    """Of two parts of one cost, one is averaged over axes over which the other is summed."""
    densities = {
        s.uid: x for s in m.steps if s.kind == "density" and (x := _summand(m.graph, s.writes[0], s)) is not None
    }
    for step in (s for s in m.steps if s.uid in densities):
        mine = densities[step.uid]
        others = [x for uid, x in densities.items() if uid != step.uid]
        others += _divergences(m, step) if np.isclose(mine.factor * np.prod(mine.shape), 1, rtol=1e-4) else ()
        told = [(axes, x) for x in others if (axes := _axes(mine, x))]
        if told:
            axes, other = told[0]
            ratio = other.factor / mine.factor
            text = (
                f"this log_prob of shape {mine.shape} is averaged over {axes}, while what is computed at "
                f"{short_line(other.line)} is summed: it weighs {ratio:.0f} times less than the model says"
            )
            advice = "sum over the axes of an event (ex.Independent does) and average over the batch"
            yield Finding("log_prob averaged", f"log_prob at {short_line(step.line)}", text, advice, step.line)


def _summand(graph: Graph, ref: Ref, step: Step) -> _Summand | None:
    entry = entry_of(graph, ref, -1) if isinstance(ref, int) else Entry()
    factors = {abs(s) for s in entry.scales if s}
    if len(factors) != 1 or entry.nonlinear:
        return None
    return _Summand(step.line, graph.shape(ref), factors.pop())


def _divergences(m: Measurements, density: Step) -> Iterator[_Summand]:
    """Sums of what is made of the law of a draw behind the density, and of no draw: a KL in closed form."""
    graph, rows = m.graph, m.graph.shape(density.writes[0])[:1]
    behind = {slot for ref in density.reads for slot in graph.behind(ref)}
    law = {s for s in behind if s in graph.live and rows and graph.shape(s)[:1] == rows and not graph.is_random(s)}
    for step in (s for s in graph.steps if s.primitive == "reduce_sum" and law):
        made = step.reads[0]
        if graph.is_live(made) and not law.isdisjoint(graph.behind(made)) and not graph.is_random(made):
            found = _summand(graph, step.reads[0], step)
            if found is not None:
                yield found
                yield found._replace(factor=2 * found.factor)  # the half of a Gaussian's KL is often outside the sum


def _axes(mine: _Summand, other: _Summand) -> str:
    """Over which axes a mean, where the other has a sum, would explain the ratio of their factors; "": over none."""
    ratio = other.factor / mine.factor
    if ratio <= 1.5 or len(mine.shape) != len(other.shape):
        return ""
    for count in range(1, len(mine.shape) + 1):
        if np.isclose(ratio, np.prod(mine.shape[-count:]), rtol=1e-4):
            return f"{count} of its last axes"
        if np.isclose(ratio, np.prod(mine.shape[:count]), rtol=1e-4) and mine.shape[:count] == other.shape[:count]:
            return f"{count} of its first axes"
    return ""


def crossed_shapes(m: Measurements) -> Iterator[Finding]:
    """(n,) met (n, 1) and became (n, n)."""
    for step in m.graph.steps:
        if step.kind == "density" and _density_crosses(step):
            what = f"log_prob at {short_line(step.line)}"
        elif step.primitive in ("add", "sub", "mul", "div") and _crosses(m.graph, step):
            what = f"{step.primitive} at {short_line(step.line)}"
        else:
            continue
        shape = step.eqn.outvars[0].aval.shape
        text = f"two values of {shape[-1]} entries, one with a last axis of size 1, were broadcast to {shape}: every pair is counted"
        yield Finding(
            "crossed shapes", what, text, "give both the same shape: x[:, 0], or x.reshape(-1)", step.line, True
        )


def _crosses(graph: Graph, step: Step) -> bool:
    return _meet([_before_broadcast(graph, ref) for ref in step.reads], step.eqn.outvars[0].aval.shape)


def _before_broadcast(graph: Graph, ref: Ref) -> tuple[int, ...]:
    """The shape of a value as the user wrote it, before broadcasting; () if they put in an axis of size 1 by hand."""
    while not isinstance(ref, Constant):
        step = graph.makers.get(ref)
        if step is None or step.primitive != "broadcast_in_dim" or not step.reads:
            break
        kept = tuple(step.eqn.params["broadcast_dimensions"])
        rank = len(step.eqn.outvars[0].aval.shape)
        if kept != tuple(range(rank - len(kept), rank)):
            return ()
        ref = step.reads[0]
    return graph.shape(ref)


def _density_crosses(step: Step) -> bool:
    return _meet([v.aval.shape for v in step.eqn.invars], step.eqn.outvars[0].aval.shape)


def _meet(shapes: list[tuple[int, ...]], result: tuple[int, ...]) -> bool:
    """Whether (n, 1) and (n,) are among the shapes of what became (..., n, n)."""
    if len(result) < 2 or result[-1] < 2 or result[-2] != result[-1]:
        return False
    return any(s[-2:] == (result[-1], 1) for s in shapes) and (result[-1],) in shapes
