"""Histories: joint values of all draws that are summed over. One run of the program is made for each.

    E[f] = sum_h prod_d p_d(h_d) f(h) = mean_h f(h) prod_d K_d p_d(h_d)

Draw d has K_d values; the product is over the draws that f depends on, and stays right for each term of a sum by itself. So a
summed draw is one with a weight, whose value is log(K_d p_d) instead of 0. Where no term depends on two draws of an axis, one
value is given to all of them: the sum over histories is then that of every lane at once.
"""

import dataclasses
import math
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from ._trace import Block, Site
from ._typing import Array

_COUNTED = frozenset({"scan", "cond", "remat"})
"""Steps around a site that tell how often it draws."""


class Place(NamedTuple):
    """Where a site stands."""

    loops: tuple[tuple[int, int], ...] = ()
    """Number and length of each scan around it, from the outermost."""
    counted: bool = True
    """Whether it is known how often it draws."""


_OUTSIDE = Place()


def places(block: Block, around: Place = _OUTSIDE) -> dict[int, Place]:
    """The place of every site of a block."""
    found = {}
    for step in block.steps:
        if step.site is not None:
            found[step.site.id] = around
            continue
        loop = ((step.uid, step.eqn.params["length"]),) if step.kind == "scan" else ()
        inside = Place((*around.loops, *loop), around.counted and step.kind in _COUNTED)
        for inner in step.blocks:
            found |= places(inner, inside)
    return found


@dataclasses.dataclass(frozen=True)
class Summed:
    """All draws of one site that is summed over."""

    site: Site
    shape: tuple[int, ...]
    """Of the draws: the lengths of the loops around, then the lanes."""
    meet: frozenset[int]
    """Axes of it along which two draws meet in one term of the cost."""

    @property
    def free(self) -> int:
        """How many draws take their values independently of each other."""
        return math.prod(n for axis, n in enumerate(self.shape) if axis in self.meet)

    @property
    def runs(self) -> float:
        return _power(len(self.site.spec.support_values()), self.free)

    def laid(self, values: Array) -> Array:
        """Values (runs, free, *event) of the free draws as values of all draws, (runs, *shape, *event)."""
        runs, event = len(values), values.shape[2:]
        kept = [n if axis in self.meet else 1 for axis, n in enumerate(self.shape)]
        return jnp.broadcast_to(jnp.reshape(values, (runs, *kept, *event)), (runs, *self.shape, *event))


@dataclasses.dataclass(frozen=True)
class Histories:
    """Every joint value of the draws of some sites."""

    draws: tuple[Summed, ...]

    @property
    def runs(self) -> float:
        return math.prod(d.runs for d in self.draws)

    def values(self) -> dict[int, Array]:
        """By site: the draws of every history, (runs, *shape, *event)."""
        runs, period, found = np.arange(int(self.runs)), 1, {}
        for draw in self.draws:
            support: Any = draw.site.spec.support_values()
            digits = np.zeros((len(runs), draw.free), int)
            for number in range(draw.free):
                digits[:, number] = runs // period % len(support)
                period *= len(support)
            found[draw.site.id] = draw.laid(jnp.asarray(support[digits].astype(draw.site.draw_dtype)))
        return found


def least_runs(sites: Iterable[Site]) -> float:
    """How many runs there are at the least."""
    return math.prod(float(len(s.spec.support_values())) for s in sites)


def _power(count: int, times: int) -> float:
    """count ^ times, or infinity."""
    return float(count**times) if times * math.log(max(count, 1)) < math.log(sys.float_info.max) else math.inf
