"""What was measured: the value that checks, the report and the graph read."""

import dataclasses
import functools
from typing import Any

import numpy as np

from .._program import Program
from .._trace import Site, Step
from ._by_hand import Suspect
from ._census import Census
from ._double_kl import Doubled
from ._graph import Graph
from ._scores import Entry, OwnDensity, entry_of, own_densities
from ._weights import Weight


@dataclasses.dataclass(frozen=True, eq=False)
class Part:
    """The derivative of one run with respect to one parameter, in parts; rows are runs, the first at the given key."""

    name: str
    through_draw: np.ndarray
    through_density: np.ndarray
    elsewhere: np.ndarray
    total: np.ndarray
    """What `jax.grad` of one run gives: the sum of the three, which are NaN where it was not taken apart."""
    expected: np.ndarray | None
    """Unbiased estimates for the expectation, one a run; None where no estimator is sound."""


@dataclasses.dataclass(frozen=True, eq=False)
class SitePart(Part):
    """The same for one parameter of one site, with the site and the densities that read the same parameter."""

    site: Site
    densities: tuple[Step, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Measurements:
    """Everything a check may look at."""

    program: Program
    naive: Any
    """The analysis of plain differentiation: every draw that has a path keeps it."""
    num_samples: int
    costs: np.ndarray
    parameters: tuple[Part, ...]
    sites: tuple[SitePart, ...]
    own: "OwnCost | None"
    """Set if the cost is the log_prob of a site's own draw."""
    steps: list[Step]
    """Every site and density."""
    graph: Graph
    weights: tuple[Weight, ...]
    """Where importance weights are computed."""
    suspects: tuple[Suspect, ...]
    """Factors that may be log-densities written by hand."""
    doubled: tuple[Doubled, ...]
    """Divergences that the cost holds twice."""
    census: Census
    by_score: tuple[np.ndarray, ...] | None
    """Run by run, the gradient by the score function at every site, for each parameter; None where that is no choice."""

    @functools.cached_property
    def scores(self) -> list[tuple[OwnDensity, Entry]]:
        """Densities of the program's own draws that differentiated parameters reach, and how each enters the cost."""
        return [
            (own, entry_of(self.graph, own.step.writes[0], own.site.id))
            for own in own_densities(self.naive, self.steps)
            if self.naive.sites[own.site.id].reached
        ]


@dataclasses.dataclass(frozen=True, eq=False)
class OwnCost:
    """The cost is the log-density of `site`'s own draw; `draws` has one row a run."""

    site: Site
    draws: np.ndarray
