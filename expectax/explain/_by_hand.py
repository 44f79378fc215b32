"""Log-densities that are written as a formula: found by their values, which are those of log_prob at the site's draw."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._trace import Step
from ._graph import Graph

_ALIKE = 1e-4
"""Rounding of a log-density by another formula, relative to its spread."""
_MOST = 32


class Suspect(NamedTuple):
    """A factor in a product that may be a log-density of a site's draw."""

    product: Step
    slot: int
    site: Step
    """The site's step, whose second result is the log-density at the draw."""

    @property
    def slots(self) -> tuple[int, int]:
        return self.slot, self.site.writes[1]


def suspects(graph: Graph) -> tuple[Suspect, ...]:
    """Factors that a parameter and a draw reach, no log_prob among them, next to something that the draw reaches too."""
    sites = {s.site.id: s for s in graph.steps if s.site is not None}
    found = []
    for step in (s for s in graph.steps if s.primitive in ("mul", "dot_general")):
        for slot, other in (step.reads, step.reads[::-1]):
            if not isinstance(slot, int) or not graph.is_live(slot) or _reads_density(graph, slot):
                continue
            shared = sorted(graph.sites(slot) & graph.sites(other))
            found += [Suspect(step, slot, sites[n]) for n in shared if _fits(graph, slot, sites[n])]
    return tuple(found[:_MOST])


def _reads_density(graph: Graph, slot: int) -> bool:
    steps = (graph.makers.get(s) for s in graph.behind(slot))
    return any(s is not None and s.kind == "density" for s in steps)


def _fits(graph: Graph, slot: int, site: Step) -> bool:
    """Whether a value has an entry a draw of the site, or one for all."""
    return np.prod(graph.shape(slot)) in (1, np.prod(graph.shape(site.writes[1])))


def confirmed(found: tuple[Suspect, ...], values: dict[int, np.ndarray]) -> Iterator[Suspect]:
    """Those that are a log-density, or its negative, in every run."""
    for suspect in found:
        factor, density = (values.get(slot) for slot in suspect.slots)
        if factor is None or density is None:
            continue
        density = density if factor.shape == density.shape else density.sum(1, keepdims=True)
        spread = float(density.std())
        if factor.shape != density.shape or not np.isfinite(spread) or spread == 0:
            continue
        if min(np.max(np.abs(factor - density)), np.max(np.abs(factor + density))) <= _ALIKE * spread:
            yield suspect
