"""Which draws a value depends on, and along which of its axes: the static half of credit assignment.

A score site has lanes, one a draw. A value that depends on the site either keeps the lanes apart along some of its axes
(element i depends on lane i alone) or mixes them. `Deps` maps a weight's key to one entry a lane axis:

    Lane(axis)          lanes lie along that axis of the value
    Lane(axis, "past")  a scan's steps lie along it, and step t depends on steps <= t
    None                mixed: every element may depend on every lane

A superset of the true dependence is always unbiased, so whatever is not known here mixes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import _compat
from ._batching import working
from ._trace import Block, Constant, Step, density_block


class Lane(NamedTuple):
    """An axis of a value along which lanes stay apart; `history` is None, "past" or "future" (a reversed scan)."""

    axis: int
    history: str | None = None


Key = tuple[int, int]
"""(HERE, site) for the draws of the current scope, (uid of a loop, site) for those of its earlier iterations."""
HERE = -1
Alignment = tuple[Lane | None, ...]
Deps = dict[Key, Alignment]
AxisMap = Callable[[int], int | None]


def merge(*many: Deps) -> Deps:
    """Union; where two disagree on an axis its lanes mix."""
    out: Deps = {}
    for deps in many:
        for key, alignment in deps.items():
            out[key] = _meet(out[key], alignment) if key in out else alignment
    return out


def _meet(a: Alignment, b: Alignment) -> Alignment:
    def entry(x: Lane | None, y: Lane | None) -> Lane | None:
        if x is None or y is None or x.axis != y.axis:
            return None
        return x if x.history is not None else y

    return tuple(map(entry, a, b))


def _finer(deps: Deps, other: Deps) -> Deps:
    """The same draws, each lane axis apart that is so in either: both are supersets of the true dependence."""

    def entry(x: Lane | None, y: Lane | None) -> Lane | None:
        return y if x is None else x

    return {key: tuple(map(entry, a, other.get(key, a))) for key, a in deps.items()}


def mixed(deps: Deps) -> Deps:
    """The same sites with all lanes mixed."""
    return {key: (None,) * len(a) for key, a in deps.items()}


def remap(deps: Deps, axis_map: AxisMap) -> Deps:
    if not any(deps.values()):  # draws without axes: a sum of many depends on all of them
        return deps

    def entry(lane: Lane | None) -> Lane | None:
        to = None if lane is None else axis_map(lane.axis)
        return None if lane is None or to is None else lane._replace(axis=to)

    return {key: tuple(map(entry, a)) for key, a in deps.items()}


# --- Blocks ------------------------------------------------------------------------------------------------------


class Lanes:
    """The dependence of every value, for one set of weighted sites."""

    def __init__(self, weighted: frozenset[int], seen: dict[int, Deps] | None = None):
        """`seen` is filled with the dependence of every value of the blocks that are walked."""
        self.weighted = weighted
        self.seen = {} if seen is None else seen

    def walk(self, block: Block, ins: list[Deps]) -> list[Deps]:
        env: dict[int, Deps] = dict(zip(block.inputs, ins, strict=True))

        def read(ref: Any) -> Deps:
            return {} if isinstance(ref, Constant) else env[ref]

        for step in block.steps:
            env.update(zip(step.writes, self.step(step, [read(r) for r in step.reads]), strict=True))
        self.seen.update(env)
        return [read(r) for r in block.outputs]

    def step(self, step: Step, ins: list[Deps]) -> list[Deps]:
        """Dependence of a step's outputs on the sites behind its inputs and on those inside it."""
        if not any(ins) and not self.inside(step):
            return [{} for _ in step.writes]
        if step.kind in ("remat", "custom", "density", "continuous"):
            extra = len(ins) - len(step.blocks[0].inputs)
            return self.walk(step.blocks[0], ins[extra:])
        if step.kind == "baseline":
            return ins[:2]
        if step.kind == "gate":
            return [ins[len(ins) - len(step.blocks[0].inputs)]]
        rule = {"site": self._site, "scan": self._scan, "while": self._while, "cond": self._cond}.get(step.kind)
        if rule is not None:
            return rule(step, ins)
        if step.kind in ("shard_map", "opaque"):
            everything = mixed(merge(*ins, {(HERE, s): self.lanes_of(step, s) for s in self.inside(step)}))
            return [everything for _ in step.writes]
        return _plain(step, ins)

    def inside(self, step: Step) -> list[int]:
        """Weighted sites in a step, itself included."""
        own = [step.site.id] if step.site is not None else []
        return [s for s in (*own, *(x.id for b in step.blocks for x in b.sites())) if s in self.weighted]

    def lanes_of(self, step: Step, site: int) -> Alignment:
        return (None,) * len(weight_shapes(step)[site][0])

    def _site(self, step: Step, ins: list[Deps]) -> list[Deps]:
        draw, log_prob = self.walk(step.blocks[0], ins)
        assert step.site is not None
        if any(None in alignment for alignment in draw.values()):
            # a sampler's loop mixes its lanes, but each draw is a function of its own lane's parameters, as its density is
            draw = _finer(draw, Lanes(frozenset()).walk(density_block(step.blocks[0]), [*ins, {}])[0])
        if step.site.id in self.weighted:
            own = {(HERE, step.site.id): tuple(Lane(a) for a in range(len(step.site.lanes)))}
            draw = {**draw, **own}
        return [draw, log_prob]

    def _cond(self, step: Step, ins: list[Deps]) -> list[Deps]:
        branches = [self.walk(b, ins[1:]) for b in step.blocks]
        chosen = mixed(ins[0])
        return [merge(*outs, chosen) for outs in zip(*branches, strict=True)]

    def scan_carry(self, step: Step, ins: list[Deps]) -> list[Deps]:
        """Dependence of the carry at the start of any iteration, in the body's own keys."""
        consts, carry = _compat.scan_split(step.eqn)
        fixed, xs = ins[:consts], [element(d) for d in ins[consts + carry :]]
        return self._fixpoint(step, step.blocks[0], fixed, ins[consts : consts + carry], xs)

    def while_carry(self, step: Step, ins: list[Deps]) -> list[Deps]:
        """The same for a while loop; every value also depends on what decided that the loop goes on."""
        params = step.eqn.params
        nc, nb = params["cond_nconsts"], params["body_nconsts"]

        batched = np.ndim(_compat.open_jaxpr(params["cond_jaxpr"]).outvars[0].aval) > 0

        def decide(carry: list[Deps]) -> Deps:
            test = self.walk(step.blocks[0], ins[:nc] + carry)[0]
            return test if batched else mixed(test)  # of a vmapped loop each lane goes on by its own test

        return self._fixpoint(step, step.blocks[1], ins[nc : nc + nb], ins[nc + nb :], [], decide)

    def _fixpoint(
        self, step: Step, body: Block, fixed: list, carry: list, xs: list, decide: Callable | None = None
    ) -> list[Deps]:
        while True:
            control = decide(carry) if decide else {}
            outs = self.walk(body, fixed + carry + xs)[: len(carry)]
            new = [merge(c, control, into_past(step, o)) for c, o in zip(carry, outs, strict=True)]
            if new == carry:
                return carry
            carry = new

    def _scan(self, step: Step, ins: list[Deps]) -> list[Deps]:
        consts, carry = _compat.scan_split(step.eqn)
        state = self.scan_carry(step, ins)
        outs = self.walk(step.blocks[0], ins[:consts] + state + [element(d) for d in ins[consts + carry :]])
        return scan_outputs(step, state, outs)

    def _while(self, step: Step, ins: list[Deps]) -> list[Deps]:
        return [leave_while(step, d) for d in self.while_carry(step, ins)]


def element(deps: Deps) -> Deps:
    """One slice along the leading axis."""
    return remap(deps, lambda axis: axis - 1 if axis > 0 else None)


def _sites_of(step: Step) -> frozenset[int]:
    return frozenset(s.id for b in step.blocks for s in b.sites())


def into_past(step: Step, deps: Deps) -> Deps:
    """What a loop's iteration drew is the past of the next one."""
    inner = _sites_of(step)
    return merge(*({(step.uid if k == HERE and s in inner else k, s): a} for (k, s), a in deps.items()))


def scan_outputs(step: Step, carry: list[Deps], outs: list[Deps]) -> list[Deps]:
    """Dependence outside a scan: carries mix its steps, stacked outputs keep them along axis 0."""
    history = "future" if step.eqn.params["reverse"] else "past"
    last = [merge(c, into_past(step, o)) for c, o in zip(carry, outs, strict=False)]
    stacked = [remap(d, lambda axis: axis + 1) for d in outs[len(carry) :]]
    return [_leave_scan(step, d, None) for d in last] + [_leave_scan(step, d, history) for d in stacked]


def _leave_scan(step: Step, deps: Deps, history: str | None) -> Deps:
    """The loop's own keys become (HERE, site) with its steps as a new first lane axis."""
    inner = _sites_of(step)
    out = {k: a for k, a in deps.items() if k[1] not in inner or k[0] not in (HERE, step.uid)}
    for site in {s for k, s in deps if s in inner and k in (HERE, step.uid)}:
        now, past = deps.get((HERE, site)), deps.get((step.uid, site))
        lanes = _meet(now, past) if now is not None and past is not None else (now if past is None else past)
        assert lanes is not None
        time = None if history is None else Lane(0, None if past is None else history)
        out[HERE, site] = (time, *lanes)
    return out


def leave_while(step: Step, deps: Deps) -> Deps:
    """Outside a while loop a site's weight is the sum over iterations."""
    return merge(*({(HERE if k == step.uid else k, s): a} for (k, s), a in deps.items()))


def weight_shapes(step: Step) -> dict[int, tuple[tuple[int, ...], Any]]:
    """Shape and dtype that each site inside a step has as a weight outside of it."""
    if step.site is not None:
        return {step.site.id: (step.site.lanes, working(step.eqn.outvars[1].aval.dtype))}
    inner = {k: v for block in step.blocks for k, v in block_weight_shapes(block).items()}
    if step.kind == "scan":
        return {k: ((step.eqn.params["length"], *shape), dtype) for k, (shape, dtype) in inner.items()}
    if step.kind == "shard_map":
        return {k: ((), dtype) for k, (_, dtype) in inner.items()}
    return inner


def block_weight_shapes(block: Block) -> dict[int, tuple[tuple[int, ...], Any]]:
    return {k: v for step in block.steps for k, v in weight_shapes(step).items()}


# --- Plain primitives --------------------------------------------------------------------------------------------


def _plain(step: Step, ins: list[Deps]) -> list[Deps]:
    from ._axes import axis_map

    outs = []
    for number, var in enumerate(step.eqn.outvars):
        parts = [remap(d, axis_map(step.eqn, i, number)) for i, d in enumerate(ins) if d]
        outs.append(_bounded(merge(*parts), len(np.shape(var.aval))))
    return outs


def _bounded(deps: Deps, rank: int) -> Deps:
    return remap(deps, lambda axis: axis if axis < rank else None)
