"""Gradients that are zero in every run because two parts of them cancel."""

from collections.abc import Iterator

import numpy as np

from .._trace import Step
from ._graph import Graph
from ._measurements import Measurements, Part, SitePart
from ._report import Finding, short_line, title_of

_EXACT = 1e-5
"""Rounding of a sum of a few float32 terms, relative to its largest term."""
_ADVICE = 'gradient="stop" at the draw, if it is data; ex.value_and_grad of the reward, if it is a policy'


def exact_cancellation(m: Measurements) -> Iterator[Finding]:
    """The parts through the draw and through the density cancel in every run."""
    found = list(_at_sites(m))
    yield from found or _of_parameters(m)


def _size(rows: np.ndarray) -> float:
    return float(np.max(np.abs(rows), initial=0.0))


def _cancels(part: Part) -> bool:
    """Whether the parts cancel entry by entry in every run."""
    largest = np.max([np.abs(p) for p in (part.through_draw, part.through_density, part.elsewhere)], axis=0)
    size = _size(largest)
    return 0 < size < np.inf and bool(np.all(np.abs(part.total) <= _EXACT * np.maximum(largest, _EXACT * size)))


def _at_sites(m: Measurements) -> Iterator[Finding]:
    for part in m.sites:
        if not part.densities or not _cancels(part):
            continue
        line = short_line(part.densities[0].line)
        text = (
            f"the part through the draw and the part through the density cancel exactly, in each of {m.num_samples} runs: "
            f"this zero is exact, not a bug.\nWhy: {part.name} {_moves(part)}. It moves the draw and the density "
            f"(log_prob at {line}) together, so the density at the draw does not notice it."
        )
        yield Finding(
            "exact cancellation", f"{part.name} of {title_of(part.site)}", text, _ADVICE, part.densities[0].line, True
        )


def _moves(part: SitePart) -> str:
    return "only translates" if part.name == "loc" else "moves draws without changing volume"


def _of_parameters(m: Measurements) -> Iterator[Finding]:
    """The same where the density is a formula, or the draw is a sum of a parameter and bare noise."""
    for part in m.parameters:
        if _cancels(part):
            step = _meeting(m.graph)
            where = f" ({short_line(step.line)})" if step is not None else ""
            text = (
                f"the parts of its gradient cancel exactly, in each of {m.num_samples} runs: this zero is exact, not a bug.\n"
                f"Why: it moves a draw and what the draw is compared with{where} together, so the difference does not notice it."
            )
            yield Finding("exact cancellation", part.name, text, _ADVICE, "" if step is None else step.line, True)


def _meeting(graph: Graph) -> Step | None:
    """The first log_prob whose value and parameters both move, or difference of a draw and what it was drawn from."""
    for step in graph.steps:
        if step.kind == "density" and graph.is_live(step.reads[0]) and any(map(graph.is_live, step.reads[1:])):
            return step
        if step.primitive in ("sub", "add") and graph.is_live(step.writes[0]) and _own_difference(graph, step):
            return step
    return None


def _own_difference(graph: Graph, step: Step) -> bool:
    terms = graph.terms(step.writes[0])
    for term, draw in ((t, graph.maker(t.ref)) for t in terms):
        if draw is not None and draw.site is not None:
            parameters = [graph.origin(r) for r in draw.reads[1:] if graph.is_live(r)]
            if any(t.sign == -term.sign and t.ref in parameters for t in terms):
                return True
    return False
