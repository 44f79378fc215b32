"""Derivatives of many runs of a program, with respect to its live inputs and to probes at its sites and densities."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .._interpret import Context, held_still, is_float
from .._lanes import Lanes
from .._program import Program, Run, run_once
from .._trace import Step
from ..estimators import Pathwise, Stop
from ._tape import Tape

Probe = tuple[int, int]
"""(uid of a step, position of the parameter among its leaves)."""


class Derivative(NamedTuple):
    """Of every run; each array has a leading axis of runs."""

    live: list[np.ndarray]
    probes: dict[Probe, np.ndarray]
    costs: np.ndarray

    @property
    def is_finite(self) -> bool:
        return all(np.all(np.isfinite(rows)) for rows in (*self.live, *self.probes.values()))


def probes_at(steps: list[Step]) -> dict[Probe, Any]:
    """A zero for every float parameter of every site and density."""
    return {
        (step.uid, i): jnp.zeros(v.aval.shape, v.aval.dtype)
        for step in steps
        for i, v in enumerate(step.eqn.invars[1:])
        if jnp.issubdtype(v.aval.dtype, jnp.floating)
    }


def naive_context(program: Program, held: tuple[str, ...] = ()) -> Context:
    """Plain differentiation: every draw that has a path keeps it; operands of steps of the kinds `held` stay as they are."""

    def adjust(step: Step, values: list) -> list:
        return [values[0], *held_still(values[1:])] if step.kind in held else values

    return Context(_naive_plan(program), Lanes(frozenset()), adjust=adjust, enter_all=True)


def _naive_plan(program: Program) -> dict[int, Any]:
    return {s.id: Pathwise() if s.spec.pathwise else Stop() for s in program.trace.sites}


def joint_context(program: Program, ctx: Context) -> Context | None:
    """A context under which the cost as it is has the plain derivative, and its surrogate that of `ctx`: for plans that run
    the program once and keep the paths that it has; None for others.
    """
    plan = {site: ctx.plan[site] or naive for site, naive in _naive_plan(program).items()}
    alike = all(plan[s].keeps_path == naive.keeps_path for s, naive in _naive_plan(program).items())
    once = not program.plan.analysis.loops_on_path and not any(e.reruns for e in plan.values())
    return dataclasses.replace(ctx, plan=plan) if alike and once and ctx.histories is None else None


@dataclasses.dataclass(frozen=True, eq=False)
class Runs:
    """A program, its probes and the keys of its runs.

    Nothing is compiled as a whole: of many sites that are alike each is compiled once, the whole would be for minutes.
    """

    program: Program
    probes: dict[Probe, Any]
    keys: Any

    def derivative(self, ctx: Context) -> Derivative:
        """Of the surrogate under a context."""
        if self.program.plan.analysis.loops_on_path:
            return self._forward(ctx)
        (found,) = self._reverse(ctx, lambda run: [run.surrogate])
        return found

    def plain_and_expected(self, ctx: Context) -> tuple[Derivative, Derivative]:
        """Of the cost as it is, and of its surrogate under a context: by one pass forward where that gives both."""
        joint = joint_context(self.program, ctx)
        if joint is not None:
            plain, expected = self._reverse(joint, lambda run: [run.plain, run.surrogate])
            if plain.is_finite and expected.is_finite:  # else one may have spoilt the other: 0 times inf is NaN
                return plain, expected
        return self.derivative(naive_context(self.program)), self.derivative(ctx)

    def operand(self, step: Step) -> np.ndarray:
        """The first operand of a step of the outermost block, run by run: a density's value."""
        seen: list[Any] = []

        def adjust(current: Step, values: list) -> list:
            if current is step:
                seen.append(values[0])
            return values

        def one(key: Any) -> Any:
            ctx = dataclasses.replace(naive_context(self.program), adjust=adjust)
            run_once(self.program, ctx, self.program.live, key)
            return seen.pop()

        return _rows(jax.vmap(one)(self.keys))

    def _reverse(self, ctx: Context, outputs: Callable[[Run], list]) -> list[Derivative]:
        def one(at: tuple[list, dict], key: Any) -> tuple[list, Any]:
            live, probes = at
            run = run_once(self.program, self._probed(ctx, probes), live, key)
            return outputs(run), run.cost

        tape = Tape(one, (self.program.live, self.probes), self.keys)
        return [_derivative(tape.derivative(number), tape.aux) for number in range(tape.outputs)]

    def _forward(self, ctx: Context) -> Derivative:
        """Reverse mode cannot pass an unbounded loop."""

        def one(live: list, probes: dict, key: Any) -> tuple[Any, Any]:
            run = run_once(self.program, self._probed(ctx, probes), live, key)
            return run.surrogate, run.cost

        each = jax.vmap(jax.jacfwd(one, (0, 1), has_aux=True), (None, None, 0))
        return _derivative(*each(self.program.live, self.probes, self.keys))

    def _probed(self, ctx: Context, probes: dict) -> Context:
        def adjust(step: Step, values: list) -> list:
            values = ctx.adjust(step, values)
            return [values[0]] + [
                v + probes[step.uid, i] if (step.uid, i) in probes and is_float(v) else v
                for i, v in enumerate(values[1:])
            ]

        return dataclasses.replace(ctx, adjust=adjust)


def _derivative(gradients: tuple[list, dict], costs: Any) -> Derivative:
    by_live, by_probe = gradients
    return Derivative([_rows(g) for g in by_live], {k: _rows(g) for k, g in by_probe.items()}, np.asarray(costs))


def _rows(gradient: Any) -> np.ndarray:
    return np.asarray(gradient, dtype=float).reshape(gradient.shape[0], -1)
