"""A program ready to be differentiated.

prepare:  loss, arguments -> Program (its trace, its plan)
run_once: Program -> the value of one run, whose derivative is unbiased for that of the expectation
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from . import _compat, _errors
from ._boxes import held
from ._build import trace
from ._call import Call, flatten_call
from ._histories import Histories
from ._interpret import Context, Tracked, Weights, held_still, is_float, run, surrogate
from ._lanes import Lanes
from ._plan import Plan, make_plan
from ._trace import Site, Trace
from ._typing import Array
from .estimators import AbstractEstimator, Enumerate, resolve


@dataclasses.dataclass(frozen=True, eq=False)
class Program:
    """A traced loss with an estimator for every site."""

    call: Call
    trace: Trace
    plan: Plan
    has_aux: bool

    @property
    def live(self) -> list[Any]:
        """The leaves that are differentiated."""
        return [v for i, v in enumerate(self.call.leaves) if i in self.call.live_leaves]

    @property
    def sampled(self) -> list[Site]:
        """Weighted sites of which draws are made."""
        return [s for s in self.weighted if not isinstance(self.plan.estimators[s.id], Enumerate)]

    @property
    def weighted(self) -> list[Site]:
        return [s for s in self.trace.sites if (e := self.plan.estimators[s.id]) is not None and e.weighs]


@dataclasses.dataclass(frozen=True)
class Signature:
    """Which arguments of a loss are differentiated and which one is the key."""

    argnums: int | tuple[int, ...]
    key_argnum: int
    has_aux: bool
    order: int = 1
    """How often the program will be differentiated."""

    def positions(self, count: int) -> tuple[tuple[int, ...], int]:
        """Non-negative argnums and key_argnum for `count` arguments."""
        given = (self.argnums,) if isinstance(self.argnums, int) else tuple(self.argnums)
        for name, n in [("argnums", n) for n in given] + [("key_argnum", self.key_argnum)]:
            if isinstance(n, bool) or not isinstance(n, int) or not -count <= n < count:
                raise _errors.bad_argnum(name, n, count)
        argnums, key = tuple(n % count for n in given), self.key_argnum % count
        if key in argnums:
            raise _errors.key_is_differentiated(key)
        return argnums, key


def prepare(loss: Callable, args: tuple, signature: Signature, overrides: Mapping[Any, Any] | None = None) -> Program:
    """Trace a loss at its arguments and choose an estimator for every site.

    Raises:
        UnsoundGradientError: some site has no unbiased estimator.
    """
    program = inspect(loss, args, signature, overrides)
    for refusal in program.plan.refusals:
        raise refusal
    return program


def inspect(loss: Callable, args: tuple, signature: Signature, overrides: Mapping[Any, Any] | None = None) -> Program:
    """The same, for a program that may have no sound plan."""
    argnums, key_argnum = signature.positions(len(args))
    check_key_argument(args[key_argnum], key_argnum)
    call = flatten_call(loss, args, key_argnum, argnums)
    traced = trace(loss, call)
    _check_output(traced, signature.has_aux)
    plan = make_plan(traced, _overrides(traced, overrides), signature.order)
    return Program(call, traced, plan, signature.has_aux)


def check_key_argument(key: Any, position: int) -> None:
    leaves = jax.tree.leaves(key)
    if len(leaves) != 1 or not _looks_like_key(leaves[0]):
        raise _errors.bad_key_argument(key, position)


def _looks_like_key(leaf: Any) -> bool:
    if not hasattr(leaf, "dtype"):
        return False
    return leaf.shape == () if _compat.is_key(leaf) else leaf.dtype == jnp.uint32 and leaf.ndim == 1


def _check_output(traced: Trace, has_aux: bool) -> None:
    shape = jax.tree.unflatten(traced.out_tree, list(traced.out_avals))
    if has_aux and not (isinstance(shape, tuple) and len(shape) == 2):
        raise _errors.bad_aux(type(shape).__name__)
    cost: Any = shape[0] if has_aux else shape
    ok = hasattr(cost, "dtype") and cost.shape == () and jnp.issubdtype(cost.dtype, jnp.floating)
    if not ok:
        raise _errors.bad_cost(cost, has_aux)


def _overrides(traced: Trace, given: Mapping[Any, Any] | None) -> dict[int, AbstractEstimator]:
    """By site: a plan names sites, or numbers them from 1 in the order of the program, as reports do."""
    resolved = {}
    for name, gradient in (given or {}).items():
        sites = [s for number, s in enumerate(traced.sites, 1) if name in (s.spec.name, number)]
        if name is None or isinstance(name, bool) or not sites:
            raise _errors.unreachable_site(name, sorted({s.spec.name for s in traced.sites if s.spec.name}))
        for site in sites:
            resolved[site.id] = resolve(gradient, site.spec.one_like(), site.spec.label)
    return resolved


# --- One run -----------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What one run gives."""

    surrogate: Array
    """The cost, whose derivative is unbiased for that of its expectation."""
    plain: Array
    """The same number with the derivative of this run alone, if no draws are summed over."""
    cost: Array
    """The same number without a derivative."""
    weight: Array
    """Total log-density of the weighted draws."""
    aux: Any


def run_once(program: Program, ctx: Context, live: list, key: Any) -> Run:
    """Run the program once."""
    values = [_held_leaf(program, i, v) for i, v in enumerate(program.call.leaves)]
    for position, value in zip(sorted(program.call.live_leaves), live, strict=True):
        values[position] = value
    for position in program.call.key_leaves:
        values[position] = key
    with jax.disable_jit(False):
        return _run(program, ctx, values) if ctx.histories is None else _summed(program, ctx, ctx.histories, values)


def _run(program: Program, ctx: Context, values: list) -> Run:
    weights: Weights = {}
    outs = run(ctx, program.trace.block, [Tracked(v) for v in values], weights)
    cost = surrogate(ctx, outs[0], weights)
    summed = ctx.summed
    sampled = [w.sum() if w.ndim else w for (_, site), w in weights.items() if site not in summed]
    tree = jax.tree.unflatten(program.trace.out_tree, [t.value for t in outs])
    total = sum((w.astype(cost.dtype) for w in sampled), jnp.zeros((), cost.dtype))
    plain = outs[0].value
    return Run(jnp.asarray(cost), plain, lax.stop_gradient(plain), total, tree[1] if program.has_aux else None)


def _summed(program: Program, ctx: Context, histories: Histories, values: list) -> Run:
    """The mean over all histories; auxiliary outputs come from the draws that are made."""

    def forced(which: Array, draws: dict[int, Array]) -> tuple[Array, Array]:
        one = dataclasses.replace(ctx, forced=draws, candidates=(*ctx.candidates, which))
        found = _run(program, one, values)
        return found.surrogate, found.weight

    costs, weights = jax.vmap(forced)(jnp.arange(int(histories.runs)), histories.values())
    cost = costs.mean()
    aux = _made(program, values) if program.has_aux else None
    return Run(cost, cost, lax.stop_gradient(cost), weights.mean(), aux)


def _made(program: Program, values: list) -> Any:
    """The auxiliary outputs of a plain run, on the same noise."""
    (position,) = program.call.key_leaves
    values = [jax.random.clone(v) if i == position else v for i, v in enumerate(held_still(values))]
    return _run(program, Context({s.id: None for s in program.trace.sites}, Lanes(frozenset())), values).aux


def _held_leaf(program: Program, position: int, value: Any) -> Any:
    if position in program.call.live_leaves or not _compat.is_traced(value) or not is_float(value):
        return value
    return held(functools.partial(_errors.not_in_argnums, program.trace.input_names[position]), value)


def context(program: Program, centre: Callable | None = None) -> Context:
    plan = program.plan
    lanes = Lanes(frozenset(s.id for s in program.weighted))
    ctx = Context(plan.estimators, lanes, histories=plan.histories)
    return ctx if centre is None else dataclasses.replace(ctx, centre=centre)


def key_of(program: Program) -> Any:
    (position,) = program.call.key_leaves
    return program.call.leaves[position]
