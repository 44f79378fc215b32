"""Program -> Measurements: the derivative taken apart, run by run.

Every site and density is given a probe, a zero added to each of its parameters. The derivative with respect to a
probe is the part of the gradient that enters there. For the user's own parameters the parts are differences between
derivatives with the sites' operands, then also the densities' operands, held still.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._baselines import leave_one_out
from .._interpret import Context, held_still, is_float
from .._lanes import Lanes
from .._plan import make_plan
from .._program import Program, context, key_of, run_once
from .._trace import Block, Step
from ..estimators import Pathwise, Score, Stop
from ._by_hand import suspects
from ._census import Census, census
from ._double_kl import doubled_divergences
from ._graph import Graph, graph_of
from ._measurements import Measurements, OwnCost, Part, SitePart
from ._scores import own_densities
from ._weights import Weight, importance_weights

Probe = tuple[int, int]
"""(uid of a step, position of the parameter among its leaves)."""


MANY = 100
"""Sites up to which each is measured by itself."""
_TAIL = 8
"""How many times more runs are made where importance weights are judged."""
_MOST_WEIGHTS = 2**22
"""Of all runs: where one has many, fewer further runs are needed."""


def inner_steps(block: Block) -> Iterator[Step]:
    """Every step of a block and of the blocks inside it, but for what sites and densities are made of."""
    for step in block.steps:
        yield step
        if step.kind not in ("site", "density"):
            for inner in step.blocks:
                yield from inner_steps(inner)


def measure(program: Program, naive: Any, num_samples: int) -> Measurements:
    """Run the program `num_samples` times and take its derivative apart; of very many sites only the whole."""
    steps = [s for s in inner_steps(program.trace.block) if s.kind in ("site", "density")]
    many, graph = is_many(program), graph_of(program.trace)
    runs = _Runs(program, {} if many else _probes(_probed(program, graph, steps)), _keys(program, num_samples))
    whole, by_probe, costs = runs.derivative(_naive_context(program, None))
    pathwise = all(e is None or not (e.weighs or e.reruns) for e in program.plan.estimators.values())
    same = many and pathwise and not program.plan.refusals  # then it is the derivative of the run
    expected, expected_probe = (whole, None) if same else _expected(program, runs, many)
    parts = [(t, *[np.full_like(t, np.nan)] * 3) for t in whole] if many else _taken_apart(program, runs, whole)
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


def _taken_apart(program: Program, runs: "_Runs", whole: list[np.ndarray]) -> list[tuple[np.ndarray, ...]]:
    """(total, through draws, through densities, elsewhere) for each live input."""
    no_draw, _, _ = runs.derivative(_naive_context(program, ("site",)))
    neither, _, _ = runs.derivative(_naive_context(program, ("site", "density")))
    return [(a, a - b, b - c, c) for a, b, c in zip(whole, no_draw, neither, strict=True)]


def _expected(program: Program, runs: "_Runs", many: bool) -> tuple[list[np.ndarray] | None, dict | None]:
    if program.plan.refusals:
        return None, None
    forward = bool(program.plan.analysis.loops_on_path)
    ctx = context(program, None if forward else leave_one_out(program, len(runs.keys)))
    gradient, by_probe, _ = runs.derivative(dataclasses.replace(ctx, enter_all=not many, reverse=not forward))
    return gradient, by_probe


def _by_score(program: Program, naive: Any, runs: "_Runs") -> tuple[np.ndarray, ...] | None:
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
    return tuple(runs.derivative(dataclasses.replace(ctx, enter_all=True))[0])


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


def _probes(steps: list[Step]) -> dict[Probe, Any]:
    """A zero for every float parameter of every site and density."""
    return {
        (step.uid, i): jnp.zeros(v.aval.shape, v.aval.dtype)
        for step in steps
        for i, v in enumerate(step.eqn.invars[1:])
        if jnp.issubdtype(v.aval.dtype, jnp.floating)
    }


def _naive_context(program: Program, held: tuple[str, ...] | None) -> Context:
    plan: dict[int, Any] = {s.id: Pathwise() if s.spec.pathwise else Stop() for s in program.trace.sites}

    def adjust(step: Step, values: list) -> list:
        return [values[0], *held_still(values[1:])] if held and step.kind in held else values

    return Context(plan, Lanes(frozenset()), adjust=adjust, enter_all=True)


@dataclasses.dataclass(frozen=True, eq=False)
class _Runs:
    """Derivatives of many runs with respect to the live inputs and to every probe."""

    program: Program
    probes: dict[Probe, Any]
    keys: Any

    def derivative(self, ctx: Context) -> tuple[list[np.ndarray], dict[Probe, np.ndarray], np.ndarray]:
        """(by live input, by probe, costs), each with a leading axis of runs."""

        def one(live: list, probes: dict, key: Any) -> tuple[Any, Any]:
            run = run_once(self.program, self._probed(ctx, probes), live, key)
            return run.surrogate, run.cost

        loops = self.program.plan.analysis.loops_on_path
        # step by step: of many sites that are alike each is compiled once, the whole would be for minutes
        by_live, by_probe, costs = (self._forward if loops else self._reverse)(one)
        return [_rows(g) for g in by_live], {k: _rows(g) for k, g in by_probe.items()}, np.asarray(costs)

    def operand(self, step: Step) -> np.ndarray:
        """The first operand of a step of the outermost block, run by run: a density's value."""
        seen: list[Any] = []

        def adjust(current: Step, values: list) -> list:
            if current is step:
                seen.append(values[0])
            return values

        def one(key):
            run_once(
                self.program,
                dataclasses.replace(_naive_context(self.program, None), adjust=adjust),
                self.program.live,
                key,
            )
            return seen.pop()

        return _rows(jax.vmap(one)(self.keys))

    def _reverse(self, one: Callable) -> tuple:
        def total(live, probes):
            surrogates, costs = jax.vmap(one)(live, probes, self.keys)
            return surrogates.sum(), costs

        def copies(tree: Any) -> Any:
            return jax.tree.map(lambda v: jnp.broadcast_to(v, (self.keys.shape[0], *jnp.shape(v))), tree)

        differentiate = jax.grad(total, (0, 1), has_aux=True)
        (by_live, by_probe), costs = differentiate(copies(self.program.live), copies(self.probes))
        return by_live, by_probe, costs

    def _forward(self, one: Callable) -> tuple:
        """Reverse mode cannot pass an unbounded loop."""
        each = jax.vmap(jax.jacfwd(one, (0, 1), has_aux=True), (None, None, 0))
        (by_live, by_probe), costs = each(self.program.live, self.probes, self.keys)
        return by_live, by_probe, costs

    def _probed(self, ctx: Context, probes: dict) -> Context:
        def adjust(step: Step, values: list) -> list:
            values = ctx.adjust(step, values)
            return [values[0]] + [
                v + probes[step.uid, i] if (step.uid, i) in probes and is_float(v) else v
                for i, v in enumerate(values[1:])
            ]

        return dataclasses.replace(ctx, adjust=adjust)


def _rows(gradient: Any) -> np.ndarray:
    return np.asarray(gradient, dtype=float).reshape(gradient.shape[0], -1)


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


def _own_cost(program: Program, naive: Any, steps: list[Step], runs: _Runs) -> OwnCost | None:
    cost = program.trace.block.outputs[0]
    for own in own_densities(naive, steps):
        if own.step.writes[0] == cost and not own.stopped and not own.held:
            return OwnCost(own.site, runs.operand(own.step))
    return None
