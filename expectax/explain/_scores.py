"""Densities of a program's own draws, and how each of them enters the cost."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from .._trace import Ref, Site, Step
from ._graph import SHAPES, Graph

_KEEP = SHAPES | {"reduce_sum", "add", "add_any", "cumsum", "select_n"}


@dataclasses.dataclass(frozen=True, eq=False)
class OwnDensity:
    """A density taken at the draw of a site with the site's own parameters."""

    step: Step
    site: Site
    stopped: bool
    """Whether the draw is behind a stop_gradient."""
    held: bool
    """Whether the density's parameters are."""


def own_densities(naive: Any, steps: list[Step]) -> Iterator[OwnDensity]:
    """`naive`: an analysis of the trace; `steps`: its sites and densities."""
    sites = [s for s in steps if s.site is not None]
    for density in (s for s in steps if s.kind == "density"):
        value, *leaves = naive.operands[density.uid]
        draw, stopped = _unstopped(naive, value)
        drawn = naive.draws.get(draw)
        plain = [_unstopped(naive, n) for n in leaves]
        if drawn is None or drawn != (density.payload, tuple(n for n, _ in plain)):
            continue
        for step in sites:
            assert step.site is not None
            if naive.numbers.leaf((step.uid, "draw"), step.eqn.outvars[0].aval) == draw:
                moves = any(naive.flows[n].paths for n in leaves)
                yield OwnDensity(density, step.site, stopped, any(s for _, s in plain) and not moves)


def _unstopped(naive: Any, number: int) -> tuple[int, bool]:
    """The value before a stop_gradient, and whether there was one."""
    stopped = False
    while (eqn := naive.numbers.definitions[number].eqn) not in (None, "chosen"):
        if eqn.primitive.name != "stop_gradient":
            break
        number, stopped = naive.numbers.definitions[number].operands[0], True
    return number, stopped


@dataclasses.dataclass(eq=False)
class Entry:
    """How a value enters the cost."""

    weights: list[tuple[Step, Ref]] = dataclasses.field(default_factory=list)
    """Products with something that depends on the draw: (step, the other operand)."""
    nonlinear: list[Step] = dataclasses.field(default_factory=list)
    scales: set[float | None] = dataclasses.field(default_factory=set)
    """Its factor in the cost, once for each way; None where it is not a number."""


def entry_of(graph: Graph, slot: int, site: int) -> Entry:
    """Follow a value to the cost along linear steps, past exp(log p - stopped log p)."""
    entry, seen, todo = Entry(), set(), [(slot, 1.0)]
    while todo:
        current, scale = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        if current == graph.trace.block.outputs[0]:
            entry.scales.add(scale)
        todo += [(other, scale) for other in graph.onward.get(current, ())]
        for step, position in graph.uses.get(current, ()):
            if not step.blocks:
                todo += _pass(graph, entry, step, position, scale, site)
            elif step.kind not in ("scan", "while", "cond", "remat", "custom", "gate"):
                entry.nonlinear.append(step)
    return entry


def _pass(graph: Graph, entry: Entry, step: Step, position: int, scale: Any, site: int) -> list[tuple[int, Any]]:
    """What a linear step hands on; notes everything else."""
    name, onward = step.primitive, step.writes[0]
    if name in _KEEP and (name != "select_n" or position > 0):
        return [(onward, scale)]
    if name == "neg" or name == "sub":
        return [(onward, scale if name == "sub" and position == 0 else _times(scale, -1.0))]
    if name in ("mul", "dot_general", "div") and (name != "div" or position == 0):
        other = step.reads[1 - position]
        if site in graph.sites(other):
            if name == "div":
                entry.nonlinear.append(step)
            else:
                entry.weights.append((step, other))
            return []
        number = graph.number(other) if name != "dot_general" else None
        return [(onward, _times(scale, None if number is None else 1 / number if name == "div" else number))]
    if name == "exp" and _is_ratio(graph, step):
        return [(onward, scale)]
    if name != "stop_gradient":
        entry.nonlinear.append(step)
    return []


def _times(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a * b


def _is_ratio(graph: Graph, step: Step) -> bool:
    """exp of a log-density minus a stopped log-density: a policy's ratio to what it was."""
    terms = graph.terms(step.reads[0])
    densities = [t for t in terms if (m := graph.maker(t.ref)) is not None and m.kind == "density"]
    return any(t.stopped and t.sign < 0 for t in densities) and any(not t.stopped for t in densities)
