"""Reverse mode piece by piece over many runs at once: pieces that are alike are compiled once, however many they are.

Compiled as a whole a program of 1,000 sites takes minutes; `jax.vjp` of its single steps spends most of its time between them.
Which result passes a derivative on to which operand is read from the piece's own derivative, so that what JAX cuts is cut here.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .. import _compat
from .._compat import is_literal
from ._pieces import Piece, Placed, cut, literal

_KINDS = 4096


class _Form(NamedTuple):
    """By what pieces are known to be alike here."""

    piece: Piece
    types: tuple
    """Of the operands, of all runs."""
    batched: tuple[bool, ...]
    """Which operands have an axis of runs."""
    moving: tuple[bool, ...]
    """Which operands move with what is differentiated."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Kind:
    """What pieces of one form share; equal to itself alone, so that it is found fast."""

    piece: Piece
    batched: tuple[bool, ...]
    moving: tuple[bool, ...]

    def use(self, fn: Callable) -> Callable:
        return _compiled[fn] if self.piece.is_shared else fn

    def results(self, operands: list) -> list:
        """Of all runs."""
        if not any(self.batched):
            return self.piece.evaluate(operands)
        axes = tuple(0 if b else None for b in self.batched)
        return jax.vmap(lambda *xs: self.piece.evaluate(xs), axes)(*operands)

    def apart(self, operands: list) -> tuple[Callable, list]:
        """The results, those that may have a derivative and others, as a function of the operands that move; and these."""
        places = [i for i, m in enumerate(self.moving) if m]

        def fn(*moved: Any) -> tuple[list, list]:
            everything = [*operands]
            for i, x in zip(places, moved, strict=True):
                everything[i] = x
            outs = self.results(everything)
            return [x for x in outs if _compat.is_float_type(x)], [x for x in outs if not _compat.is_float_type(x)]

        return fn, [operands[i] for i in places]


def _evaluated(kind: _Kind, operands: list) -> list:
    return kind.results(operands)


def _linearized(kind: _Kind, operands: list) -> tuple[list, Callable, list]:
    fn, moved = kind.apart(operands)
    return jax.vjp(fn, *moved, has_aux=True)


def _pulled(pull: Callable, cotangents: list) -> tuple:
    return pull(cotangents)


_compiled = {f: jax.jit(f, static_argnums=0) for f in (_evaluated, _linearized)} | {_pulled: jax.jit(_pulled)}


@functools.lru_cache(_KINDS)
def _kind_of(form: _Form) -> tuple[_Kind, tuple[frozenset[int], ...]]:
    """A kind; and from which of the results that may have one, by number, a derivative comes back to each moving operand."""
    kind = _Kind(form.piece, form.batched, form.moving)
    if not any(form.moving):
        return kind, ()
    operands = [jax.ShapeDtypeStruct(*t) for t in form.types]
    values, pull, _ = jax.eval_shape(functools.partial(kind.use(_linearized), kind), operands)
    jaxpr = jax.make_jaxpr(_pulled)(pull, values).jaxpr
    behind = {v: frozenset([n]) for n, v in enumerate(jaxpr.invars[len(jaxpr.invars) - len(values) :])}

    def of(v: Any) -> frozenset[int]:
        return frozenset() if is_literal(v) else behind.get(v, frozenset())

    for eqn in jaxpr.eqns:
        behind.update(dict.fromkeys(eqn.outvars, frozenset().union(*map(of, eqn.invars))))
    return kind, tuple(map(of, jaxpr.outvars))


class _Entry(NamedTuple):
    """A piece that was evaluated, and what pulls a derivative back through it."""

    pull: Callable
    pulled: Callable
    results: list
    """Those that may have a derivative."""
    operands: list
    """Those that move; None where no derivative comes back."""


class Tape:
    """The runs of a function of (what is differentiated, key) that gives (outputs, anything else)."""

    def __init__(self, fn: Callable[[Any, Any], tuple[list, Any]], at: Any, keys: Any):
        self._count = keys.shape[0]
        leaves, self._structure = jax.tree.flatten(at)
        closed, shape = jax.make_jaxpr(fn, return_shape=True)(at, jax.ShapeDtypeStruct(keys.shape[1:], keys.dtype))
        self._inputs = closed.jaxpr.invars[:-1]
        self._outputs = closed.jaxpr.outvars[: len(shape[0])]
        self._entries: list[_Entry] = []
        env = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
        env |= zip(closed.jaxpr.invars, [*map(self._of_all_runs, leaves), keys], strict=True)
        self._run(closed.jaxpr, env)
        rest = [self._read(v, env) for v in closed.jaxpr.outvars[len(shape[0]) :]]
        self.aux = jax.tree.unflatten(jax.tree.structure(shape[1]), rest)
        """What else the function gives, of every run."""

    @property
    def outputs(self) -> int:
        return len(self._outputs)

    def derivative(self, number: int) -> Any:
        """Of an output, run by run, in the structure of what is differentiated."""
        found: dict[Any, Any] = {}
        if not is_literal(self._outputs[number]):
            found[self._outputs[number]] = self._full(self._outputs[number], 1)
        for entry in reversed(self._entries):
            if found.keys().isdisjoint(entry.results):
                continue
            given = [found.pop(v) if v in found else self._full(v, 0) for v in entry.results]
            for v, x in zip(entry.operands, entry.pulled(entry.pull, given), strict=True):
                if v is not None:
                    found[v] = lax.add(found[v], x) if v in found else x
        leaves = [found[v] if v in found else self._full(v, 0) for v in self._inputs]
        return jax.tree.unflatten(self._structure, leaves)

    def _run(self, jaxpr: Any, env: dict[Any, Any]) -> None:
        batched, moving = set(jaxpr.invars), {v for v in self._inputs if _compat.is_float_type(v.aval)}
        placed = cut(jaxpr)
        last = {v: number for number, p in enumerate(placed) for v in p.operands if not is_literal(v)}
        for number, place in enumerate(placed):
            flags = [tuple(not is_literal(v) and v in known for v in place.operands) for known in (batched, moving)]
            operands = [literal(v) if is_literal(v) else env[v] for v in place.operands]
            form = _Form(place.piece, tuple((x.shape, x.dtype) for x in operands), flags[0], flags[1])
            if any(form.batched):
                batched.update(place.results)
            env.update(self._step(form, place, operands, moving))
            for v in place.operands:
                if not is_literal(v) and last[v] == number and v not in jaxpr.outvars:
                    env.pop(v, None)

    def _step(self, form: _Form, place: Placed, operands: list, moving: set) -> dict[Any, Any]:
        kind, behind = _kind_of(form)
        if not any(behind):
            return dict(zip(place.results, kind.use(_evaluated)(kind, operands), strict=True))
        floats = [v for v in place.results if _compat.is_float_type(v.aval)]
        values, pull, others = kind.use(_linearized)(kind, operands)
        candidates = [v for v, m in zip(place.operands, form.moving, strict=True) if m]
        moved = [v if there else None for v, there in zip(candidates, behind, strict=True)]
        self._entries.append(_Entry(pull, kind.use(_pulled), floats, moved))
        moving.update(floats[n] for n in frozenset().union(*behind))
        return dict(zip([*floats, *(v for v in place.results if v not in floats)], [*values, *others], strict=True))

    def _read(self, v: Any, env: dict[Any, Any]) -> Any:
        value = v.val if is_literal(v) else env[v]
        return value if jnp.ndim(value) > len(v.aval.shape) else self._of_all_runs(value)

    def _of_all_runs(self, value: Any) -> Any:
        return jnp.broadcast_to(value, (self._count, *jnp.shape(value)))

    def _full(self, v: Any, value: float) -> Any:
        return jnp.full((self._count, *v.aval.shape), value, v.aval.dtype)
