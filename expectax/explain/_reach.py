"""Which inputs reach the cost at all, and which reach it with a derivative: by structure alone."""

from typing import Any

from .. import _compat
from .._trace import Block, Constant, Step, Trace

Sources = frozenset[int]


def reaching_inputs(trace: Trace, cut_at_stop: bool, seen: dict[int, Sources] | None = None) -> Sources:
    """Positions of the inputs on which the cost depends; with `cut_at_stop`, not counting what is stopped.

    `seen` is filled with the same for every value.
    """
    ins = [frozenset([i]) for i in range(len(trace.block.inputs))]
    return _Walk(cut_at_stop, seen).walk(trace.block, ins)[0]


def stop_lines(trace: Trace) -> list[str]:
    """Lines of the user's stop_gradient calls."""
    return sorted(set(_stops(trace.block)))


def _stops(block: Block) -> list[str]:
    found = [s.line for s in block.steps if s.primitive == "stop_gradient"]
    inner = [s for s in block.steps if s.kind not in ("site", "density")]
    return found + [line for s in inner for b in s.blocks for line in _stops(b)]


class _Walk:
    def __init__(self, cut_at_stop: bool, seen: dict[int, Sources] | None):
        self.cut_at_stop = cut_at_stop
        self.seen = {} if seen is None else seen

    def walk(self, block: Block, ins: list[Sources]) -> list[Sources]:
        env: dict[int, Sources] = dict(zip(block.inputs, ins, strict=True))

        def read(ref: Any) -> Sources:
            return frozenset() if isinstance(ref, Constant) else env[ref]

        for step in block.steps:
            env.update(zip(step.writes, self.step(step, [read(r) for r in step.reads]), strict=True))
        self.seen.update(env)
        return [read(r) for r in block.outputs]

    def step(self, step: Step, ins: list[Sources]) -> list[Sources]:
        if step.kind == "baseline":  # what a learned one is computed from gets a derivative too
            return [ins[0] | ins[1] if step.payload.learned else ins[0], ins[1]]
        if step.kind == "gate":
            return [ins[len(ins) - len(step.blocks[0].inputs)]]
        if step.kind in ("remat", "custom", "continuous"):
            return self.walk(step.blocks[0], ins[len(ins) - len(step.blocks[0].inputs) :])
        if step.kind == "cond":
            branches = [self.walk(b, ins[1:]) for b in step.blocks]
            return [ins[0].union(*outs) for outs in zip(*branches, strict=True)]
        if step.kind in ("scan", "while"):
            return self._loop(step, ins)
        everything = frozenset().union(*ins) if ins else frozenset()
        if step.primitive == "stop_gradient" and self.cut_at_stop:
            everything = frozenset()
        return [everything for _ in step.writes]

    def _loop(self, step: Step, ins: list[Sources]) -> list[Sources]:
        params = step.eqn.params
        if step.kind == "scan":
            first, carries = _compat.scan_split(step.eqn)
            decide = None
        else:
            decide, first = ins[: params["cond_nconsts"]], params["body_nconsts"]
            ins = ins[params["cond_nconsts"] :]
            carries = len(ins) - first
        state, body = ins[first : first + carries], step.blocks[-1]
        while True:
            control = self.walk(step.blocks[0], [*decide, *state])[0] if decide is not None else frozenset()
            outs = self.walk(body, [*ins[:first], *state, *ins[first + carries :]])
            new = [s | o | control for s, o in zip(state, outs, strict=False)]
            if new == state:
                return [*state, *outs[carries:]]
            state = new
