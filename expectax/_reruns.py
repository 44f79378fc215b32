"""Estimators that run the rest of the program at several values of one site's draw: one rule each.

The first output, the cost, is combined; the others (auxiliary outputs) come from the draw that was made.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from . import _errors, random
from ._batching import float_dtype
from ._boxes import held, sloped
from ._interpret import Context, Tracked, Weights
from ._rest import Rest
from ._trace import Block
from ._typing import Array
from .estimators._relaxed import finite, perturbed, with_path_of


def rerun(
    ctx: Context, block: Block, number: int, ins: list[Tracked], env: dict[int, Tracked], weights: Weights
) -> list[Tracked]:
    """Finish a block from such a site on, with the derivative of its expectation over that site."""
    site = block.steps[number].site
    assert site is not None
    estimator = ctx.plan[site.id]
    assert estimator is not None
    return RULES[estimator.name](Rest.behind(ctx, block, number, ins, env, weights))


# --- One lane at a time ---


def _replaced(drawn: Array, lanes: int, values: Array) -> Array:
    """Draws in which one lane has another value: (count, lanes, *drawn) from values (count, lanes, *event)."""
    event = values.shape[2:]
    flat = jnp.reshape(drawn, (lanes, *event))
    own = jnp.reshape(jnp.eye(lanes, dtype=bool), (lanes, lanes) + (1,) * len(event))
    changed = jnp.where(own, values[:, :, None], flat)  # lane i of run i
    return jnp.reshape(changed, (len(values), lanes, *drawn.shape))


def _runs(rest: Rest, changed: Array) -> tuple[list[Array], Array]:
    """The outputs for the draw itself, and the costs (count, lanes) of the changed ones."""
    count, lanes = changed.shape[:2]
    draws = jnp.concatenate([rest.drawn[None], jnp.reshape(changed, (count * lanes, *rest.drawn.shape))])
    outs = rest.outputs(draws)
    return [v[0] for v in outs], jnp.reshape(outs[0][1:], (count, lanes))


def _finished(outs: list[Array], slope: Array) -> list[Tracked]:
    """The outputs of the run that was made; the cost moves with `slope` besides."""
    return [Tracked(sloped(outs[0], slope.astype(outs[0].dtype))), *map(Tracked, outs[1:])]


def _local_expectation(rest: Rest) -> list[Tracked]:
    assert rest.step.site is not None
    lanes, values = math.prod(rest.lanes), jnp.asarray(rest.step.site.spec.support_values()).astype(rest.drawn.dtype)
    everywhere = jnp.broadcast_to(
        jnp.reshape(values, (len(values),) + (1,) * len(rest.lanes) + values.shape[1:]),
        (len(values), *rest.drawn.shape),
    )
    probabilities = jnp.exp(jax.vmap(rest.log_prob_at)(everywhere)).reshape(len(values), lanes)
    single = jnp.broadcast_to(values[:, None], (len(values), lanes, *values.shape[1:]))
    possible = jnp.reshape(probabilities > 0, (len(values), lanes, *(1 for _ in values.shape[1:])))
    single = jnp.where(
        possible, single, jnp.reshape(rest.drawn, (lanes, *values.shape[1:]))
    )  # may be undefined elsewhere
    outs, costs = _runs(rest, _replaced(rest.drawn, lanes, single))
    return _finished(outs, (probabilities * lax.stop_gradient(costs)).sum())


def _by_lanes(rest: Rest, estimator: str) -> tuple[list[Array], Any, Array]:
    """The parameters of each lane in one float type, their distribution without derivatives, and its draws."""
    site, lanes = rest.step.site, math.prod(rest.lanes)
    assert site is not None
    parameters = rest.parameters()
    if parameters is None:
        raise _errors.no_lanes_of_parameters(estimator, site.title)
    dtype = float_dtype(parameters)
    floats = [jnp.reshape(v, (lanes,)).astype(dtype) for v in parameters]
    dist = site.spec.structure.unflatten(map(lax.stop_gradient, floats))
    return floats, dist, jnp.reshape(rest.drawn, (lanes,)).astype(dtype)


def _measure_valued(rest: Rest) -> list[Tracked]:
    site, lanes = rest.step.site, math.prod(rest.lanes)
    assert site is not None
    floats, dist, drawn = _by_lanes(rest, "measure-valued")
    slope = jnp.zeros((), drawn.dtype)
    pairs = []
    for number, parameter in enumerate(dist._parameters()):
        key = jax.random.fold_in(rest.key(), number)
        pairs.append(dist._weak_derivative(parameter.name, key, drawn))
    sides = [jnp.broadcast_to(side, (lanes,)) for pair in pairs if pair for side in (pair.plus, pair.minus)]
    outs, costs = _runs(rest, _replaced(rest.drawn, lanes, jnp.stack(sides).astype(rest.drawn.dtype)))
    gains = iter(lax.stop_gradient(costs[::2] - costs[1::2]))
    for parameter, pair, leaf in zip(dist._parameters(), pairs, floats, strict=True):
        if pair is None:  # an error only if it is really differentiated
            error = functools.partial(_errors.no_weak_derivative, site.title, parameter.name)
            slope += 0 * held(error, leaf).sum()
        else:
            slope += (pair.constant * next(gains).astype(leaf.dtype) * leaf).sum()
    return _finished(outs, slope)


# --- To the next whole number ---


def _smoothed_perturbation(rest: Rest) -> list[Tracked]:
    floats, dist, drawn = _by_lanes(rest, "smoothed-perturbation")
    rates = _jump_rates(dist, drawn)
    after = jnp.where(dist.prob(drawn + 1) > 0, drawn + 1, drawn)  # of the greatest value there is no next
    estimator: Any = rest.ctx.plan[rest.step.site.id]  # pyright: ignore[reportOptionalMemberAccess]
    outs, gains = (_all_jump if estimator.lanes == "all" else _one_jumps)(rest, rates, after.astype(rest.drawn.dtype))
    gains = lax.stop_gradient(gains).astype(drawn.dtype)
    return _finished(
        outs, sum(((r * gains * leaf).sum() for r, leaf in zip(rates, floats, strict=True)), 0 * gains.sum())
    )


def _jump_rates(dist: Any, drawn: Array) -> list[Array]:
    """-∂F/∂θ over the mass at the draw, for each parameter of each lane."""
    leaves, structure = jax.tree.flatten(dist)
    slopes = jax.grad(lambda leaves: structure.unflatten(leaves).cdf(drawn).sum())(leaves)
    mass = dist.prob(drawn)
    return [jnp.where(mass > 0, -slope / jnp.where(mass > 0, mass, 1.0), 0.0) for slope in slopes]


def _all_jump(rest: Rest, rates: list[Array], after: Array) -> tuple[list[Array], Array]:
    outs, costs = _runs(rest, _replaced(rest.drawn, after.size, after[None]))
    return outs, costs[0] - outs[0]


def _one_jumps(rest: Rest, rates: list[Array], after: Array) -> tuple[list[Array], Array]:
    """One lane, whose gain is divided by the chance that it was chosen."""
    sizes = functools.reduce(jnp.add, map(jnp.abs, rates))
    chances = jnp.where(sizes.sum() > 0, sizes / jnp.where(sizes.sum() > 0, sizes.sum(), 1.0), 1 / sizes.size)
    chosen = jnp.arange(after.size) == random.categorical(rest.key(), chances, ())
    changed = jnp.where(chosen, after, jnp.reshape(rest.drawn, after.shape))
    outs = rest.outputs(jnp.stack([rest.drawn, jnp.reshape(changed, rest.drawn.shape)]))
    gain = outs[0][1] - outs[0][0]
    return [v[0] for v in outs], jnp.where(chosen, gain / jnp.where(chosen, chances, 1.0), 0.0)


# --- All lanes at once ---


def _antithetic(coefficients: Callable[[Array, Array, Array, Array], Array]) -> Callable[[Rest], list[Tracked]]:
    """A rule that makes two opposite draws, given the weight of their costs' difference in each lane."""

    def rule(rest: Rest) -> list[Tracked]:
        ones = jnp.ones_like(rest.drawn)
        logits = rest.log_prob_at(ones) - rest.log_prob_at(jnp.zeros_like(ones))
        u = jax.random.uniform(rest.key(), rest.lanes, logits.dtype)
        p = jax.nn.sigmoid(lax.stop_gradient(logits))
        first, second = (1 - u < p).astype(ones.dtype), (u < p).astype(ones.dtype)
        outs = rest.outputs(jnp.stack([first, second]))
        gain = lax.stop_gradient(outs[0][0] - outs[0][1])
        gap = first.astype(logits.dtype) - second.astype(logits.dtype)
        slope = (gain * coefficients(u, gap, p, logits) * logits).sum()
        return _finished([0.5 * (outs[0][0] + outs[0][1]), *(v[0] for v in outs[1:])], slope)

    return rule


_arm = _antithetic(lambda u, gap, p, logits: u - 0.5)
_disarm = _antithetic(lambda u, gap, p, logits: 0.5 * gap * jnp.where(p > 0.5, p, 1 - p))


def _rebar(rest: Rest) -> list[Tracked]:
    site = rest.step.site
    assert site is not None
    estimator: Any = rest.ctx.plan[site.id]
    hard = lax.stop_gradient(rest.drawn)
    corners = jnp.asarray(site.spec.support_values(), hard.dtype)
    everywhere = jnp.reshape(corners, (len(corners),) + (1,) * len(rest.lanes) + corners.shape[1:])
    log_p = jax.vmap(rest.log_prob_at)(jnp.broadcast_to(everywhere, (len(corners), *hard.shape)))
    free, tied = perturbed(finite(jnp.moveaxis(log_p, 0, -1).astype(hard.dtype)), hard, rest.key())
    soft, soft_tied = (jax.nn.softmax(z / estimator.temperature) for z in (free, tied))
    held = lax.stop_gradient(soft)
    outs = rest.outputs_along(jnp.stack([hard, with_path_of(held, soft - soft_tied), held]))
    cost, along, still = outs[0]  # the last two are one number: their difference is what moves by way of the draw
    gain = lax.stop_gradient(cost - estimator.scale * still)
    moved = with_path_of(cost, estimator.scale * (along - still))
    return _finished([moved, *(v[0] for v in outs[1:])], gain * rest.log_prob.sum())


RULES: dict[str, Callable[[Rest], list[Tracked]]] = {
    "local-expectation": _local_expectation,
    "measure-valued": _measure_valued,
    "smoothed-perturbation": _smoothed_perturbation,
    "arm": _arm,
    "disarm": _disarm,
    "rebar": _rebar,
}
