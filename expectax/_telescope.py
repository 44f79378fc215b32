"""The rule for a sum of functions of sample means that telescopes: `ex.debiased`.

Each of its terms is a nonlinear function of many draws, whose weights would have to multiply it whole: a level of n draws would have n
scores on a term of size 1/n. But in the mean over levels the sum is f(E), whose derivative is f'(E) dE: that of the sum with every draw
replaced by its own surrogate, as if it were linear. Draws from outside, on which all of them depend, weigh the whole.
"""

from typing import Any

import jax.numpy as jnp

from . import _compat
from ._interpret import Context, Tracked, Weights, plain, surrogate
from ._lanes import Deps, Key, mixed
from ._trace import Step, Telescope


def telescoped(ctx: Context, step: Step, ins: list[Tracked], weights: Weights) -> list[Tracked]:
    """A step of that kind; any other custom step is evaluated."""
    if not isinstance(step.payload, Telescope) or ctx.values_only or not any(t.deps for t in ins):
        # a rule of the user's expects what a function is called with, not a constant of the trace
        return plain(ctx, step, [t._replace(value=_compat.as_array(t.value)) for t in ins], weights)
    (value,) = _compat.bind(step.eqn, [t.value for t in ins])
    (deps,) = ctx.lanes.step(step, [t.deps for t in ins])
    own = {key for key in _own(step.payload, ins) if key[1] not in ctx.forced}
    linear = _compat.bind(step.eqn, [_by_draws(ctx, t, own, weights) for t in ins])[0]
    outer: Deps = {key: a for t in ins for key, a in mixed(t.deps).items() if key not in own}
    return [Tracked(value, deps, surrogate(ctx, Tracked(linear, outer), weights))]


def _own(mark: Telescope, ins: list[Tracked]) -> set[Key]:
    """The sites of which each draw has a lane of its own, in every operand that depends on them."""
    apart: dict[Key, bool] = {}
    for number, t in enumerate(ins, len(mark.ranks) - len(ins)):  # what f closes over comes first
        axis = jnp.ndim(t.value) - 1 - mark.ranks[number] if number >= 0 else None
        for key, alignment in t.deps.items():
            lies = any(lane is not None and lane.axis == axis and lane.history is None for lane in alignment)
            apart[key] = apart.get(key, True) and lies
    return {key for key, lies in apart.items() if lies}


def _by_draws(ctx: Context, tracked: Tracked, own: set[Key], weights: Weights) -> Any:
    """An operand, each draw of which is weighed by its own sites alone."""
    kept = {key: a for key, a in tracked.deps.items() if key in own}
    ctx.on_box(mixed(kept))  # each draw's cost depends on the others, by way of the slope of f
    return surrogate(ctx, tracked if len(kept) == len(tracked.deps) else Tracked(tracked.value, kept), weights)
