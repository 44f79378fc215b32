"""Which draws share a random key: the part of a program that makes its keys, run on a key of our own.

A key is its words, however it was made: rows of a split and one of them, a split into two and one into three, `split(key)[1]` and
`fold_in(key, 1)` give the same one. So keys and the whole numbers that they are made of are evaluated; whatever depends on floats,
or on what was drawn, is not known here. Loops are followed for a while only.
"""

import itertools
from typing import Any, NamedTuple

import jax
import numpy as np

from . import _compat
from ._key_words import Keys, evaluate, from_jax, kind_of
from ._trace import Block, Constant, Step, Trace

_ROUNDS, _BLIND_ROUNDS = 64, 2
"""Of a loop as many iterations are followed; of one that is not seen to end."""
_USES = 2_000
_SIZE = 1 << 16


class Use(NamedTuple):
    """One place where keys are used up."""

    user: str
    """A site, or random bits outside of sites, by name and number."""
    title: str
    branch: tuple[tuple[int, int], ...]
    words: list[bytes]
    """Those of each lane's key."""


def key_uses(trace: Trace) -> list[Use]:
    """Every use of a key that can be told without running the program, one an iteration of a loop."""
    walk = _Walk()
    with jax.ensure_compile_time_eval(), jax.debug_key_reuse(False), jax.disable_jit(False):
        ours = [_key_like(a) if i in trace.key_inputs else None for i, a in enumerate(trace.in_avals)]
        walk.block(trace.block, ours, ())
    return walk.uses


def _key_like(aval: Any) -> Any:
    """Keys of our own in the place of the program's, or of their bare words."""
    random = np.random.default_rng(20_261)
    if not _compat.is_key(aval):
        return random.integers(0, 1 << 32, aval.shape, np.uint32)
    words = jax.eval_shape(jax.random.key_data, jax.ShapeDtypeStruct(aval.shape, aval.dtype))
    return Keys.of_words(kind_of(aval.dtype), random.integers(0, 1 << 32, words.shape, np.uint32))


class _Walk:
    """One walk; a value that is not known is None."""

    def __init__(self):
        self.uses: list[Use] = []
        self.needed: dict[int, frozenset[int]] = {}

    def block(self, block: Block, ins: list, branch: tuple) -> list:
        env = dict(zip(block.inputs, ins, strict=True))
        wanted = self._wanted(block)

        def read(ref: Any) -> Any:
            if isinstance(ref, Constant):
                return from_jax(ref.value) if _may_be_known(ref.value) else None
            return env.get(ref)

        for step in block.steps:
            if len(self.uses) > _USES:
                return [None] * len(block.outputs)
            if _uses_key(step) or step.blocks or not wanted.isdisjoint(step.writes):
                env.update(zip(step.writes, self._step(step, [read(r) for r in step.reads], branch), strict=True))
        return [read(r) for r in block.outputs]

    def _wanted(self, block: Block) -> frozenset[int]:
        """Slots from which a key may be made."""
        if id(block) not in self.needed:
            wanted = {r for r in block.outputs if isinstance(r, int)}
            for step in reversed(block.steps):
                if _uses_key(step) or step.blocks or not wanted.isdisjoint(step.writes):
                    wanted.update(r for r in step.reads if isinstance(r, int))
            self.needed[id(block)] = frozenset(wanted)
        return self.needed[id(block)]

    def _step(self, step: Step, ins: list, branch: tuple) -> list:
        unknown = [None] * len(step.writes)
        if _uses_key(step):
            if ins[0] is not None:
                self.uses.append(_use(step, ins[0], branch))
            return unknown if step.site is not None else self._plain(step, ins, branch)
        if step.kind in ("remat", "custom"):
            return self.block(step.blocks[0], ins[len(ins) - len(step.blocks[0].inputs) :], branch)
        rule = {"scan": self._scan, "while": self._while, "cond": self._cond, "plain": self._plain}.get(step.kind)
        return unknown if rule is None else rule(step, ins, branch)

    def _plain(self, step: Step, ins: list, branch: tuple) -> list:
        if any(v is None for v in ins) or not all(_may_be_known(v.aval) for v in step.eqn.outvars) or step.eqn.effects:
            return [None] * len(step.writes)
        return evaluate(step.eqn, ins)

    def _scan(self, step: Step, ins: list, branch: tuple) -> list:
        nc, nk = _compat.scan_split(step.eqn)
        carry, count = ins[nc : nc + nk], step.eqn.params["length"]
        for number in range(min(count, _ROUNDS)):
            rows = [None if v is None else v[number] for v in ins[nc + nk :]]
            carry = self.block(step.blocks[0], [*ins[:nc], *carry, *rows], branch)[:nk]
        return [*(carry if count <= _ROUNDS else [None] * nk), *[None] * (len(step.writes) - nk)]

    def _while(self, step: Step, ins: list, branch: tuple) -> list:
        nc, nb = step.eqn.params["cond_nconsts"], step.eqn.params["body_nconsts"]
        carry = ins[nc + nb :]
        for number in itertools.count():
            (going,) = self.block(step.blocks[0], [*ins[:nc], *carry], branch)
            if number >= (_BLIND_ROUNDS if going is None else _ROUNDS) or (going is not None and not np.any(going)):
                return carry if going is not None else [None] * len(carry)
            carry = self.block(step.blocks[1], [*ins[nc : nc + nb], *carry], branch)
        raise AssertionError

    def _cond(self, step: Step, ins: list, branch: tuple) -> list:
        outs = [self.block(b, ins[1:], (*branch, (step.uid, n))) for n, b in enumerate(step.blocks)]
        return [None] * len(step.writes) if ins[0] is None else outs[int(np.clip(ins[0], 0, len(outs) - 1))]


def _uses_key(step: Step) -> bool:
    return step.site is not None or step.primitive == "random_bits"


def _use(step: Step, key: Any, branch: tuple) -> Use:
    words = key.words if isinstance(key, Keys) else np.asarray(key)
    rows = [row.tobytes() for row in words.reshape(-1, words.shape[-1])]
    if step.site is not None:
        return Use(f"site {step.site.id}", step.site.title, branch, rows)
    return Use(f"bits {step.uid}", f"random bits at {step.line}", branch, rows)


def _may_be_known(value: Any) -> bool:
    """Whether it may be a key or what one is made of."""
    if isinstance(value, int):
        return True
    if not hasattr(value, "dtype") or _compat.is_traced(value) or np.size(value) > _SIZE:
        return False
    return _compat.is_key(value) or getattr(value.dtype, "kind", None) in ("i", "u", "b")


# --- What shares -----------------------------------------------------------------------------------------------------


class Sharing(NamedTuple):
    """Users whose keys are not their own."""

    lanes: frozenset[str]
    """Those of which two lanes have one key."""
    iterations: frozenset[str]
    """Those that come back to a key."""
    pairs: tuple[tuple[Use, Use], ...]

    def tell(self, sites: dict[int, Any], key_uses: dict[int, dict[str, tuple[str, tuple]]]) -> None:
        """Add it to what is known of sites, and of who uses the key of each number."""
        for number, facts in sites.items():
            facts.key_repeats |= f"site {number}" in self.lanes
            facts.key_is_loop_constant |= f"site {number}" in self.iterations
        for one, other in (pair for a, b in self.pairs for pair in ((a, b), (b, a))):
            kind, number = one.user.split()
            if kind == "site":
                users = key_uses.setdefault(sites[int(number)].key_number, {})
                users.setdefault(other.user, (other.title, other.branch))


def sharing(trace: Trace) -> Sharing:
    """Who shares a key with whom."""
    first: dict[bytes, dict[str, Use]] = {}
    lanes, iterations, pairs = set(), set(), {}
    for use in key_uses(trace):
        if len(set(use.words)) < len(use.words):
            lanes.add(use.user)
        for words in set(use.words):
            known = first.setdefault(words, {})
            if use.user in known:
                iterations.add(use.user)
            pairs.update({(use.user, other.user): (use, other) for other in known.values() if other.user != use.user})
            known.setdefault(use.user, use)
    return Sharing(frozenset(lanes), frozenset(iterations), tuple(pairs.values()))
