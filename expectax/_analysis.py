"""What carries a derivative where: paths, randomness, jumps and keys, by one static walk over a trace.

Each value is described by a `Flow`. The derivative of a differentiated parameter flows along paths; a path passes a
site only if its plan keeps the path. Where a discontinuity meets a path *and* continuous randomness, averaging would
smooth it but differentiating one run drops it: that is a `Jump`, and it matters if its effect reaches the cost.
Static findings are suspicions; `_continuity.py` tries to clear them.
"""

import functools
from typing import Any

import jax.numpy as jnp

from . import _compat, _jumps
from ._axes import is_elementwise, repeated_axes
from ._continuity import Prober
from ._flow import Flow, Jump, Learned, SiteFacts, bounds_of, draw_bounds, may_be_nan, merged, of_bits, support_facts
from ._keys import sharing
from ._linear import BILINEAR, is_linear
from ._ranges import Range, join, range_of_constant
from ._trace import Block, Constant, Step, Telescope, Trace
from ._values import Numbers


class Analysis:
    """One walk over a trace under one plan. `outputs[0]` is the cost; its jumps are what is left unexplained.

    For a derivative of order n along paths the (n-1)-th derivative must be continuous; from the second order on, kinks
    (of abs, max, ...) count as jumps.
    """

    def __init__(self, trace: Trace, plan: dict[int, Any], order: int = 1, before: "Analysis | None" = None):
        """`before`: an analysis of the same trace under another plan, whose numbers and verdicts still hold."""
        self.trace, self.plan, self.order = trace, plan, order
        self.numbers = Numbers() if before is None else before.numbers
        self.sites = {s.id: SiteFacts() for s in trace.sites}
        self.key_uses: dict[int, dict[str, tuple[str, tuple]]] = {}
        self.nested: list[tuple[str, str]] = []
        self.learned: dict[str, Learned] = {}
        """By line: the baselines and controls that are trained along."""
        self.jumping: list[tuple[str, Jump]] = []
        """(line, where it jumps) of each function whose levels do not cancel."""
        self.loops_on_path: list[str] = []
        """Lines of while loops that a derivative passes: reverse mode cannot."""
        self.flows: dict[int, Flow] = {}
        self.draws: dict[int, tuple[Any, tuple[int, ...]]] = {}
        """For each draw's number: its distribution's structure and its parameters' numbers."""
        self.operands: dict[int, tuple[int, ...]] = {}
        """Numbers of the operands of each site and density, by the uid of its step."""
        self.proven: set[Jump] = set()
        """Jumps that were seen to jump; the others are suspicions that could not be cleared."""
        self._loops: list[frozenset[int]] = []
        self._origins: dict[int, int] = {}
        """For each value that a loop's body is given: the value outside that it comes from."""
        self._branch: tuple[tuple[int, int], ...] = ()
        self.prober = Prober(self.numbers, self.flows, order, {} if before is None else before.prober.verdicts)
        self.sharing = sharing(trace) if before is None else before.sharing
        outs = self.walk(trace.block, [self._input(i) for i in range(len(trace.block.inputs))])
        self.sharing.tell(self.sites, self.key_uses)
        self.outputs = [self._settle(o, whole=i == 0) for i, o in enumerate(outs)]

    def _input(self, position: int) -> Flow:
        live = position in self.trace.live_inputs
        paths = frozenset([("parameter", position)]) if live else frozenset()
        return self._note(
            Flow(
                self.numbers.leaf(("input", position), self.trace.in_avals[position]),
                paths,
                keyed=position in self.trace.key_inputs,
            )
        )

    def _note(self, flow: Flow) -> Flow:
        self.flows[flow.number] = flow
        return flow

    # --- Walking ---

    def walk(self, block: Block, ins: list[Flow]) -> list[Flow]:
        env: dict[int, Flow] = dict(zip(block.inputs, ins, strict=True))

        def read(ref: Any) -> Flow:
            if isinstance(ref, Constant):
                return self._note(Flow(self.numbers.constant(ref.value), bounds=range_of_constant(ref.value)))
            return env[ref]

        for step in block.steps:
            outs = self._rule(step)(step, [read(r) for r in step.reads])
            env.update(zip(step.writes, map(self._note, outs), strict=True))
        return [read(r) for r in block.outputs]

    def _rule(self, step: Step):
        return {
            "site": self._site,
            "density": self._density,
            "gate": self._gate,
            "baseline": self._baseline,
            "mean": self._mean,
            "continuous": self._continuous,
            "remat": self._custom,
            "custom": self._custom,
            "cond": self._cond,
            "scan": self._scan,
            "while": self._while,
            "shard_map": self._shard_map,
        }.get(step.kind, self._plain)

    def _leaf(self, step: Step, result: int, merged: Flow) -> Flow:
        aval = step.eqn.outvars[result].aval
        return merged._replace(number=self.numbers.leaf((step.uid, result), aval), bounds=Range())

    def _custom(self, step: Step, ins: list[Flow]) -> list[Flow]:
        if isinstance(step.payload, Telescope):
            return self._telescope(step, ins)
        loops = len(self.loops_on_path)
        outs = self.walk(step.blocks[0], ins[len(ins) - len(step.blocks[0].inputs) :])
        if step.kind == "custom":
            del self.loops_on_path[loops:]  # what is differentiated is its rule, not its body
        return outs

    def _telescope(self, step: Step, ins: list[Flow]) -> list[Flow]:
        """Its levels cancel for a function that does not jump, wherever its draws come from: as if all of them moved."""
        settled, carrier = [self._settle(f, whole=True) for f in ins], ("telescope", step.uid)
        numbers = (self._body_leaf(step, 0, i) for i in range(len(ins)))
        moved = [
            Flow(n, frozenset([carrier]), frozenset([carrier]), bounds=f.bounds)
            for f, n in zip(ins, numbers, strict=True)
        ]
        for out in self.walk(step.blocks[0], list(map(self._note, moved))):
            self.jumping += [(step.line, j) for j in self._settle(out, whole=True).jumps]
        self._check_means(step, settled)
        return [self._leaf(step, 0, merged(settled))]

    def _gate(self, step: Step, ins: list[Flow]) -> list[Flow]:
        return [ins[len(ins) - len(step.blocks[0].inputs)]]

    def _baseline(self, step: Step, ins: list[Flow]) -> list[Flow]:
        if step.payload.learned:
            jumps = self._settle(ins[-1], whole=True).jumps if step.payload.kind == "relaxed" else frozenset()
            seen = Learned(step.payload.kind, merged(ins[1:3]).paths, jumps)  # of a control: its level and its slope
            self.learned[step.line] = seen.joined(self.learned.get(step.line, seen))
        return [ins[0], self._leaf(step, 1, ins[1])]

    def _continuous(self, step: Step, ins: list[Flow]) -> list[Flow]:
        if step.payload is not None and step.payload < self.order:
            return self.walk(step.blocks[0], ins)  # a bijector, known to be continuous in fewer derivatives
        ins, numbers = [self._settle(f) for f in ins], (self._body_leaf(step, 0, i) for i in range(len(ins)))
        still = [f._replace(number=n, paths=frozenset(), jumps=frozenset()) for f, n in zip(ins, numbers, strict=True)]
        outs = self.walk(step.blocks[0], list(map(self._note, still)))  # no path, so that no jump is looked for
        special = Flow(-1, partial=step.primitive == "custom_jvp_call")  # special functions have their domains
        passed = merged([*ins, special])
        return [self._leaf(step, i, passed._replace(means=o.means)) for i, o in enumerate(outs)]

    def _shard_map(self, step: Step, ins: list[Flow]) -> list[Flow]:
        outs = self.walk(step.blocks[0], [self._settle(f) for f in ins])
        return [self._leaf(step, i, self._settle(o)) for i, o in enumerate(outs)]

    def _mean(self, step: Step, ins: list[Flow]) -> list[Flow]:
        return [self._leaf(step, 0, ins[0]._replace(means=ins[0].means | {(step.line, ins[1].number)}))]

    # --- Sites and densities ---

    def _site(self, step: Step, ins: list[Flow]) -> list[Flow]:
        site = step.site
        assert site is not None
        key, leaves = ins[0], [self._settle(f) for f in ins[1:]]
        self.operands[step.uid] = tuple(f.number for f in ins)
        self.nested += [(line, step.line) for f in leaves for line, _ in f.means]
        support = support_facts(site.spec.structure)
        facts, joined = self.sites[site.id], merged(leaves)
        facts.reached |= joined.paths
        facts.moved |= frozenset().union(*(leaves[i].paths for i in support.moving))
        facts.keyed &= key.keyed
        facts.key_number, facts.branch = key.number, self._branch
        facts.key_repeats |= any(step.eqn.invars[0].aval.shape[a] > 1 for a in key.repeats)
        facts.key_is_loop_constant |= not all(self._depends(key.number, loop) for loop in self._loops)
        self._use_key(key.number, f"site {site.id}", site.title)
        estimator = self.plan[site.id]
        keeps = estimator is not None and ((estimator.keeps_path and site.spec.pathwise) or estimator.follows)
        off_support = estimator is not None and estimator.follows  # between the values that the family draws
        discrete = site.spec.discrete or jnp.issubdtype(site.draw_dtype, jnp.integer)
        draw = Flow(
            self.numbers.leaf((step.uid, "draw"), step.eqn.outvars[0].aval),
            paths=frozenset([("site", site.id)]) if keeps and joined.paths else frozenset(),
            noise=frozenset() if discrete and not off_support else frozenset([site.id]),
            jumps=joined.jumps,
            bounds=draw_bounds(site, leaves),
            atoms=support.mixed,
        )
        if not off_support:
            self.draws[draw.number] = (site.spec.structure, tuple(f.number for f in leaves))
        return [draw, self._leaf(step, 1, joined)]

    def _density(self, step: Step, ins: list[Flow]) -> list[Flow]:
        ins = [self._settle(f) for f in ins]
        self.operands[step.uid] = tuple(f.number for f in ins)
        self._check_means(step, ins)
        out = self._leaf(step, 0, merged(ins))
        # where the edge is met, the value and the parameters that move it decide
        support = support_facts(step.payload)
        edge = merged([ins[0], *(ins[1 + i] for i in support.moving)])
        if not self._is_inside(step, ins[0], ins[1:]):
            part = "a component" if support.steps else "the support"
            what = _jumps.MASS if support.mixed else f"the edge of {part} of a log_prob"
            out = self._jumping(out, edge, what, step, seen=support.steps)
        if self.order > 1 and support.kinks and not self._is_own(step, ins[0], ins[1:], range(len(ins) - 1)):
            out = self._jumping(out, out, "the kink of a log_prob", step, seen=True)
        return [out]

    def _jumping(self, out: Flow, by: Flow, what: str, step: Step, seen: bool = False) -> Flow:
        """`out` with the jump that it has if a path and noise of `by` meet there."""
        if not by.paths or not by.noise:
            return out
        jump = Jump(out.number, by.paths, by.noise, what, step.line)
        self.proven |= {jump} if seen else set()
        return out._replace(jumps=out.jumps | {jump})

    def _is_own(self, step: Step, value: Flow, leaves: list[Flow], which: Any) -> bool:
        """Whether a density is taken at a draw of the same family, with the same parameters at the places `which`."""
        structure, numbers = self.draws.get(value.number, (None, ()))
        same = structure is not None and structure == step.payload
        return same and all(leaves[i].number == numbers[i] for i in which)

    def _is_inside(self, step: Step, value: Flow, leaves: list[Flow]) -> bool:
        """Whether a density's value cannot cross the edge of its support, or meet a number that has mass."""
        support = support_facts(step.payload)
        if support.mixed or support.steps or support.whole_line:
            return not support.mixed and not support.steps
        if support.discrete and value.paths:
            return False  # what moves is not at its values but by chance
        if self._is_own(step, value, leaves, support.moving):
            return True
        if support.moving:
            if any(leaves[i].paths or not leaves[i].bounds.is_point for i in support.moving):
                return False
            support = support_facts(step.payload, *(f.bounds.low if f.bounds.is_point else 1.0 for f in leaves))
        return value.bounds.inside(*support.bounds)

    def _use_key(self, number: int, user: str, title: str) -> None:
        self.key_uses.setdefault(number, {})[user] = (title, self._branch)

    def _depends(self, number: int, leaves: frozenset[int]) -> bool:
        return self.numbers.depends(number, leaves, self._origins)

    # --- Control flow ---

    def _cond(self, step: Step, ins: list[Flow]) -> list[Flow]:
        index, saved = ins[0], self._branch
        branches = []
        for number, block in enumerate(step.blocks):
            self._branch = (*saved, (step.uid, number))
            branches.append(self.walk(block, ins[1:]))
        self._branch = saved
        outs = []
        for i, options in enumerate(zip(*branches, strict=True)):
            joined = merged(options)
            number = self.numbers.chosen(index.number, tuple(o.number for o in options), step.eqn.outvars[i].aval)
            bounds = functools.reduce(join, (o.bounds for o in options))
            repeats = frozenset.intersection(*(o.repeats for o in options))
            outs.append(
                joined._replace(number=number, jumps=joined.jumps | index.jumps, bounds=bounds, repeats=repeats)
            )
        if index.means:
            self.nested += [(line, step.line) for line, _ in index.means]
        return outs

    def _scan(self, step: Step, ins: list[Flow]) -> list[Flow]:
        nc, nk = _compat.scan_split(step.eqn)
        ins = [self._settle(f) for f in ins]
        operands = tuple(f.number for f in ins)
        rows = [
            f._replace(number=self._body_leaf(step, 0, i + nc + nk), repeats=frozenset(a - 1 for a in f.repeats if a))
            for i, f in enumerate(ins[nc + nk :])
        ]
        self._origins.update((row.number, f.number) for row, f in zip(rows, ins[nc + nk :], strict=True))
        carry, outs = self._iterate(step, step.blocks[0], ins[:nc], ins[nc : nc + nk], rows)
        outs = [self._settle(o, whole=True) for o in outs[nk:]]
        outs = carry + [o._replace(repeats=frozenset(a + 1 for a in o.repeats)) for o in outs]
        if any(True for _ in step.blocks[0].sites()):
            return [self._leaf(step, i, o) for i, o in enumerate(outs)]
        return [self._scanned(step, operands, i, o, merged(ins).jumps) for i, o in enumerate(outs)]

    def _scanned(self, step: Step, operands: tuple[int, ...], i: int, out: Flow, before: frozenset[Jump]) -> Flow:
        """One output of a scan without sites: an index found by a search is a single discontinuous value."""
        number = self.numbers.of(step.eqn, operands, i)
        found = out.jumps - before
        if found and not _compat.is_float_type(step.eqn.outvars[i].aval):
            carriers = frozenset().union(*(j.carriers for j in found))
            noise = frozenset().union(*(j.noise for j in found))
            jump = Jump(number, carriers, noise, "a comparison in a scan", step.line)
            out = out._replace(jumps=(out.jumps & before) | {jump})
        return out._replace(number=number, bounds=Range())

    def _while(self, step: Step, ins: list[Flow]) -> list[Flow]:
        params = step.eqn.params
        nc, nb = params["cond_nconsts"], params["body_nconsts"]
        ins = [self._settle(f) for f in ins]

        def decide(carry: list[Flow]) -> Flow:
            return self.walk(step.blocks[0], ins[:nc] + carry)[0]

        carry, _ = self._iterate(step, step.blocks[1], ins[nc : nc + nb], ins[nc + nb :], [], decide)
        self.proven |= decide(carry).jumps
        reached = any(self.sites[s.id].reached for b in step.blocks for s in b.sites())
        if reached or any(
            f.paths and _compat.is_float_type(v.aval) for f, v in zip(carry, step.eqn.outvars, strict=True)
        ):
            self.loops_on_path.append(step.line)
        return [self._leaf(step, i, o) for i, o in enumerate(carry)]

    def _body_leaf(self, step: Step, block: int, position: int) -> int:
        body = step.blocks[block]
        return self.numbers.leaf((step.uid, "body", body.inputs[position]), body.avals[position])

    def _iterate(self, step: Step, body: Block, fixed: list, carry: list, rows: list, decide: Any = None):
        """The carry at any iteration (least fixed point) and the body's outputs there."""
        block = step.blocks.index(body)
        numbers = [self._body_leaf(step, block, len(fixed) + i) for i in range(len(carry))]
        self._origins.update(zip(numbers, (f.number for f in carry), strict=True))
        self._loops.append(frozenset([*numbers, *(f.number for f in rows)]))
        state = [f._replace(number=n, bounds=Range()) for f, n in zip(carry, numbers, strict=True)]
        while True:
            for flow in (*state, *rows):
                self._note(flow)
            control = decide(state).jumps if decide else frozenset()
            outs = self.walk(body, [*fixed, *state, *rows])
            back = [self._settle(o, whole=True) for o in outs[: len(carry)]]
            new = [
                merged([old, o])._replace(
                    number=old.number,
                    keyed=old.keyed or o.keyed,
                    jumps=old.jumps | o.jumps | control,
                    repeats=old.repeats & o.repeats,
                )
                for old, o in zip(state, back, strict=True)
            ]
            if new == state:
                self._loops.pop()
                return state, outs
            state = new

    # --- Plain primitives ---

    def _plain(self, step: Step, ins: list[Flow]) -> list[Flow]:
        name = step.primitive
        if name == "random_bits":
            self._use_key(ins[0].number, f"bits {step.uid}", f"random bits at {step.line}")
        if not is_elementwise(step.eqn) and not (name == "broadcast_in_dim" and step.eqn.invars[0].aval.shape == ()):
            ins = [self._settle(f) if f.jumps else f for f in ins]
        self._check_means(step, ins)
        return [self._result(step, ins, i) for i in range(len(step.writes))]

    def _result(self, step: Step, ins: list[Flow], result: int) -> Flow:
        name, aval = step.primitive, step.eqn.outvars[result].aval
        if name == "random_clone":
            return ins[0]  # the same key
        if name == "select_n" and ins[0].bounds.is_point:
            return ins[1 + int(ins[0].bounds.low)]
        if name == "select_n" and len({f.number for f in ins[1:]}) == 1:
            return ins[1]
        joined = merged(ins)
        number = self.numbers.of(step.eqn, tuple(f.number for f in ins), result)
        repeats = repeated_axes(step.eqn, [f.repeats for f in ins]) if ins else frozenset()
        flow = joined._replace(number=number, bounds=bounds_of(step, ins, self.numbers), repeats=repeats)
        flow = flow._replace(
            partial=joined.partial or may_be_nan(step, ins), atoms=joined.atoms or _jumps.may_clip(step)
        )
        if name in ("random_bits", "random_gamma"):
            return flow._replace(noise=joined.noise | {("bits", step.line)})
        if name == "stop_gradient":
            return flow._replace(paths=frozenset())
        if flow.bounds.is_point and aval.dtype == bool:
            return Flow(number, keyed=flow.keyed, bounds=flow.bounds)  # decided by ranges
        if name in _jumps.WITHOUT_DERIVATIVE and joined.noise:
            ended = flow._replace(paths=frozenset())
            return self._jumping(ended, joined, f"{name}, which has no derivative,", step, seen=True)
        discrete = not _compat.is_float_type(aval)
        if self.order > 1 and name in _jumps.KINKS and joined.paths and joined.noise and _jumps.may_kink(name, ins):
            return self._jumping(flow, joined, f"the kink of {name}", step)
        piecewise = not discrete and _jumps.is_piecewise(step, result)
        if not discrete and name not in _jumps.JUMPS and not piecewise:
            return flow
        if name not in _jumps.SMOOTH:
            flow = self._jumping(flow, joined, name, step)
        if piecewise:
            return flow
        whole = name in _jumps.BITS and not any(_compat.is_float_type(v.aval) for v in step.eqn.invars)
        kept = joined.noise if whole or name in _jumps.ROUNDED else frozenset()
        return flow._replace(paths=frozenset(), noise=kept if whole else of_bits(kept))

    def _check_means(self, step: Step, ins: list[Flow]) -> None:
        reached = [bool(f.means) for f in ins]
        if not any(reached) or (step.kind != "density" and is_linear(step.eqn, reached)):
            return
        keys = [frozenset(number for _, number in f.means) for f in ins]
        if step.primitive not in BILINEAR or len(keys) != 2 or self._share_a_key(*keys):
            self.nested += [(line, step.line) for f in ins for line, _ in f.means]

    def _share_a_key(self, some: frozenset[int], others: frozenset[int]) -> bool:
        """Whether a key of one set is that of the other, or was made from it."""
        return any(self._depends(k, others) for k in some) or any(self._depends(k, some) for k in others)

    # --- Clearing suspicions ---

    def _settle(self, flow: Flow, whole: bool = False) -> Flow:
        """Drop the jumps that a value provably does not show; `whole` looks beyond elementwise steps too."""
        if not flow.jumps:
            return flow
        suspects = {j.number: j for j in flow.jumps}
        for wide in (False, True) if whole else (False,):
            verdict, covered = self.prober.probe(flow.number, frozenset(suspects), wide)
            found = frozenset(suspects[n] for n in covered)
            if verdict == "continuous":
                flow = flow._replace(jumps=flow.jumps - found)
                suspects = {j.number: j for j in flow.jumps}
            elif verdict == "jump":
                self.proven |= found
            if not suspects:
                break
        return flow
