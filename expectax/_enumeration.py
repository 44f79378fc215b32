"""Exact enumeration of one site: the rest of the program under `vmap` over all values of its lanes.

    E[f] = sum_k p_k(theta) E[f | x = x_k]

The first output, the cost, is summed; the others (auxiliary outputs) come from the draw that was made.
"""

import dataclasses
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from . import _compat
from ._interpret import Context, Tracked, Weights, run_from, surrogate
from ._trace import Block, Constant, Site, Step


def joint_values(site: Site) -> np.ndarray:
    """Every joint value of the site's lanes, shape (count, *lanes, *event)."""
    values = site.spec.support_values()
    lanes = math.prod(site.lanes)
    rows = np.array(list(itertools.product(range(len(values)), repeat=lanes)), dtype=int).reshape(-1, lanes)
    return values[rows].reshape(len(rows), *site.lanes, *values.shape[1:]).astype(site.draw_dtype)


def sum_over_values(
    ctx: Context, block: Block, number: int, ins: list[Tracked], env: dict[int, Tracked], weights: Weights
) -> list[Tracked]:
    """Finish a block from its enumerated site on, in expectation over that site."""
    step = block.steps[number]
    assert step.site is not None
    values = ctx.adjust(step, [t.value for t in ins])
    drawn, log_prob = _compat.bind(step.eqn, values)
    deps = ctx.lanes.step(step, [t.deps for t in ins])

    def rest(which, draw) -> list:
        trial = dataclasses.replace(ctx, candidates=(*ctx.candidates, which))
        scope, inner = dict(env), dict(weights)
        outs = [Tracked(lax.stop_gradient(draw), deps[0]), Tracked(log_prob, deps[1])]
        scope.update(zip(step.writes, outs, strict=True))
        return [surrogate(trial, t, inner) for t in run_from(trial, block, number + 1, scope, inner)]

    candidates = jnp.asarray(joint_values(step.site))
    probabilities = jnp.exp(jax.vmap(lambda x: density_at(step, values, x).sum())(candidates))
    costs, *others = jax.vmap(rest)(jnp.arange(len(candidates)), candidates)
    cost = jnp.tensordot(probabilities.astype(costs.dtype), costs, 1)
    made = (candidates == drawn[None]).reshape(len(candidates), -1).all(1).argmax()
    return [Tracked(cost), *(Tracked(v[made]) for v in others)]


def density_at(step: Step, values: list, draw) -> jax.Array:
    """Log-density of a site's lanes at another value than the one drawn: its own density call, re-read.

    Only what the density needs is evaluated: the sampler would use the key a second time.
    """
    block = step.blocks[0]
    env = dict(zip(block.inputs, values, strict=True))
    env[_tied_draw(block)] = draw

    def read(ref):
        return ref.value if isinstance(ref, Constant) else env[ref]

    for inner in _behind_density(block):
        operands = [read(r) for r in (inner.reads[1:] if inner.kind == "density" else inner.reads)]
        if inner.kind == "density":
            operands = [draw.astype(inner.eqn.invars[0].aval.dtype), *operands]
        env.update(zip(inner.writes, _compat.bind(inner.eqn, operands), strict=True))
    return read(block.outputs[1])


def _tied_draw(block: Block) -> int:
    """The draw's own slot, which a site's log-density is tied to."""
    slot = block.outputs[0]
    assert isinstance(slot, int)
    return slot


def _behind_density(block: Block) -> list[Step]:
    """The steps of a site that lead to its log-density, the draw taken as given."""
    wanted, slots, draw = [], {block.outputs[1]}, _tied_draw(block)
    for step in reversed(block.steps):
        if slots.intersection(step.writes) and draw not in step.writes:
            wanted.append(step)
            slots.update(r for r in (step.reads[1:] if step.kind == "density" else step.reads) if isinstance(r, int))
    return wanted[::-1]
