"""A divergence that a loss holds twice: as log q - log p at the draw, and in closed form beside it."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from .._program import Program, key_of
from .._trace import Constant, Ref, Step
from ..divergences import kl
from ._census import census
from ._graph import Graph, Term
from ._scores import OwnDensity

_VARIANTS = 4
"""Parameters at which the closed form is compared: at one set of them, some multiple of the divergence is anything."""
_ALIKE = 1e-3
_MOST_TERMS = 64


class Doubled(NamedTuple):
    """One divergence and the places where it is counted."""

    own: Step
    """log q, at the draw of q."""
    prior: Step
    """log p, at the same draw."""
    closed: Step
    """What computes KL(q || p), up to a positive factor."""


def doubled_divergences(program: Program, graph: Graph, own: list[OwnDensity]) -> tuple[Doubled, ...]:
    """Terms of the cost with the values of a divergence whose two densities are terms of the cost too."""
    terms = list(_terms_of_cost(graph))
    closed = [
        (t, s) for t in terms if not graph.is_random(t.ref) and graph.is_live(t.ref) and (s := graph.maker(t.ref))
    ]
    pairs = list(_pairs(graph, own, terms))
    if not closed or not pairs:
        return ()
    refs = (*(t.ref for t, _ in closed), *(ref for q, p, _ in pairs for ref in (*q.reads[1:], *p.reads[1:])))
    slots = frozenset(ref for ref in refs if isinstance(ref, int))
    values = _Values(graph, [_values_at(program, variant, slots) for variant in range(_VARIANTS)])
    return tuple(Doubled(q, p, step) for q, p, sign in pairs for t, step in closed if values.is_multiple(t, sign, q, p))


def _terms_of_cost(graph: Graph) -> Iterator[Term]:
    """What the cost is a weighted sum of, as far as it is random; not looked into what is not."""
    todo, seen = [Term(1, graph.trace.block.outputs[0], False)], 0
    while todo and seen < _MOST_TERMS:
        sign, ref, _ = todo.pop()
        ref, seen = graph.origin(ref), seen + 1
        step = graph.maker(ref)
        factors = _factors(graph, step) if step is not None and graph.is_random(ref) else None
        if factors is None:
            yield Term(sign, ref, False)
        else:
            todo += [Term(sign * s, r, False) for r, s in factors]


def _factors(graph: Graph, step: Step) -> list[tuple[Ref, int]] | None:
    """The operands of a linear step with the signs that they enter with."""
    name, reads = step.primitive, step.reads
    if name in ("add", "add_any", "reduce_sum", "sub", "neg"):
        last = -1 if name in ("sub", "neg") else 1
        return [*((r, 1) for r in reads[:-1]), (reads[-1], last)]
    if name in ("mul", "div"):
        for value, other in (reads, reads[::-1])[: 2 if name == "mul" else 1]:
            number = graph.number(other)
            if number:
                return [(value, 1 if number > 0 else -1)]
    return None


def _pairs(graph: Graph, own: list[OwnDensity], terms: list[Term]) -> Iterator[tuple[Step, Step, int]]:
    """(log q, log p, sign of log q) for a draw of q at which both are taken, with opposite signs in the cost."""
    densities = [(s, t.sign) for t in terms if (s := graph.maker(t.ref)) is not None and s.kind == "density"]
    owned = {density.step.uid for density in own}
    for (q, sign), (p, other) in itertools.permutations(densities, 2):
        same_draw = graph.origin(q.reads[0]) == graph.origin(p.reads[0])
        if q.uid in owned and p.uid not in owned and same_draw and sign == -other:
            yield q, p, sign


@dataclasses.dataclass(frozen=True, eq=False)
class _Values:
    """Values of terms and of laws' parameters, by slot, at several values of the differentiated parameters."""

    graph: Graph
    variants: list[dict[int, np.ndarray]]

    def is_multiple(self, term: Term, sign: int, q: Step, p: Step) -> bool:
        """Whether a term is the divergence times one factor of the sign of log q, whatever the parameters."""
        rows = [self._compared(term.ref, q, p, values) for values in self.variants]
        if not all(isinstance(row, np.ndarray) and np.all(np.isfinite(row)) for row in rows):
            return False
        both = np.concatenate(rows, axis=1)
        value, divergence = both[0] * term.sign * sign, both[1]
        factor = value @ divergence / max(divergence @ divergence, np.finfo(float).tiny)
        spread = divergence.std()
        return bool(factor > 0 and spread > 0 and np.abs(value - factor * divergence).max() <= _ALIKE * factor * spread)

    def _compared(self, ref: Ref, q: Step, p: Step, values: dict[int, np.ndarray]) -> np.ndarray | None:
        """(values of the term, divergences summed to as many), as two rows."""
        try:
            divergence = np.asarray(kl(self._law(q, values), self._law(p, values)), float)
        except (TypeError, ValueError, NotImplementedError):  # no closed form is known to us
            return None
        value = values[ref].ravel() if isinstance(ref, int) and ref in values else np.empty(0)
        if not value.size or divergence.size % value.size:
            return None
        return np.stack([value, divergence.reshape(value.size, -1).sum(1)])

    def _law(self, step: Step, values: dict[int, np.ndarray]) -> Any:
        def leaf(ref: Ref) -> Any:
            if isinstance(ref, Constant):
                return ref.value
            return jnp.asarray(values[ref].reshape(self.graph.shape(ref)), np.float32)

        assert step.payload is not None
        return step.payload.unflatten([leaf(ref) for ref in step.reads[1:]])


def _values_at(program: Program, variant: int, slots: frozenset[int]) -> dict[int, np.ndarray]:
    """The values of some slots in one run, at parameters beside those that were given."""
    call, random = program.call, np.random.default_rng(variant)

    def moved(leaf: Any) -> Any:
        noise = random.uniform(-1, 1, (2, *np.shape(leaf)))
        return jnp.asarray(leaf) * (1 + 0.1 * noise[0]).astype(leaf.dtype) + (0.02 * noise[1]).astype(leaf.dtype)

    leaves = [moved(jnp.asarray(v)) if i in call.live_leaves else v for i, v in enumerate(call.leaves)]
    beside = dataclasses.replace(program, call=dataclasses.replace(call, leaves=tuple(leaves)))
    return census(beside, jnp.expand_dims(key_of(beside), 0), slots, deep=False).values
