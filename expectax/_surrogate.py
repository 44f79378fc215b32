"""A program ready to be differentiated, and `ex.surrogate`.

    prepare:  loss, arguments -> Program (its trace, its plan)
    run_once: Program -> the value of one run, whose derivative is unbiased for that of the expectation
"""

import dataclasses
import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from . import _compat, _errors
from ._boxes import centred_over, centred_over_runs, held
from ._interpret import Context, Tracked, Weights, is_float, run, surrogate
from ._lanes import Deps, Lanes
from ._plan import Plan, make_plan
from ._site import mark
from ._trace import Call, Site, Trace, flatten_call, trace
from ._typing import Array
from .estimators import AbstractEstimator, resolve

_log = logging.getLogger("expectax")


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


def prepare(
    loss: Callable, args: tuple, signature: Signature, overrides: Mapping[str, Any] | None = None
) -> Program:
    """Trace a loss at its arguments and choose an estimator for every site.

    Raises:
        UnsoundGradientError: some site has no unbiased estimator.
    """
    program = inspect(loss, args, signature, overrides)
    for refusal in program.plan.refusals:
        raise refusal
    return program


def inspect(
    loss: Callable, args: tuple, signature: Signature, overrides: Mapping[str, Any] | None = None
) -> Program:
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


def _overrides(traced: Trace, given: Mapping[str, Any] | None) -> dict[str, AbstractEstimator]:
    named = {s.spec.name: s.spec for s in traced.sites if s.spec.name}
    resolved = {}
    for name, gradient in (given or {}).items():
        if name not in named:
            raise _errors.unreachable_site(name, sorted(named))
        resolved[name] = resolve(gradient, named[name].one_like(), named[name].label)
    return resolved


# --- One run -----------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What one run gives."""

    surrogate: Array
    """The cost, whose derivative is unbiased for that of its expectation."""
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
    weights: Weights = {}
    with jax.disable_jit(False):
        outs = run(ctx, program.trace.block, [Tracked(v) for v in values], weights)
        cost = surrogate(ctx, outs[0], weights)
    total = sum((w.sum().astype(cost.dtype) for w in weights.values()), jnp.zeros((), cost.dtype))
    tree = jax.tree.unflatten(program.trace.out_tree, [t.value for t in outs])
    return Run(jnp.asarray(cost), lax.stop_gradient(outs[0].value), total, tree[1] if program.has_aux else None)


def _held_leaf(program: Program, position: int, value: Any) -> Any:
    if position in program.call.live_leaves or not _compat.is_traced(value) or not is_float(value):
        return value
    return held(functools.partial(_errors.not_in_argnums, program.trace.input_names[position]), value)


def context(program: Program, centre: Callable | None = None) -> Context:
    estimators = program.plan.estimators
    lanes = Lanes(frozenset(s.id for s in program.weighted))
    return Context(estimators, lanes) if centre is None else Context(estimators, lanes, centre)


def key_of(program: Program) -> Any:
    (position,) = program.call.key_leaves
    return program.call.leaves[position]


# --- Baselines ---------------------------------------------------------------------------------------------------


def leave_one_out(program: Program, count: int) -> Callable[[Site, Array, tuple], Array]:
    """What centres each weight: over the runs, or for a single run over lanes whose costs keep apart."""
    lane_axes = {} if count > 1 else separable_lanes(program)

    def centre(site: Site, weight: Array, candidates: tuple) -> Array:
        estimator: Any = program.plan.estimators[site.id]
        if estimator.baseline is None:
            return weight
        if count > 1:
            return centred_over_runs(weight, candidates)
        axis = lane_axes.get(site.id)
        return weight if axis is None else centred_over(axis, weight)

    if count == 1:
        for site in program.weighted:
            if lane_axes.get(site.id) is None:
                _log.warning(
                    "score at %s: leave-one-out is unavailable with one sample a step, and its lanes are not independent "
                    "costs; the gradient is unbiased but noisy. num_samples >= 2 gives a baseline.", site.title
                )
    return centre


def separable_lanes(program: Program) -> dict[int, int]:
    """For each weighted site, a lane axis along which no cost depends on two lanes, if there is one.

    A dry run notes every boxing: an axis that stays apart in all of them is separable.
    """
    apart = {s.id: {a for a, n in enumerate(s.lanes) if n > 1} for s in program.weighted if s.depth == 0}

    def note(deps: Deps) -> None:
        for (_, site), alignment in deps.items():
            if site in apart:
                apart[site] &= {a for a, lane in enumerate(alignment) if lane is not None}

    ctx = dataclasses.replace(context(program), on_box=note)
    jax.eval_shape(lambda live, key: run_once(program, ctx, live, key).surrogate, program.live, key_of(program))
    return {site: min(axes) for site, axes in apart.items() if axes}


# --- ex.surrogate ------------------------------------------------------------------------------------------------


def _order_guard(order: int) -> Callable[[Array], Array]:
    """An identity that may be differentiated `order` times."""

    @jax.custom_jvp
    def guard(x):
        return x

    @guard.defjvp
    def _(primals, tangents):
        return primals[0], tangents[0] * _unit(order, order - 1)(primals[0])

    return guard


def _unit(order: int, left: int) -> Callable[[Array], Array]:
    """One, as a function of x that raises when it is differentiated more than `left` times."""

    @jax.custom_jvp
    def unit(x):
        return jnp.ones_like(x)

    def unit_jvp(primals, tangents):
        if left <= 0:
            raise _errors.order_exceeded(order)
        one = _unit(order, left - 1)(primals[0])
        return one, jnp.zeros_like(primals[0]) * one

    unit.defjvp(unit_jvp)
    return unit


def surrogate_of(
    loss: Callable,
    *,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
    order: int = 1,
    plan: Mapping[str, Any] | None = None,
) -> Callable:
    """One run of `loss`, whose `jax.grad` is an unbiased gradient of E[loss].

    The value is that of `loss` itself (where no site is enumerated); derivatives of its random choices are carried by
    magic boxes. Composes with jit, vmap, scan and any optimiser. For many samples with baselines use
    `ex.value_and_grad`.

    Args:
        loss: a function of arrays that draws through this library's distributions and returns a scalar.
        argnums: the arguments that will be differentiated.
        key_argnum: the argument that is the random key; all draws must derive from it.
        has_aux: whether `loss` returns (cost, auxiliary outputs).
        order: how often the result may be differentiated.
        plan: estimators by site name, instead of those that the sites ask for.

    Raises:
        UnsoundGradientError: no unbiased estimator exists for some site.
        UnsupportedProgramError: a site stands where it cannot be followed, or reverse mode cannot pass a loop.
        OrderError: on differentiating more than `order` times.

    Example:
        >>> import jax, expectax as ex
        >>> loss = lambda p, key: ex.Bernoulli(probs=p).sample(key) * 3.0
        >>> g = jax.vmap(jax.grad(ex.surrogate(loss)), (None, 0))(0.3, jax.random.split(jax.random.key(0), 20_000))
        >>> abs(float(g.mean()) - 3.0) < 0.15
        True
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise _errors.bad_order(order)
    signature = Signature(argnums, key_argnum, has_aux, order)

    def wrapped(*args: Any) -> Any:
        program = prepare(loss, args, signature, plan)
        if program.plan.analysis.loops_on_path:
            raise _errors.reverse_through_while(program.plan.analysis.loops_on_path[0])
        run = run_once(program, context(program), program.live, key_of(program))
        cost = _order_guard(order)(run.surrogate)
        return (cost, run.aux) if has_aux else cost

    return wrapped


def assume_continuous(fn: Callable) -> Callable:
    """`fn`, with your word that its outputs are continuous in its inputs: no discontinuity is looked for inside.

    Arguments and results are pytrees of arrays; no sample site may stand inside.

    Example:
        >>> import jax.numpy as jnp, expectax as ex
        >>> float(ex.assume_continuous(jnp.abs)(-2.0))
        2.0
    """

    def wrapped(*args: Any) -> Any:
        leaves, tree = jax.tree.flatten(args)
        out_tree = None

        def flat(*values: Any) -> tuple:
            nonlocal out_tree
            outs, out_tree = jax.tree.flatten(fn(*jax.tree.unflatten(tree, values)))
            return tuple(outs)

        with jax.disable_jit(False):
            outs = mark("continuous", flat)(*leaves)
        return jax.tree.unflatten(out_tree, outs)

    return wrapped
