"""What every step's values look like over many runs: how many are not finite, saturated, cancelled.

The program is evaluated without derivatives. A loop adds up its iterations and a branch counts nothing where it is not
taken, so that a step inside has one count like any other.
"""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import _compat
from .._interpret import is_float
from .._program import Program
from .._trace import Block, Constant, Step
from ._slopes import count_steep, has_rule_of_a_user, rule_differs

SATURATED = 1e-4
"""Slope of a squash below which next to nothing passes."""
_CANCELLED = 256.0
"""Roundoffs of the operands by which a difference counts as rounding noise."""

# the slope of each squash, from its value
_SLOPES = {"tanh": lambda y: 1 - y * y, "logistic": lambda y: y * (1 - y), "erf": lambda y: 1 - y * y}
_SLOPES["max"] = lambda y: jnp.abs(jnp.sign(y))  # with a constant 0: a rectifier, seen by its check
SQUASHES = frozenset(_SLOPES)
_SUMS = frozenset({"add", "sub"})
_LOOKED_AT = SQUASHES | _SUMS


class Counts(NamedTuple):
    """Of one step, over all runs, iterations and elements."""

    elements: Any = 0
    broken: Any = 0
    """Not finite although every operand is."""
    steep: Any = 0
    """Finite, with a derivative that is not."""
    flat: Any = 0
    """On the flat part of a squash."""
    cancelled: Any = 0
    """A sum or difference of which little but rounding is left."""
    compared: Any = 0
    """Calls of a function with a derivative of its own, in which that could be compared with differences of its values."""
    foreign: Any = 0
    """Those of them in which it is another one."""


@dataclasses.dataclass(frozen=True, eq=False)
class Census:
    """Counts by the uid of a step, and the values of the slots that were asked for."""

    counts: dict[int, Counts]
    values: dict[int, np.ndarray]
    """One row a run, with all iterations of a loop; NaN in a branch that was not taken. None of a while loop's."""


def census(program: Program, keys: Any, wanted: frozenset[int], deep: bool) -> Census:
    """Run the program once for each key and count; `deep`: of every step, what is not finite too."""
    leaves = list(program.call.leaves)
    walker = _Walker(deep, wanted)

    def one(key: Any) -> "_Seen":
        values = [key if i in program.call.key_leaves else v for i, v in enumerate(leaves)]
        return walker.walk(program.trace.block, values)[1]

    with jax.disable_jit(False):
        seen = jax.vmap(one)(keys)
    summed = jax.tree.map(lambda c: int(np.asarray(c).sum()), seen.counts)
    return Census(summed, {slot: np.asarray(v, float).reshape(len(v), -1) for slot, v in seen.values.items()})


class _Seen(NamedTuple):
    """What was noted of one run of some steps."""

    counts: dict[int, Counts]
    values: dict[int, Any]

    def add(self, later: "_Seen") -> None:
        self.counts.update(later.counts)
        self.values.update(later.values)


@dataclasses.dataclass(frozen=True)
class _Walker:
    """Evaluates blocks and returns (values by slot, what was noted)."""

    deep: bool
    wanted: frozenset[int]

    def walk(self, block: Block, args: list) -> tuple[dict[int, Any], _Seen]:
        env: dict[int, Any] = dict(zip(block.inputs, args, strict=True))
        seen = _Seen({}, {})
        for step in block.steps:
            ins = [r.value if isinstance(r, Constant) else env[r] for r in step.reads]
            outs, inner = self._step(step, ins)
            seen.add(inner)
            env.update(zip(step.writes, outs, strict=True))
        seen.values.update((slot, env[slot]) for slot in self.wanted & env.keys())
        return env, seen

    def outputs(self, block: Block, args: list) -> tuple[list, _Seen]:
        env, seen = self.walk(block, args)
        return [r.value if isinstance(r, Constant) else env[r] for r in block.outputs], seen

    def _step(self, step: Step, ins: list) -> tuple[list, _Seen]:
        rule = _RULES.get(step.kind)
        if step.kind == "gate":
            return [ins[len(ins) - len(step.blocks[0].inputs)]], _Seen({}, {})
        if rule is not None:
            return rule(self, step, ins)
        outs = _compat.bind(step.eqn, ins)
        if step.site is not None:  # else XLA copies a sampler into each count behind it, and compiles it for minutes
            outs = list(lax.optimization_barrier(outs))
        counts = self._count(step, ins, outs)
        return outs, _Seen({} if counts is None else {step.uid: counts}, {})

    def _remat(self, step: Step, ins: list) -> tuple[list, _Seen]:
        return self.outputs(step.blocks[0], ins)

    def _custom(self, step: Step, ins: list) -> tuple[list, _Seen]:
        """A function with a derivative of its own: what is steep inside does not matter, nor what is flat on the way."""
        block = step.blocks[0]
        inside = _Walker(False, self.wanted).outputs(block, ins[-len(block.inputs) :])[1]
        last = {
            s.uid for s in block.steps if not set(s.writes).isdisjoint(r for r in block.outputs if isinstance(r, int))
        }
        for uid, counts in inside.counts.items():
            inside.counts[uid] = counts if uid in last else counts._replace(flat=jnp.zeros_like(counts.flat))
        outs = _compat.bind(step.eqn, ins)
        counts = self._count(step, ins, outs)
        if has_rule_of_a_user(step):
            compared, foreign = rule_differs(step, ins)
            counts = (counts or _NOTHING)._replace(compared=compared, foreign=foreign)
        inside.counts.update({} if counts is None else {step.uid: counts})
        return outs, inside

    def _continuous(self, step: Step, ins: list) -> tuple[list, _Seen]:
        """A function that is one step, whatever it is made of: only values that are wanted are looked up inside."""
        (block,), outs = step.blocks, _compat.bind(step.eqn, ins)
        counts, seen = self._count(step, ins, outs), _Seen({}, {})
        if any(not self.wanted.isdisjoint(s.writes) for s in block.steps):
            seen = self.walk(block, ins)[1]._replace(counts={})
        seen.counts.update({} if counts is None else {step.uid: counts})
        return outs, seen

    def _scan(self, step: Step, ins: list) -> tuple[list, _Seen]:
        params = step.eqn.params
        nc, nk = _compat.scan_split(step.eqn)

        def iterate(carry, rows):
            outs, seen = self.outputs(step.blocks[0], [*ins[:nc], *carry, *rows])
            return outs[:nk], (outs[nk:], seen)

        carry, (stacked, seen) = lax.scan(
            iterate, ins[nc : nc + nk], ins[nc + nk :], length=params["length"], reverse=params["reverse"]
        )
        return [*carry, *stacked], seen._replace(counts=jax.tree.map(lambda c: c.sum(), seen.counts))

    def _while(self, step: Step, ins: list) -> tuple[list, _Seen]:
        params, (_condition, body) = step.eqn.params, step.blocks
        nc, nb = params["cond_nconsts"], params["body_nconsts"]

        def iterate(state):
            carry, counts = state
            outs, new = self.outputs(body, [*ins[nc : nc + nb], *carry])
            return outs, jax.tree.map(jnp.add, counts, new.counts)

        start = ins[nc + nb :]
        zeros = _unseen(lambda carry: self.outputs(body, [*ins[nc : nc + nb], *carry])[1], start)
        going = _compat.as_function(params["cond_jaxpr"])
        carry, counts = lax.while_loop(lambda s: going(*ins[:nc], *s[0])[0].any(), iterate, (start, zeros.counts))
        return carry, _Seen(counts, {})

    def _cond(self, step: Step, ins: list) -> tuple[list, _Seen]:
        unseen = _Seen({}, {})
        for block in step.blocks:
            unseen.add(_unseen(lambda *args, block=block: self.outputs(block, list(args))[1], *ins[1:]))

        def branch(block):
            def taken(*args):
                outs, seen = self.outputs(block, list(args))
                return outs, _Seen({**unseen.counts, **seen.counts}, {**unseen.values, **seen.values})

            return taken

        return lax.switch(ins[0], [branch(b) for b in step.blocks], *ins[1:])

    def _count(self, step: Step, ins: list, outs: list) -> Counts | None:
        """None where there is nothing to count."""
        if not outs or not is_float(outs[0]) or not (self.deep or step.primitive in _LOOKED_AT):
            return None
        out, operands = outs[0], [v for v in ins if not _compat.is_key(v) and is_float(v)]
        whole = jnp.all(jnp.array([jnp.all(jnp.isfinite(v)) for v in operands] or [True]))
        return _NOTHING._replace(
            elements=jnp.int32(jnp.size(out)),
            broken=jnp.where(whole, jnp.sum(~jnp.isfinite(out)), 0).astype(jnp.int32) if self.deep else jnp.int32(0),
            steep=count_steep(step, ins, outs) if self.deep else jnp.int32(0),
            flat=_flat(step, out),
            cancelled=_cancelled(step, ins, out),
        )


_NOTHING = Counts(*[np.int32(0)] * len(Counts._fields))

_RULES = {
    "scan": _Walker._scan,
    "while": _Walker._while,
    "cond": _Walker._cond,
    "remat": _Walker._remat,
    "custom": _Walker._custom,
    "continuous": _Walker._continuous,
}


def _unseen(fn: Callable, *args: Any) -> _Seen:
    """What is noted of steps that did not run: counts of zero, values of NaN."""
    shapes = jax.eval_shape(fn, *args)
    counts = jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes.counts)
    return _Seen(counts, jax.tree.map(lambda s: jnp.full(s.shape, jnp.nan, s.dtype), shapes.values))


def _flat(step: Step, out: Any) -> Any:
    slope = _SLOPES.get(step.primitive)
    return jnp.int32(0) if slope is None else jnp.sum(slope(out) < SATURATED).astype(jnp.int32)


def _cancelled(step: Step, ins: list, out: Any) -> Any:
    if step.primitive not in _SUMS:
        return jnp.int32(0)
    largest = jnp.maximum(jnp.abs(ins[0]), jnp.abs(ins[1]))
    small = jnp.abs(out) < _CANCELLED * jnp.finfo(out.dtype).eps * largest
    return jnp.sum(small & (out != 0)).astype(jnp.int32)
