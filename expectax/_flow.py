"""What is known of one value of a trace: the derivatives it carries, its randomness, its jumps, its key."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import supports
from ._jumps import DOMAINS, is_nan_test
from ._ranges import Range, fills, range_of, wrapped
from ._trace import Site, Step
from ._values import Numbers
from .distributions import (
    AsymmetricLaplace,
    AsymmetricLaplaceQuantile,
    Folded,
    GeneralizedNormal,
    Laplace,
    Triangular,
)
from .distributions._distribution import AbstractDistribution

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
    atoms: bool = False
    """Whether single numbers may have mass, as where a part of the line was clipped off."""
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
    steps: bool = False
    """Whether the density may jump inside it, at the edge of a component or where a half ends that was folded over."""
    kinks: bool = False
    """Whether the derivative of the log-density jumps inside it."""


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
    range_, inside = Range(*map(float, bounds)), list(_made_of(dist))
    steps, kinks = any(map(_steps_inside, inside)), any(isinstance(d, _KINKED) for d in inside)
    return SupportFacts(support.whole_space, range_, moving, dist.mixed, steps=steps, kinks=kinks)


_KINKED = (Laplace, AsymmetricLaplace, AsymmetricLaplaceQuantile, GeneralizedNormal, Triangular)


def _made_of(dist: Any) -> Iterator[Any]:
    """A distribution and those that it is made of."""
    yield dist
    for field in dataclasses.fields(dist):
        value = getattr(dist, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, AbstractDistribution):
                yield from _made_of(part)


def _steps_inside(dist: Any) -> bool:
    """Whether a distribution's density may jump inside the support, for what it does with its parts."""
    support = dist.support
    if isinstance(dist, Folded):
        return not dist.base.support.whole_space
    return isinstance(support, supports.Union) or (isinstance(support, supports.AnyOf) and not _one_range(support.sets))


def _one_range(sets: tuple) -> bool:
    return len({(s.whole_space, *map(str, s.bounds)) for s in sets}) == 1


def merged(flows: Any) -> Flow:
    """Everything that any of the values carries."""
    flows = list(flows)
    if not flows:
        return Flow(-1)

    def union(field: str) -> frozenset:
        sets = [s for f in flows if (s := getattr(f, field))]
        return frozenset().union(*sets) if sets else frozenset()

    keyed, partial, atoms = (any(getattr(f, name) for f in flows) for name in ("keyed", "partial", "atoms"))
    return Flow(-1, union("paths"), union("noise"), union("jumps"), keyed, union("means"), partial=partial, atoms=atoms)


def draw_bounds(site: Site, leaves: list[Flow]) -> Range:
    support = support_facts(site.spec.structure)
    if support.moving and all(leaves[i].bounds.is_point for i in support.moving):
        points = [f.bounds.low if f.bounds.is_point else 1.0 for f in leaves]
        return support_facts(site.spec.structure, *points).bounds
    return support.bounds


def bounds_of(step: Step, ins: list[Flow], numbers: Numbers) -> Range:
    """Range of a plain step's results."""
    if any(f.partial for f in ins) and step.eqn.outvars[0].aval.dtype == bool:
        return Range()  # NaN compares as false
    if step.primitive == "select_n":
        test = numbers.definitions[ins[0].number]
        if test.eqn not in (None, "chosen") and is_nan_test(test):
            return ins[1].bounds  # the case of a number
    if step.primitive in ("argmax", "argmin"):
        return Range(0, max(step.eqn.invars[0].aval.shape[step.eqn.params["axes"][0]] - 1, 0))
    if step.primitive == "gather" and fills(step.eqn, ins[1].bounds):
        return Range()
    bounds = range_of(step.primitive, step.eqn.params, [f.bounds for f in ins])
    return wrapped(bounds, step.eqn.outvars[0].aval.dtype)


def may_be_nan(step: Step, ins: list[Flow]) -> bool:
    """Whether a plain step may make NaN of a whole region."""
    domain = DOMAINS.get(step.primitive)
    if domain is not None:
        return not ins[0].bounds.inside(*domain)
    return step.primitive == "gather" and fills(step.eqn, ins[1].bounds)


def of_bits(noise: frozenset[Any]) -> frozenset[Any]:
    """That of random bits outside of sites: rounded, it stays as fine as before for what a parameter is compared with."""
    return frozenset(n for n in noise if isinstance(n, tuple))
