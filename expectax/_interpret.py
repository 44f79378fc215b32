"""Trace, plan -> values with their surrogates: one loop over steps.

Each value is carried as *(value, the draws it depends on, its linear surrogate)*. While only linear steps are applied
(sums, scaling by what no draw reaches, reshapes, outputs and carries of loops) the linear surrogate goes along, each of
its terms boxed with the weights of exactly the draws behind it; at the first nonlinear use the value is boxed whole.
"""

import dataclasses
import functools
import math
import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from . import _compat, _errors
from ._batching import working
from ._boxes import at_zero, held, less_baseline, less_control
from ._histories import Histories
from ._lanes import HERE, Deps, Lanes
from ._linear import is_linear
from ._trace import Block, Constant, Site, Step, density_block
from ._typing import Array
from .estimators import AbstractEstimator

Weights = dict[tuple[int, int], Array]
"""Log-weight of every weighted draw of the scope, one entry a lane: 0, with the derivative of the log-density; log(K p) of a value of
probability p, one of K that are summed over."""


class Tracked(NamedTuple):
    """A value on its way through the program."""

    value: Any
    deps: Deps = {}
    linear: Any = None
    """A surrogate that is already boxed, or None: the value must be boxed whole."""


@dataclasses.dataclass(frozen=True, eq=False)
class Context:
    """What one interpretation needs to know; holds no state of the program."""

    plan: dict[int, AbstractEstimator | None]
    """The estimator of each site; None: no differentiated parameter reaches it."""
    lanes: Lanes
    centre: Callable[[Site, Array, tuple], Array] = lambda site, log_prob, candidates: at_zero(log_prob)
    """What makes a weight, of value 0, of a draw's log-density: the place of baselines."""
    candidates: tuple = ()
    """Which value is tried, for each site around whose rest is run again, and which history."""
    histories: Histories | None = None
    """The draws that are summed over."""
    forced: dict[int, Array] = dataclasses.field(default_factory=dict)
    """The draws of this scope's sites in one history."""
    on_box: Callable[[Deps], None] = lambda deps: None
    """Told of every boxing; a dry run learns from it which lanes stay apart."""
    adjust: Callable[[Step, list], list] = lambda step, values: values
    """What is done to the operands of a site or density; `explain` adds its probes here."""
    reverse: bool = True
    """Whether the derivative is taken in reverse mode, which baselines of users and learned ones need."""
    values_only: bool = False
    """Whether surrogates are of no use: inside a shard_map, which gives back values and weights."""
    enter_all: bool = False
    """Whether to interpret loops and branches without sites too, for the densities inside."""

    @property
    def summed(self) -> frozenset[int]:
        """The sites that are summed over."""
        return frozenset(d.site.id for d in self.histories.draws) if self.histories else frozenset()

    def weighs(self, site: Site) -> bool:
        estimator = self.plan[site.id]
        return estimator is not None and estimator.weighs


def run(ctx: Context, block: Block, args: list[Tracked], weights: Weights) -> list[Tracked]:
    """Evaluate a block. `weights` of the enclosing scope is read; this scope's draws are added to it."""
    return run_from(ctx, block, 0, dict(zip(block.inputs, args, strict=True)), weights)


def run_from(ctx: Context, block: Block, start: int, env: dict[int, Tracked], weights: Weights) -> list[Tracked]:
    """Evaluate a block's steps from number `start` on."""
    from . import _control_flow, _reruns

    def read(ref: Any) -> Tracked:
        return Tracked(_held_constant(ref.value)) if isinstance(ref, Constant) else env[ref]

    for number in range(start, len(block.steps)):
        step = block.steps[number]
        ins = [read(r) for r in step.reads]
        if step.site is not None and _is_rerun(ctx, step.site):
            return _reruns.rerun(ctx, block, number, ins, env, weights)
        rule = _control_flow.RULES.get(step.kind, _RULES.get(step.kind, plain))
        if step.kind == "plain" and (ctx.values_only or block.used_linearly.isdisjoint(step.writes)):
            rule = _evaluated
        env.update(zip(step.writes, rule(ctx, step, ins, weights), strict=True))
    return [read(r) for r in block.outputs]


def _held_constant(value: Any) -> Any:
    """A closed-over value; one of a caller's jit or grad must not be differentiated: it is in no argnums."""
    if not _compat.is_traced(value) or not is_float(value):
        return value
    return held(functools.partial(_errors.not_in_argnums, "an array that the loss closes over"), value)


def _is_rerun(ctx: Context, site: Site) -> bool:
    estimator = ctx.plan[site.id]
    return estimator is not None and estimator.reruns


# --- Boxing ------------------------------------------------------------------------------------------------------


def surrogate(ctx: Context, tracked: Tracked, weights: Weights) -> Any:
    """The value, with the derivative of its expectation."""
    if tracked.linear is not None:
        return tracked.linear
    if not tracked.deps or not is_float(tracked.value):
        return tracked.value
    ctx.on_box(tracked.deps)
    shape, dtype = jnp.shape(tracked.value), jnp.result_type(tracked.value)
    wide = working(jnp.finfo(dtype).dtype)
    placed = (_typed(_placed(weights[key], alignment, shape), wide) for key, alignment in tracked.deps.items())
    box = _typed(lax.exp(functools.reduce(operator.add, placed)), dtype)
    return lax.mul(tracked.value, box) if jnp.shape(box) == shape else tracked.value * box


def _typed(x: Array, dtype: Any) -> Array:
    """`x` in that type, without a step where it has it."""
    return x if x.dtype == dtype else x.astype(dtype)


def _placed(weight: Array, alignment: tuple, shape: tuple[int, ...]) -> Array:
    """A site's weights summed over mixed lanes and laid along the axes of a value of that shape."""
    if not shape and not alignment:
        return weight
    for axis, lane in enumerate(alignment):
        if lane is not None and lane.history is not None:
            weight = lax.cumsum(weight, axis, reverse=lane.history == "future")
    mixed = tuple(a for a, lane in enumerate(alignment) if lane is None)
    weight = weight.sum(mixed) if mixed else weight
    targets = [lane.axis for lane in alignment if lane is not None]
    order = sorted(range(len(targets)), key=targets.__getitem__)
    weight = jnp.transpose(weight, order) if order != list(range(len(order))) else weight
    return jnp.reshape(weight, [n if a in targets else 1 for a, n in enumerate(_sizes(weight, targets, shape))])


def _sizes(weight: Array, targets: list[int], shape: tuple[int, ...]) -> list[int]:
    sizes = [1] * len(shape)
    for axis, n in zip(sorted(targets), weight.shape, strict=True):
        sizes[axis] = n
    return sizes


def is_float(value: Any) -> bool:
    return not _compat.is_key(value) and jnp.issubdtype(jnp.result_type(value), jnp.inexact)


# --- Steps -------------------------------------------------------------------------------------------------------


def plain(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    """Any step that is not marked: evaluate it, and its linear surrogate where it is linear in what draws reach."""
    outs = _evaluated(ctx, step, ins, weights)
    if not any(t.deps for t in outs) or not is_linear(step.eqn, [bool(t.deps) for t in ins]):
        return outs
    linear = _compat.bind(step.eqn, [surrogate(ctx, t, weights) for t in ins])
    return [t._replace(linear=s) if t.deps and is_float(t.value) else t for t, s in zip(outs, linear, strict=True)]


def _evaluated(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    """The same where the linear surrogate would serve nobody."""
    values = _compat.bind(step.eqn, [t.value for t in ins])
    return [Tracked(v, d) for v, d in zip(values, ctx.lanes.step(step, [t.deps for t in ins]), strict=True)]


def _site(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    site, operands = step.site, ctx.adjust(step, [t.value for t in ins])
    assert site is not None
    deps = ctx.lanes.step(step, [t.deps for t in ins])
    if site.id in ctx.forced:
        draw, log_prob = _possible(step, operands, ctx.forced[site.id])
        weights[HERE, site.id] = _wide(log_prob) + math.log(len(site.spec.support_values()))
        return [Tracked(draw, deps[0]), Tracked(log_prob, deps[1])]
    draw, log_prob = _compat.bind(step.eqn, operands)
    estimator = ctx.plan[site.id]
    if estimator is not None and not estimator.keeps_path:
        draw = lax.stop_gradient(draw)
    if ctx.weighs(site):
        weights[HERE, site.id] = ctx.centre(site, _wide(log_prob), ctx.candidates)
    return [Tracked(draw, deps[0]), Tracked(log_prob, deps[1])]


def _possible(step: Step, operands: list, draw: Array) -> tuple[Array, Array]:
    """A draw and its log-density; one of density 0 becomes a value that may come, as the rest may be undefined there."""
    assert step.site is not None
    values, log_prob = step.site.spec.support_values().astype(draw.dtype), log_prob_at(step, operands, draw)
    event = values.shape[1:]
    never = jnp.reshape(log_prob == -jnp.inf, (*step.site.lanes, *(1 for _ in event)))
    if len(values) == 2:
        other = jnp.where(draw == values[0], values[1], values[0])
    else:
        other = _likeliest(step, operands, values)
    return jnp.where(never, other, draw), log_prob


def _likeliest(step: Step, operands: list, values: Any) -> Array:
    assert step.site is not None
    lanes, event = step.site.lanes, values.shape[1:]
    everywhere = jnp.reshape(jnp.asarray(values), (len(values), *(1 for _ in lanes), *event))
    everywhere = jnp.broadcast_to(everywhere, (len(values), *lanes, *event))
    log_probs = jax.vmap(lambda x: log_prob_at(step, operands, x))(everywhere)
    return jnp.asarray(values)[log_probs.argmax(0)]


def _wide(log_prob: Array) -> Array:
    """A weight: sums of many in half precision would lose it."""
    return _typed(log_prob, working(log_prob.dtype))


def log_prob_at(step: Step, operands: list, draw: Array) -> Array:
    """Log-density of a site's lanes at another value than the one drawn: its own density call, re-read.

    Only what the density needs is evaluated: the sampler would use the key a second time.
    """
    block = density_block(step.blocks[0])
    env = dict(zip(block.inputs, (*operands, draw), strict=True))

    def read(ref: Any) -> Any:
        return ref.value if isinstance(ref, Constant) else env[ref]

    for inner in block.steps:
        values = [read(r) for r in inner.reads]
        if inner.kind == "density":
            values[0] = draw.astype(inner.eqn.invars[0].aval.dtype)
        env.update(zip(inner.writes, _compat.bind(inner.eqn, values), strict=True))
    return read(block.outputs[0])


def _density(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    values = _compat.bind(step.eqn, ctx.adjust(step, [t.value for t in ins]))
    return [Tracked(v, d) for v, d in zip(values, ctx.lanes.step(step, [t.deps for t in ins]), strict=True)]


def held_still(values: list) -> list:
    """The same values without their derivatives."""
    return [lax.stop_gradient(v) if is_float(v) else v for v in values]


def _gate(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    return [ins[len(ins) - len(step.blocks[0].inputs)]]


def _baseline(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    estimator, key = ctx.plan[step.payload.site], (HERE, step.payload.site)
    draw, baseline = _compat.bind(step.eqn, [t.value for t in ins])
    if ctx.reverse and estimator is not None and estimator.takes_baseline:
        weight, given = weights[key], baseline.astype(weights[key].dtype)
        relaxed, learned = step.payload.kind == "relaxed", step.payload.learned
        weights[key] = less_control(weight, given) if relaxed else less_baseline(learned, weight, given)
    return [ins[0]._replace(value=draw), Tracked(baseline, ins[1].deps)]


_RULES = {"site": _site, "density": _density, "gate": _gate, "baseline": _baseline}

__all__ = [
    "Context",
    "Tracked",
    "Weights",
    "held_still",
    "is_float",
    "log_prob_at",
    "plain",
    "run",
    "run_from",
    "surrogate",
]
