"""What is known of one value of a trace: the derivatives it carries, its randomness, its jumps, its key."""

import dataclasses
import functools
from typing import Any, NamedTuple

import numpy as np

from ._ranges import Range
from ._trace import Site

Carrier = tuple[str, int]
"""("parameter", input) or ("site", id): the last thing a derivative passed."""


@dataclasses.dataclass(frozen=True)
class Jump:
    """A discontinuity that a derivative and continuous randomness both meet."""

    number: int
    carriers: frozenset[Carrier]
    noise: frozenset[Any]
    what: str
    line: str


class Flow(NamedTuple):
    """What is known of one value."""

    number: int
    paths: frozenset[Carrier] = frozenset()
    noise: frozenset[Any] = frozenset()
    jumps: frozenset[Jump] = frozenset()
    keyed: bool = False
    """Whether it comes from the key argument."""
    means: frozenset[tuple[str, int]] = frozenset()
    """(line, number of the key) of nested `ex.expect` whose results it holds: a sum of products of independent ones."""
    bounds: Range = Range()
    partial: bool = False
    """Whether it may be NaN on a whole region, behind a log or root of any number."""
    repeats: frozenset[int] = frozenset()
    """Of a random key: axes along which it is one and the same."""


class Learned(NamedTuple):
    """What the walk saw of a baseline that is trained along, or of a control."""

    kind: str
    paths: frozenset[Carrier]
    """What a derivative with respect to it passes."""
    jumps: frozenset[Jump] = frozenset()
    """Of a control: where its path is cut."""

    def joined(self, other: "Learned") -> "Learned":
        """What both saw of one line."""
        return self._replace(paths=self.paths | other.paths, jumps=self.jumps | other.jumps)


@dataclasses.dataclass(eq=False)
class SiteFacts:
    """What the walk saw at one site."""

    reached: frozenset[Carrier] = frozenset()
    moved: frozenset[Carrier] = frozenset()
    """Carriers that reach a parameter on which the support depends."""
    keyed: bool = True
    key_number: int = -1
    key_is_loop_constant: bool = False
    key_repeats: bool = False
    branch: tuple[tuple[int, int], ...] = ()


class SupportFacts(NamedTuple):
    """What a family's structure says of its support."""

    whole_line: bool
    bounds: Range
    moving: tuple[int, ...]
    """Leaves on which the support depends."""
    mixed: bool = False
    """Whether the density jumps inside it, where single numbers have mass."""
    discrete: bool = False


@functools.cache
def support_facts(structure: Any, *leaves: float) -> SupportFacts:
    count = structure.num_leaves
    ranks = [p.rank for p in structure.unflatten([1.0] * count)._parameters()]
    dist = structure.unflatten([np.full((2,) * r, v) for r, v in zip(ranks, leaves or [1.0] * count, strict=True)])
    support = dist.support
    moving = tuple(i for i, p in enumerate(dist._parameters()) if p.moves_support)
    if support.discrete:
        return SupportFacts(False, Range(), moving, discrete=True)
    bounds = (-np.inf, np.inf) if moving and not leaves else support.bounds
    return SupportFacts(support.whole_space, Range(*map(float, bounds)), moving, dist.mixed)


def merged(flows: Any) -> Flow:
    """Everything that any of the values carries."""
    flows = list(flows)
    if not flows:
        return Flow(-1)

    def union(field: str) -> frozenset:
        sets = [s for f in flows if (s := getattr(f, field))]
        return frozenset().union(*sets) if sets else frozenset()

    keyed, partial = any(f.keyed for f in flows), any(f.partial for f in flows)
    return Flow(-1, union("paths"), union("noise"), union("jumps"), keyed, union("means"), partial=partial)


def draw_bounds(site: Site, leaves: list[Flow]) -> Range:
    support = support_facts(site.spec.structure)
    if support.moving and all(leaves[i].bounds.is_point for i in support.moving):
        points = [f.bounds.low if f.bounds.is_point else 1.0 for f in leaves]
        return support_facts(site.spec.structure, *points).bounds
    return support.bounds
