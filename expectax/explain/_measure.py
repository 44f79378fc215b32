"""Program -> Measurements: the derivative taken apart, run by run.

Every site and density is given a probe, a zero added to each of its parameters. The derivative with respect to a
probe is the part of the gradient that enters there. For the user's own parameters the parts are differences between
derivatives with the sites' operands, then also the densities' operands, held still.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._baselines import leave_one_out
from .._plan import make_plan
from .._program import Program, context, key_of
from .._trace import Step
from ..estimators import Score
from ._by_hand import suspects
from ._census import Census, census
from ._derivatives import Derivative, Runs, naive_context, probes_at
from ._double_kl import doubled_divergences
from ._graph import Graph, graph_of
from ._measurements import Measurements, OwnCost, Part, SitePart
from ._scores import own_densities
from ._weights import Weight, importance_weights

MANY = 100
"""Sites up to which each is measured by itself."""
_TAIL = 8
"""How many times more runs are made where importance weights are judged."""
_MOST_WEIGHTS = 2**22
"""Of all runs: where one has many, fewer further runs are needed."""


def measure(program: Program, naive: Any, num_samples: int) -> Measurements:
    """Run the program `num_samples` times and take its derivative apart; of very many sites only the whole."""
    steps = [s for s in program.trace.block.every_step() if s.kind in ("site", "density")]
    many, graph = is_many(program), graph_of(program.trace)
    runs = Runs(program, {} if many else probes_at(_probed(program, graph, steps)), _keys(program, num_samples))
    (whole, by_probe, costs), estimates = _plain_and_expected(program, runs, many)
    expected, expected_probe = (None, None) if estimates is None else (estimates.live, estimates.probes)
    parts = [(t, *[np.full_like(t, np.nan)] * 3) for t in whole] if many else _taken_apart(program, runs, whole, steps)
    weights = () if many else importance_weights(graph)
    factors = () if many else suspects(graph)
    wanted = frozenset(slot for seen in (*weights, *factors) for slot in seen.slots)
    broken = not all(np.all(np.isfinite(rows)) for rows in (costs, *whole))
    keys = _more(program, runs.keys, weights) if weights else runs.keys
    names = [program.trace.input_names[i] for i in sorted(program.call.live_leaves)]
    return Measurements(
        program=program,
        naive=naive,
        num_samples=num_samples,
        costs=costs,
        parameters=tuple(
            Part(n, draw, density, rest, total, None if expected is None else expected[i])
            for i, (n, (total, draw, density, rest)) in enumerate(zip(names, parts, strict=True))
        ),
        sites=() if many else _site_parts(program, naive, steps, by_probe, expected_probe),
        own=None if many else _own_cost(program, naive, steps, runs),
        steps=steps,
        graph=graph,
        weights=weights,
        suspects=factors,
        doubled=() if many else doubled_divergences(program, graph, list(own_densities(naive, steps))),
        census=Census({}, {}) if many and not broken else census(program, keys, wanted, deep=broken),
        by_score=_by_score(program, naive, runs) if num_samples > 1 and not many else None,
    )


def is_many(program: Program) -> bool:
    """Whether there are too many sites to take the derivative apart at each."""
    return len(program.trace.sites) > MANY


def _keys(program: Program, count: int) -> Any:
    """The key that was given, then others."""
    first = _row(key_of(program))
    return jnp.concatenate([first, jax.random.split(key_of(program), count - 1)]) if count > 1 else first


def _taken_apart(
    program: Program, runs: Runs, whole: list[np.ndarray], steps: list[Step]
) -> list[tuple[np.ndarray, ...]]:
    """(total, through draws, through densities, elsewhere) for each live input."""
    no_draw = runs.derivative(naive_context(program, ("site",))).live
    dense = any(step.kind == "density" for step in steps)
    neither = runs.derivative(naive_context(program, ("site", "density"))).live if dense else no_draw
    return [(a, a - b, b - c, c) for a, b, c in zip(whole, no_draw, neither, strict=True)]


def _plain_and_expected(program: Program, runs: Runs, many: bool) -> tuple[Derivative, Derivative | None]:
    """What `jax.grad` of each run gives, and unbiased estimates; None of them where no estimator is sound."""
    if program.plan.refusals:
        return runs.derivative(naive_context(program)), None
    if many and not any(e is not None and (e.weighs or e.reruns) for e in program.plan.estimators.values()):
        found = runs.derivative(naive_context(program))
        return found, found
    forward = bool(program.plan.analysis.loops_on_path)
    ctx = context(program, None if forward else leave_one_out(program, len(runs.keys)))
    ctx = dataclasses.replace(ctx, enter_all=True, reverse=not forward)
    return runs.plain_and_expected(ctx)


def _by_score(program: Program, naive: Any, runs: Runs) -> tuple[np.ndarray, ...] | None:
    """In a loop the derivative along the path may grow without bound: is the score function better there?"""
    moved = [s for s in program.trace.sites if s.spec.pathwise and naive.sites[s.id].reached]
    free = all(s.spec.estimator.name == "auto" and not naive.sites[s.id].moved for s in moved)
    if program.plan.refusals or not free or not any(s.depth for s in moved) or naive.loops_on_path:
        return None
    plan = make_plan(program.trace, {s.id: Score() for s in moved})
    if plan.refusals:
        return None
    scored = dataclasses.replace(program, plan=plan)
    ctx = context(scored, leave_one_out(scored, len(runs.keys)))
    return tuple(runs.derivative(dataclasses.replace(ctx, enter_all=True)).live)


def _more(program: Program, keys: Any, weights: tuple[Weight, ...]) -> Any:
    """Further runs, as far as the weights fit in memory: the tail of a few says little."""
    room = _MOST_WEIGHTS // sum(w.size for w in weights)
    return jax.random.split(key_of(program), min(_TAIL * len(keys), max(len(keys), room)))


def _row(key: Any) -> Any:
    return jnp.expand_dims(key, 0)


def _probed(program: Program, graph: Graph, steps: list[Step]) -> list[Step]:
    """Steps that are given probes: with a loop that reverse mode cannot pass, only those that a parameter reaches."""
    unbounded = any(s.kind == "while" for s in graph.steps) and not program.plan.analysis.loops_on_path
    return [s for s in steps if not unbounded or any(map(graph.is_live, s.reads[1:]))]


def _site_parts(program: Program, naive: Any, steps: list[Step], by_probe: dict, expected: dict | None):
    parts = []
    for step in steps:
        if step.site is None:
            continue
        names = step.site.spec.family._leaf_names(step.site.spec.structure)
        for i, name in enumerate(names):
            if (step.uid, i) not in by_probe:
                continue
            number = naive.operands[step.uid][i + 1]
            twins = [
                (d, p)
                for d in steps
                if d.kind == "density"
                for p, n in enumerate(naive.operands[d.uid][1:])
                if n == number and (d.uid, p) in by_probe
            ]
            draw = by_probe[step.uid, i]
            density: Any = sum((by_probe[d.uid, p] for d, p in twins), np.zeros_like(draw))
            mean = None
            if expected is not None:
                mean = expected[step.uid, i] + sum(expected[d.uid, p] for d, p in twins)
            parts.append(
                SitePart(
                    name,
                    draw,
                    density,
                    np.zeros_like(draw),
                    draw + density,
                    mean,
                    step.site,
                    tuple(d for d, _ in twins),
                )
            )
    return tuple(parts)


def _own_cost(program: Program, naive: Any, steps: list[Step], runs: Runs) -> OwnCost | None:
    cost = program.trace.block.outputs[0]
    for own in own_densities(naive, steps):
        if own.step.writes[0] == cost and not own.stopped and not own.held:
            return OwnCost(own.site, runs.operand(own.step))
    return None
