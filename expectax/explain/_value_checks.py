"""Diseases of the numbers: what is not finite, flat, cancelled, drowned in noise."""

from collections.abc import Iterator

import numpy as np

from .. import _compat
from .._trace import Step
from ._census import SQUASHES, Counts
from ._graph import Graph
from ._measurements import Measurements
from ._report import Finding, short_line, title_of

_FEWEST_DRAWS = 30
_MOSTLY = 0.99
"""Share of a squash's elements on its flat part from which on it is dead."""
_HALF = 0.5
_NEEDED = 100
"""Runs from which on a variance is worth a comparison."""
_MUCH = 10.0
"""How much larger the variance of pathwise has to be to count as exploding."""
_SMALL_CHANGE = 0.01
"""Of a parameter: what a derivative is asked to predict."""


def broken_values(m: Measurements) -> Iterator[Finding]:
    """The cost or its gradient is not finite: the first step that made it so."""
    bad_cost = not np.all(np.isfinite(m.costs))
    bad_gradient = not all(np.all(np.isfinite(p.total)) for p in m.parameters)
    if not bad_cost and not bad_gradient:
        return
    first = _first(m, "broken") or _first(m, "steep")
    what = "cost" if bad_cost else "gradient"
    runs = ~np.isfinite(m.costs)
    for part in m.parameters:
        runs = runs | ~np.isfinite(part.total).all(1)
    share = f"in {int(runs.sum())} of {m.num_samples} runs the {what} is not finite"
    if first is None:
        text, line = f"{share}; no single step of the program makes it so", ""
    else:
        step, kind = first
        line = step.line
        does = "gives NaN or inf" if kind == "broken" else "has a derivative that is not finite"
        text = f"{share}. The first step that {does} for finite operands: {_name(step)} at {short_line(line)}"
    advice = "guard the argument, not only the result: jnp.where(ok, f(jnp.where(ok, x, 1.0)), 0.0)"
    yield Finding("not finite", what, text, advice, line, True)


def _first(m: Measurements, kind: str) -> tuple[Step, str] | None:
    for step in m.graph.steps:
        if getattr(m.census.counts.get(step.uid, Counts()), kind):
            return step, kind
    return None


def _name(step: Step) -> str:
    if step.kind == "density":
        return "log_prob"
    return step.site.spec.label if step.site is not None else step.primitive


def saturated(m: Measurements) -> Iterator[Finding]:
    """A squash is flat at nearly every draw."""
    for step in m.graph.steps:
        counts = m.census.counts.get(step.uid, Counts())
        if step.primitive not in SQUASHES or not counts.elements or counts.flat < _MOSTLY * counts.elements:
            continue
        if not m.graph.is_live(step.reads[0]) or not m.graph.reaches_cost(step.writes[0], False):
            continue
        if step.primitive == "max" and not _is_rectifier(m.graph, step):
            continue
        text = f"{step.primitive} is flat at {100 * counts.flat / counts.elements:.1f} % of its arguments: no derivative passes"
        advice = "smaller weights or a rescaled input; work with logits instead of probabilities"
        yield Finding("saturated", f"{step.primitive} at {short_line(step.line)}", text, advice, step.line)


def _is_rectifier(graph: Graph, step: Step) -> bool:
    return any(graph.number(ref) == 0 for ref in step.reads)


def cancelled(m: Measurements) -> Iterator[Finding]:
    """A difference of nearly equal numbers: what is left is rounding. Those of this library are there to save digits."""
    for step in m.graph.steps:
        counts = m.census.counts.get(step.uid, Counts())
        if not counts.elements or counts.cancelled <= _HALF * counts.elements or _compat.is_of_library(step.eqn):
            continue
        if step.writes[0] in m.graph.live:
            text = (
                f"at {100 * counts.cancelled / counts.elements:.0f} % of its elements this {step.primitive} leaves less than "
                f"three digits of {step.eqn.outvars[0].aval.dtype}"
            )
            advice = "subtract before squaring, work in log space (ex.numerics), or compute in float64"
            yield Finding("rounding", f"{step.primitive} at {short_line(step.line)}", text, advice, step.line)


def lost_in_noise(m: Measurements) -> Iterator[Finding]:
    """The gradient is smaller than its standard error."""
    for part in m.parameters:
        if part.expected is None or m.num_samples < _NEEDED or not np.all(np.isfinite(part.expected)):
            continue
        size, noise = float((part.expected.mean(0) ** 2).sum()), float(part.expected.var(0, ddof=1).sum())
        if 0 < noise and size < noise / m.num_samples:
            text = (
                f"the gradient of the expectation, {np.sqrt(size):.2g}, is below its standard error "
                f"{np.sqrt(noise / m.num_samples):.2g} with {m.num_samples} runs: its sign is not known"
            )
            advice = "more runs, another estimator (ex.compare_estimators), or it is zero here"
            yield Finding("lost in noise", part.name, text, advice)


def exploding(m: Measurements) -> Iterator[Finding]:
    """Along the path the variance is far above that of the score function."""
    for part, score in zip(m.parameters, m.by_score or (), strict=False):
        path = float(part.total.var(0, ddof=1).sum())
        other = float(score.var(0, ddof=1).sum())
        if np.isfinite(path) and 0 < other * _MUCH < path:
            sites = ", ".join(title_of(s) for s in m.program.trace.sites if s.spec.pathwise)
            text = (
                f"the derivative along the path of {sites} has {path / other:.3g} times the variance of the score function: "
                "small changes grow from step to step"
            )
            yield Finding("exploding path", part.name, text, 'gradient="score" at the site, or fewer steps')


def chaotic(m: Measurements) -> Iterator[Finding]:
    """In a loop without a draw that the score function could weigh: the derivative says nothing about the cost."""
    loops = [s for s in m.graph.steps if s.kind in ("scan", "while") and any(map(m.graph.is_live, s.writes))]
    if m.by_score is not None or m.num_samples < _NEEDED or not loops:
        return
    spread = float(m.costs.std())
    for part, value in zip(m.parameters, m.program.live, strict=True):
        moved = (part.total - np.median(part.total, axis=0)) @ np.ravel(value) * _SMALL_CHANGE
        typical = float(np.median(np.abs(moved)))
        if np.isfinite(typical) and 0 < spread * _MUCH < typical:
            text = (
                f"after a change of {100 * _SMALL_CHANGE:.0f} % the derivatives of single runs typically predict costs "
                f"{typical / spread:.3g} times their own spread apart ({short_line(loops[0].line)}): small changes grow from step "
                "to step, and the derivative says nothing about the mean"
            )
            advice = (
                'fewer steps; or let the parameter enter the law of a draw in the loop, with gradient="score" there'
            )
            yield Finding("exploding path", part.name, text, advice)


def too_few_draws(m: Measurements) -> Iterator[Finding]:
    """The numbers cannot carry a verdict."""
    if m.num_samples < _FEWEST_DRAWS:
        text = f"{m.num_samples} runs are too few for a verdict on anything that varies from run to run"
        yield Finding("too few draws", "all numbers", text, f"num_samples >= {_FEWEST_DRAWS}")
