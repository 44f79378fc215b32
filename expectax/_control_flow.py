"""Rules for steps that hold blocks: a loop keeps running totals of its weights, a branch hands its own out.

A scan carries, beside the user's carry, the linear surrogate of each part that draws reach and one total a site, the
sum of its log-densities over earlier iterations; stacked weights leave it, so that later steps can tell its iterations
apart. What is chosen or repeated because of a draw is boxed whole.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from . import _compat, _errors
from ._interpret import Context, Tracked, Weights, is_float, plain, run, surrogate
from ._lanes import HERE, Deps, block_weight_shapes, element
from ._telescope import telescoped
from ._trace import Block, Step


def _weighted(ctx: Context, block: Block) -> dict[int, tuple]:
    """Shape and dtype of the weight of each weighted site in a block."""
    return {s: shape for s, shape in block_weight_shapes(block).items() if s in ctx.lanes.weighted}


def _can_skip(ctx: Context, step: Step, ins: list[Tracked]) -> bool:
    """Whether nothing inside needs to be seen."""
    return not ctx.enter_all and not any(t.deps for t in ins) and not any(True for b in step.blocks for _ in b.sites())


def _linear_part(ctx: Context, tracked: Tracked, deps: Deps, weights: Weights) -> Any:
    """The surrogate to carry along, or None where no draw reaches the value or nobody needs it."""
    return surrogate(ctx, tracked, weights) if deps and is_float(tracked.value) and not ctx.values_only else None


# --- scan --------------------------------------------------------------------------------------------------------


def _scan(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    if _can_skip(ctx, step, ins):
        return plain(ctx, step, ins, weights)
    params, body = step.eqn.params, step.blocks[0]
    nc, nk = _compat.scan_split(step.eqn)
    consts, carry, xs = ins[:nc], ins[nc : nc + nk], ins[nc + nk :]
    all_deps = [t.deps for t in ins]
    carry_deps = ctx.lanes.scan_carry(step, all_deps)
    sites = _weighted(ctx, body)
    values = [t.value for t in ins]
    forced = {s.id: ctx.forced[s.id] for s in body.sites() if s.id in ctx.forced}

    def iterate(state, x):
        carried, linear, totals = state
        elements, linear_elements, own_forced = x
        scope: Weights = {**weights, **{(step.uid, s): total for s, total in totals.items()}}
        args = (
            consts
            + [Tracked(v, d, s) for v, d, s in zip(carried, carry_deps, linear, strict=True)]
            + [Tracked(v, element(t.deps), s) for v, t, s in zip(elements, xs, linear_elements, strict=True)]
        )
        outs = run(dataclasses.replace(ctx, forced=own_forced), body, args, scope)
        own = {s: scope[HERE, s] for s in sites}
        surrogates = [
            _linear_part(ctx, t, d, scope) for t, d in zip(outs, carry_deps + [t.deps for t in outs[nk:]], strict=True)
        ]
        state = ([t.value for t in outs[:nk]], surrogates[:nk], {s: totals[s] + own[s] for s in sites})
        return state, ([t.value for t in outs[nk:]], surrogates[nk:], own)

    start = (
        [t.value for t in carry],
        [_linear_part(ctx, t, d, weights) for t, d in zip(carry, carry_deps, strict=True)],
        {s: _compat.match_varying(jnp.zeros(shape, dtype), values) for s, (shape, dtype) in sites.items()},
    )
    rows = ([t.value for t in xs], [_linear_part(ctx, t, t.deps, weights) for t in xs], forced)
    (carried, linear, _), (stacked, linear_stacked, own) = lax.scan(
        iterate, start, rows, length=params["length"], reverse=params["reverse"], unroll=params["unroll"]
    )
    weights.update({(HERE, s): own[s] for s in sites})
    deps = ctx.lanes.step(step, all_deps)
    return [
        Tracked(v, d, s if d else None)
        for v, d, s in zip([*carried, *stacked], deps, [*linear, *linear_stacked], strict=True)
    ]


# --- while -------------------------------------------------------------------------------------------------------


def _while(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    if _can_skip(ctx, step, ins):
        return plain(ctx, step, ins, weights)
    params = step.eqn.params
    condition, body = step.blocks
    if any(True for _ in condition.sites()):
        site = next(iter(condition.sites()))
        raise _errors.site_inside("the condition of while_loop", site.title, step.line)
    nc, nb = params["cond_nconsts"], params["body_nconsts"]
    deps = [t.deps for t in ins]
    carry_deps = ctx.lanes.while_carry(step, deps)
    sites = _weighted(ctx, body)
    values = [t.value for t in ins]

    def test(carried):
        return _compat.as_function(params["cond_jaxpr"])(*values[:nc], *carried)[0]

    def iterate(state):
        carried, totals = state
        going = test(carried)
        scope: Weights = {**weights, **{(step.uid, s): total for s, total in totals.items()}}
        args = ins[nc : nc + nb] + [Tracked(v, d) for v, d in zip(carried, carry_deps, strict=True)]
        outs = run(ctx, body, args, scope)
        new = [_where_going(going, t.value, old) for t, old in zip(outs, carried, strict=True)]
        return new, {s: totals[s] + scope[HERE, s] for s in sites}

    zeros = {s: _compat.match_varying(jnp.zeros(shape, dtype), values) for s, (shape, dtype) in sites.items()}
    carried, totals = lax.while_loop(lambda state: test(state[0]).any(), iterate, (values[nc + nb :], zeros))
    weights.update({(HERE, s): totals[s] for s in sites})
    return [Tracked(v, d) for v, d in zip(carried, ctx.lanes.step(step, deps), strict=True)]


def _where_going(going: Any, new: Any, old: Any) -> Any:
    """In a vmapped loop a lane that has come to its end keeps its values."""
    if not jnp.ndim(going):
        return new
    return jnp.where(jnp.reshape(going, going.shape + (1,) * (jnp.ndim(new) - jnp.ndim(going))), new, old)


# --- cond, switch ------------------------------------------------------------------------------------------------


def _cond(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    if _can_skip(ctx, step, ins):
        return plain(ctx, step, ins, weights)
    sites = {s: shape for block in step.blocks for s, shape in _weighted(ctx, block).items()}
    deps = ctx.lanes.step(step, [t.deps for t in ins])
    chosen_by_draw = bool(ins[0].deps)

    def branch(block: Block):
        def taken(*values):
            args = [t._replace(value=v) for t, v in zip(ins[1:], values, strict=True)]
            scope = dict(weights)
            outs = run(ctx, block, args, scope)
            own = {s: scope.get((HERE, s)) for s in sites}
            filled = {
                s: jnp.zeros(*sites[s]) if w is None else w for s, w in own.items()
            }  # a branch that was not taken adds nothing
            filled = {s: _compat.match_varying(w, list(values)) for s, w in filled.items()}
            if chosen_by_draw:
                return [t.value for t in outs], [None] * len(outs), filled
            linear = [_linear_part(ctx, t, d, scope) for t, d in zip(outs, deps, strict=True)]
            return [t.value for t in outs], linear, filled

        return taken

    values, linear, own = lax.switch(ins[0].value, [branch(b) for b in step.blocks], *[t.value for t in ins[1:]])
    weights.update({(HERE, s): own[s] for s in sites})
    return [Tracked(v, d, s if d else None) for v, d, s in zip(values, deps, linear, strict=True)]


# --- checkpoint, shard_map ---------------------------------------------------------------------------------------


def _remat(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    if _can_skip(ctx, step, ins):
        return plain(ctx, step, ins, weights)
    block = step.blocks[0]
    sites = _weighted(ctx, block)
    deps = ctx.lanes.step(step, [t.deps for t in ins])

    def again(values, linear):
        scope = dict(weights)
        args = [Tracked(v, t.deps, s) for v, t, s in zip(values, ins, linear, strict=True)]
        outs = run(ctx, block, args, scope)
        surrogates = [_linear_part(ctx, t, d, scope) for t, d in zip(outs, deps, strict=True)]
        return [t.value for t in outs], surrogates, {s: scope[HERE, s] for s in sites}

    params = step.eqn.params
    rematerialised = jax.checkpoint(again, policy=params["policy"], prevent_cse=params["prevent_cse"])
    values, linear, own = rematerialised([t.value for t in ins], [t.linear for t in ins])
    weights.update({(HERE, s): own[s] for s in sites})
    return [Tracked(v, d, s if d else None) for v, d, s in zip(values, deps, linear, strict=True)]


def _shard_map(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    if _can_skip(ctx, step, ins):
        return plain(ctx, step, ins, weights)
    params, block = step.eqn.params, step.blocks[0]
    sites = _weighted(ctx, block)
    if sites and not params["check_vma"]:
        raise _errors.unchecked_shard_map(step.line)
    deps = ctx.lanes.step(step, [t.deps for t in ins])
    inside = dataclasses.replace(ctx, values_only=True)

    def device(*values):
        scope: Weights = {}
        outs = run(inside, block, [Tracked(v) for v in values], scope)
        totals = {}
        for s in sites:
            total = scope[HERE, s].sum()
            axes = tuple(_compat.varying_axes(total))
            totals[s] = lax.psum(total, axes) if axes else total
        return [t.value for t in outs], totals

    everywhere = jax.sharding.PartitionSpec()
    mapped = _compat.shard_map(device, params, (list(params["out_specs"]), {s: everywhere for s in sites}))
    values, totals = mapped(*[t.value for t in ins])
    weights.update({(HERE, s): totals[s] for s in sites})
    return [Tracked(v, d) for v, d in zip(values, deps, strict=True)]


RULES = {
    "scan": _scan,
    "while": _while,
    "cond": _cond,
    "remat": _remat,
    "shard_map": _shard_map,
    "custom": telescoped,
}
