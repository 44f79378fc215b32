"""The program as data: flat blocks of steps, with its sites found and named.

Ordinary `jit` calls are inlined, so every later stage meets one primitive a step and each value has one slot. Marked
calls (sites, densities, gates) stay whole. Control flow keeps its bodies as blocks. `_build.py` makes it.
"""

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

from ._linear import MAY_BE_LINEAR
from ._site import SiteSpec


@dataclasses.dataclass(frozen=True, eq=False)
class Constant:
    """A literal or a closed-over array read by a step. Each is itself only: arrays have no truth of being equal, and no hash."""

    value: Any


Ref = int | Constant


@dataclasses.dataclass(frozen=True)
class Site:
    """One place where a draw is made."""

    id: int
    spec: SiteSpec
    line: str
    depth: int
    """How many loops it stands in."""
    lanes: tuple[int, ...]
    """Shape of its log-density: one entry a draw."""
    key_rank: int
    """Batch axes of its key; fewer than the batch axes of the draw means that lanes share noise."""
    draw_dtype: Any

    @property
    def title(self) -> str:
        return f"{self.spec.name or self.spec.label} at {self.line}"

    @property
    def shares_noise(self) -> bool:
        """Whether vmapped lanes were given one key."""
        return self.key_rank < len(self.lanes) - self.spec.lanes_rank


@dataclasses.dataclass(frozen=True)
class Baseline:
    """What a step of that kind carries: whose draw it is for, and what it is."""

    site: int
    kind: str
    """given, learned, relaxed."""

    @property
    def learned(self) -> bool:
        """Whether it is trained along."""
        return self.kind != "given"


@dataclasses.dataclass(frozen=True)
class Telescope:
    """What marks a custom step as a sum that telescopes over levels of draws."""

    ranks: tuple[int, ...]
    """Of each operand: how many axes it has behind the one along which draws lie."""


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """One equation: what it reads and writes, the blocks inside it, and its mark if it has one."""

    uid: int
    eqn: Any
    reads: tuple[Ref, ...]
    writes: tuple[int, ...]
    line: str
    """The user's line."""
    kind: str = "plain"
    """plain, site, density, gate, baseline, mean, continuous, scan, while, cond, remat, custom, shard_map."""
    site: Site | None = None
    payload: Any = None
    blocks: tuple["Block", ...] = ()

    @property
    def primitive(self) -> str:
        return self.eqn.primitive.name


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """A straight-line program: inputs, steps, outputs."""

    inputs: tuple[int, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Ref, ...]
    avals: tuple[Any, ...]
    """Types of the inputs."""

    @functools.cached_property
    def used_linearly(self) -> frozenset[int]:
        """Slots that may reach an output, or a step with blocks or a mark, by linear steps alone."""
        used = {ref for ref in self.outputs if not isinstance(ref, Constant)}
        for step in reversed(self.steps):
            if step.kind != "plain" or (step.primitive in MAY_BE_LINEAR and not used.isdisjoint(step.writes)):
                used.update(ref for ref in step.reads if not isinstance(ref, Constant))
        return frozenset(used)

    def every_step(self) -> Iterator[Step]:
        """Its steps and those of the blocks inside it, but for what sites and densities are made of."""
        for step in self.steps:
            yield step
            for block in step.blocks if step.kind not in ("site", "density") else ():
                yield from block.every_step()

    def sites(self) -> Iterator[Site]:
        """Every site in it, inner blocks included, in program order."""
        for step in self.steps:
            if step.site is not None:
                yield step.site
            for block in step.blocks:
                yield from block.sites()


@dataclasses.dataclass(frozen=True, eq=False)
class Trace:
    """A traced program of flat inputs and outputs."""

    block: Block
    sites: tuple[Site, ...]
    key_inputs: frozenset[int]
    """Positions of the inputs that hold the random key."""
    live_inputs: frozenset[int]
    """Positions of the inputs that may be differentiated."""
    input_names: tuple[str, ...]
    in_avals: tuple[Any, ...]
    out_tree: Any
    out_avals: tuple[Any, ...]


# --- A site's density -------------------------------------------------------------------------------------------------


def _tied_draw(block: Block) -> int:
    """The draw's own slot, which a site's log-density is tied to."""
    slot = block.outputs[0]
    assert isinstance(slot, int)
    return slot


def density_block(block: Block) -> Block:
    """A site as its log-density alone, of the site's inputs and the draw: samplers loop, and mix their lanes."""
    draw = _tied_draw(block)
    steps = [
        dataclasses.replace(step, reads=(draw, *step.reads[1:])) if step.kind == "density" else step
        for step in _behind_density(block)
    ]
    return Block((*block.inputs, draw), tuple(steps), (block.outputs[1],), (*block.avals, None))


def _behind_density(block: Block) -> list[Step]:
    """The steps of a site that lead to its log-density, the draw taken as given."""
    wanted, slots, draw = [], {block.outputs[1]}, _tied_draw(block)
    for step in reversed(block.steps):
        if slots.intersection(step.writes) and draw not in step.writes:
            wanted.append(step)
            slots.update(r for r in (step.reads[1:] if step.kind == "density" else step.reads) if isinstance(r, int))
    return wanted[::-1]
