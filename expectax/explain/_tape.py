"""Reverse mode one equation at a time over many runs at once: equations that are alike are compiled once, however many they are.

Compiled as a whole a program of 1,000 sites takes minutes; `jax.vjp` of its single steps spends most of its time between them.
Which result passes a derivative on to which operand is read from the equation's own derivative, so that what JAX cuts is cut here.
"""

import dataclasses
import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import _compat

_KINDS = 4096


_RULES_OF_THEIR_OWN = ("custom_jvp_call", "custom_vjp_call", "custom_vmap_call")
"""Each trace makes their rules anew, so that no two of them are known to be alike."""


@dataclasses.dataclass(frozen=True)
class _Form:
    """By what equations are known to be alike."""

    eqn: Any = dataclasses.field(compare=False)
    what: Any
    types: tuple
    """Types of the operands of all runs."""
    batched: tuple[bool, ...]
    """Which operands have an axis of runs."""
    moving: tuple[bool, ...]
    """Which operands move with what is differentiated."""
    needed: tuple[bool, ...]
    """Which results are used."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Kind:
    """What all equations of one form share; itself and no other, so that it is found fast."""

    eqn: Any
    batched: tuple[bool, ...]
    moving: tuple[bool, ...]
    needed: tuple[bool, ...]

    @property
    def is_shared(self) -> bool:
        return self.eqn.primitive.name not in _RULES_OF_THEIR_OWN

    def use(self, fn: Callable) -> Callable:
        return _compiled[fn] if self.is_shared else fn

    def results(self, operands: list) -> list:
        """The used results of all runs."""
        if not any(self.batched):
            outs = _compat.bind(self.eqn, operands)
        else:
            axes = tuple(0 if b else None for b in self.batched)
            outs = jax.vmap(lambda *xs: _compat.bind(self.eqn, list(xs)), axes)(*operands)
        return [out for out, needed in zip(outs, self.needed, strict=True) if needed]

    def apart(self, operands: list) -> tuple[Callable, list]:
        """The used results, first those that may have a derivative, as a function of the operands that move; and these."""
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
def _kind_of(form: _Form) -> tuple[_Kind, tuple[bool, ...]]:
    """A kind, and which of its operands a derivative comes back to."""
    kind = _Kind(form.eqn, form.batched, form.moving, form.needed)
    if not any(form.moving):
        return kind, form.moving
    values, pull, _ = jax.eval_shape(
        functools.partial(kind.use(_linearized), kind), [jax.ShapeDtypeStruct(*t) for t in form.types]
    )
    jaxpr = jax.make_jaxpr(_pulled)(pull, values).jaxpr
    reached = set(jaxpr.invars[len(jaxpr.invars) - len(values) :])
    for eqn in jaxpr.eqns:
        if not reached.isdisjoint(v for v in eqn.invars if not _is_literal(v)):
            reached.update(eqn.outvars)
    back = iter(not _is_literal(v) and v in reached for v in jaxpr.outvars)
    return kind, tuple(m and next(back) for m in form.moving)


def _what(eqn: Any) -> Any:
    """The operation, with its parameters."""
    what = (eqn.primitive, *sorted(eqn.params.items(), key=lambda item: item[0]))
    try:
        hash(what)
    except TypeError:
        return id(eqn)
    return what


def _literal(v: Any) -> np.ndarray:
    """An operand of its own, so that equations with other numbers are alike."""
    return np.asarray(v.val, v.aval.dtype)


def _is_literal(v: Any) -> bool:
    return hasattr(v, "val")


class _Entry(NamedTuple):
    """An equation that was evaluated, and what pulls a derivative back through it."""

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
        self._jaxpr = closed.jaxpr
        self._inputs = closed.jaxpr.invars[:-1]
        self._outputs = closed.jaxpr.outvars[: len(shape[0])]
        self._entries: list[_Entry] = []
        env = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
        env |= zip(closed.jaxpr.invars, [*map(self._of_all_runs, leaves), keys], strict=True)
        self._run(env)
        rest = [self._read(v, env) for v in closed.jaxpr.outvars[len(shape[0]) :]]
        self.aux = jax.tree.unflatten(jax.tree.structure(shape[1]), rest)
        """What else the function gives, of every run."""

    @property
    def outputs(self) -> int:
        return len(self._outputs)

    def derivative(self, number: int) -> Any:
        """Of an output, run by run, in the structure of what is differentiated."""
        found: dict[Any, Any] = {}
        if not _is_literal(self._outputs[number]):
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

    def _run(self, env: dict[Any, Any]) -> None:
        batched, moving = set(self._jaxpr.invars), {v for v in self._inputs if _compat.is_float_type(v.aval)}
        needed, last = _uses(self._jaxpr)
        for number, eqn in enumerate(self._jaxpr.eqns):
            used = tuple(v in needed for v in eqn.outvars)
            if not any(used) and not eqn.effects:
                continue
            flags = [tuple(not _is_literal(v) and v in known for v in eqn.invars) for known in (batched, moving)]
            operands = [_literal(v) if _is_literal(v) else env[v] for v in eqn.invars]
            form = _Form(eqn, _what(eqn), tuple((x.shape, x.dtype) for x in operands), flags[0], flags[1], used)
            results = [v for v, u in zip(eqn.outvars, used, strict=True) if u]
            if any(form.batched):
                batched.update(results)
            env.update(self._step(form, operands, results, moving))
            for v in last.get(number, ()):
                env.pop(v, None)

    def _step(self, form: _Form, operands: list, results: list, moving: set) -> Iterable[tuple[Any, Any]]:
        kind, passing = _kind_of(form)
        if not any(passing):
            return zip(results, kind.use(_evaluated)(kind, operands), strict=True)
        floats = [v for v in results if _compat.is_float_type(v.aval)]
        values, pull, others = kind.use(_linearized)(kind, operands)
        moved = [v if p else None for v, m, p in zip(form.eqn.invars, form.moving, passing, strict=True) if m]
        self._entries.append(_Entry(pull, kind.use(_pulled), floats, moved))
        moving.update(floats)
        return zip([*floats, *(v for v in results if v not in floats)], [*values, *others], strict=True)

    def _read(self, v: Any, env: dict[Any, Any]) -> Any:
        value = v.val if _is_literal(v) else env[v]
        return value if jnp.ndim(value) > len(v.aval.shape) else self._of_all_runs(value)

    def _of_all_runs(self, value: Any) -> Any:
        return jnp.broadcast_to(value, (self._count, *jnp.shape(value)))

    def _full(self, v: Any, value: float) -> Any:
        return jnp.full((self._count, *v.aval.shape), value, v.aval.dtype)


def _uses(jaxpr: Any) -> tuple[set, dict[int, list]]:
    """The variables that the outputs depend on; and those that are used for the last time in each equation."""
    needed = {v for v in jaxpr.outvars if not _is_literal(v)}
    seen, last = set(needed), {}
    for number, eqn in reversed([*enumerate(jaxpr.eqns)]):
        if eqn.effects or not needed.isdisjoint(eqn.outvars):
            read = {v for v in eqn.invars if not _is_literal(v)}
            last[number] = list(read - seen)
            seen |= read
            needed |= read
    return needed, last
