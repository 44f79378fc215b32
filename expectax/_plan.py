"""Trace -> Plan: an estimator for every site, with its reason, or a refusal at the user's line.

The table in `estimators/_choose.py` is asked again until nothing changes: making one draw a score site cuts the paths
through it, which can free the sites before it.
"""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax.numpy as jnp

from . import _errors
from ._analysis import Analysis
from ._coupling import coupled_that_meet, meeting_axes
from ._flow import Jump
from ._histories import Histories, Summed, least_runs, places
from ._jumps import MASS
from ._trace import Site, Trace
from .estimators import AbstractEstimator, Enumerate, Pathwise
from .estimators._choose import Choice, Facts, choose, summed

# What orders elements (rather than rounding them) is not undone by interpolation; nor is mass.
_KNOWN_JUMPS = frozenset("argmax argmin sort top_k approx_top_k".split()) | {MASS}


@dataclasses.dataclass(frozen=True, eq=False)
class Plan:
    """The choice for every site, and the analysis it rests on."""

    choices: dict[int, Choice]
    analysis: Analysis
    cuts: dict[int, "Cut"]
    refusals: tuple[Exception, ...]
    """Why no unbiased gradient exists; empty for a sound program."""
    histories: Histories | None
    """The draws that are summed over, if there are any."""

    @property
    def estimators(self) -> dict[int, AbstractEstimator | None]:
        return {s: c.estimator for s, c in self.choices.items()}


def make_plan(trace: Trace, overrides: dict[int, AbstractEstimator] | None = None, order: int = 1) -> Plan:
    """Choose an estimator for every site, or say in `refusals` why none is unbiased, and the ways out."""
    requested: dict[int, Any] = {s.id: (overrides or {}).get(s.id, s.spec.estimator) for s in trace.sites}
    current: dict[int, AbstractEstimator | None] = {
        s.id: Pathwise() if s.spec.pathwise and requested[s.id].name == "auto" else requested[s.id] for s in trace.sites
    }
    cuts: dict[int, Cut] = {}
    analysis = None
    while True:
        analysis = Analysis(trace, current, order, before=analysis)
        cuts = {**_find_cuts(trace, analysis), **cuts}  # a cut stays known after its path is gone
        choices = {s.id: choose(_facts(s, requested[s.id], analysis, cuts.get(s.id))) for s in trace.sites}
        new = {s: c.estimator if c.refusal is None else current[s] for s, c in choices.items()}
        if new == current:
            break
        current = new
    choices, histories = _summed(trace, requested, choices, analysis)
    refusals = (*_moving_boundaries(trace, analysis), *_unsound(trace, choices, analysis, histories))
    return Plan(choices, analysis, cuts, refusals, histories)


_FEW = 16
"""So many runs are made without being asked for: no more than the draws that one would average instead."""


def _summed(
    trace: Trace, requested: dict[int, Any], choices: dict[int, Choice], analysis: Analysis
) -> tuple[dict[int, Choice], Histories | None]:
    """Sum over all draws of a program that would be weighed by their scores, if their joint values are few.

    Over all or none: beside a draw that is still weighed the runs cost more than the variance they save.
    """
    plan = {site: choice.estimator for site, choice in choices.items()}
    weighed = [s for s in trace.sites if (e := plan[s.id]) is not None and (e.weighs or e.reruns)]
    left = all(requested[s.id].name == "auto" and Enumerate().unfit(s.spec.one_like()) is None for s in weighed)
    if weighed and left and least_runs(weighed) <= _FEW and all(_is_free(trace, s, analysis) for s in weighed):
        histories = _histories(trace, {**plan, **{s.id: Enumerate() for s in weighed}})
        if histories is not None and histories.runs <= _FEW:
            runs = int(histories.runs)
            return {**choices, **{s.id: summed(s.spec.label, runs) for s in weighed}}, histories
    return choices, _histories(trace, plan)


def _histories(trace: Trace, plan: dict[int, Any]) -> Histories | None:
    """The joint values of all draws that are summed over, none if a loop may draw any number of them."""
    stands, sites = places(trace.block), [s for s in trace.sites if isinstance(plan[s.id], Enumerate)]
    if not sites or not all(stands[s.id].counted for s in sites):
        return None
    shapes = {s.id: (*(n for _, n in stands[s.id].loops), *s.lanes) for s in sites}
    single = all(math.prod(shape) == 1 for shape in shapes.values())
    met = dict.fromkeys(shapes, frozenset()) if single else meeting_axes(trace, plan)
    return Histories(tuple(Summed(s, shapes[s.id], met[s.id]) for s in sites))


def _is_free(trace: Trace, site: Site, analysis: Analysis) -> bool:
    """Whether nothing is in the way of runs at all values: a baseline, a shared key, a call of the host.

    Nor masses in half precision, whose sum is off by a percent, while draws are right.
    """
    steps = list(trace.block.every_step())
    own = next(step for step in steps if step.site is site)
    if jnp.finfo(own.eqn.outvars[1].aval.dtype).bits < 32 or shared_key_of(site, analysis) is not None:
        return False
    led = any(step.kind == "baseline" and step.payload.site == site.id for step in steps)
    return not led and not any(step.eqn.effects or "callback" in step.primitive for step in steps)


def _is_outermost(trace: Trace, site: Site) -> bool:
    """Whether a site stands in no loop or branch, so that the rest of the program has an end."""
    return any(step.site is site for step in trace.block.steps)


class Cut(NamedTuple):
    """A discontinuity that cuts the path of one site."""

    what: str
    seen: bool


def _find_cuts(trace: Trace, analysis: Analysis) -> dict[int, Cut]:
    found = {}
    for site in trace.sites:
        mine = [j for j in _cost_jumps(analysis) if ("site", site.id) in j.carriers]
        if mine:
            first = min(mine, key=lambda j: j.number)
            found[site.id] = Cut(f"{first.what} at {first.line}", all(is_seen(analysis, j) for j in mine))
    return found


def is_seen(analysis: Analysis, jump: Jump) -> bool:
    return jump in analysis.proven or jump.what in _KNOWN_JUMPS


def _cost_jumps(analysis: Analysis) -> frozenset[Jump]:
    return analysis.outputs[0].jumps


def _facts(site: Site, requested: AbstractEstimator, analysis: Analysis, cut: Cut | None) -> Facts:
    seen = analysis.sites[site.id]
    return Facts(
        family=site.spec.label,
        reached=bool(seen.reached),
        pathwise=site.spec.pathwise,
        jump=cut.what if cut else None,
        jump_is_seen=cut is not None and cut.seen,
        support_moves=bool(seen.moved),
        requested=requested,
        made_for=site.spec.estimator,
    )


def _moving_boundaries(trace: Trace, analysis: Analysis) -> Iterator[Exception]:
    for jump in sorted(_cost_jumps(analysis), key=lambda j: j.number):
        direct = sorted(position for kind, position in jump.carriers if kind == "parameter")
        if direct:
            names = [trace.input_names[position] for position in direct]
            bits = [n[1] for n in jump.noise if isinstance(n, tuple)]
            yield _errors.moving_boundary(jump.what, jump.line, names, bits, is_seen(analysis, jump))


def _unsound(
    trace: Trace, choices: dict[int, Choice], analysis: Analysis, histories: Histories | None
) -> Iterator[Exception]:
    for line, (kind, carriers, jumps) in analysis.learned.items():
        elsewhere = analysis.outputs[0].paths.union(*(s.reached for s in analysis.sites.values()))
        shared = [c for c in sorted(carriers) if c[0] == "site" or c in elsewhere]
        if shared:
            sites = {s.id: s.title for s in trace.sites}
            names = [trace.input_names[n] if kind == "parameter" else sites[n] for kind, n in shared]
            yield _errors.shared_baseline(line, names)
        if kind == "relaxed" and analysis.order > 1:
            yield _errors.order_of_estimator(f"the draw of {line}", "relax", 1, analysis.order)
        for jump in jumps:
            yield _errors.jumping_control(line, jump.what, jump.line)
    for line, jump in analysis.jumping:
        yield _errors.jumping_function(line, jump.what, jump.line)
    for line, where in analysis.nested:
        yield _errors.nested_expectation(line, where)
    for site in coupled_that_meet(trace):
        yield _errors.coupled_lanes(site.title, site.spec.estimator.name)
    runs = 1.0
    for site in trace.sites:
        choice, facts = choices[site.id], analysis.sites[site.id]
        if not facts.keyed and site.spec.estimator.name != "stop":
            yield _errors.foreign_key(site.spec.label, site.line)
        if choice.refusal is not None:
            yield _errors.refused(site.title, choice.refusal)
        estimator = choice.estimator
        if estimator is None or estimator.name == "stop" or estimator.keeps_path:
            continue
        why = shared_key_of(site, analysis)
        if why is not None:
            yield _errors.shared_key(site.title, estimator.name, why)
        if estimator.max_order is not None and analysis.order > estimator.max_order:
            yield _errors.order_of_estimator(site.title, estimator.name, estimator.max_order, analysis.order)
        if estimator.reruns:
            runs *= estimator.runs(math.prod(site.lanes), site.spec.one_like())  # they nest: their costs multiply
            yield from _not_rerunnable(trace, site, runs, estimator)
        if isinstance(estimator, Enumerate):
            runs *= next((d.runs for d in histories.draws if d.site is site), 1.0) if histories else 1.0
            yield from _not_summable(trace, site, runs, estimator)


def shared_key_of(site: Site, analysis: Analysis) -> str | None:
    """Why a site's draws share their key with others; score and enumeration take them as independent."""
    facts = analysis.sites[site.id]
    if site.shares_noise or facts.key_repeats:
        return "one key serves all lanes of a vmapped site"
    if facts.key_is_loop_constant:
        return "its key does not change from one iteration of a loop to the next"
    for user, (title, branch) in analysis.key_uses.get(facts.key_number, {}).items():
        if user != f"site {site.id}" and not exclusive(branch, facts.branch):
            return f"{title} uses the same key"
    return None


def exclusive(a: tuple, b: tuple) -> bool:
    """Whether two places stand in different branches of one conditional."""
    taken = dict(a)
    return any(step in taken and taken[step] != number for step, number in b)


def _not_rerunnable(trace: Trace, site: Site, runs: float, estimator: Any) -> Iterator[Exception]:
    if not _is_outermost(trace, site):
        yield _errors.cannot_rerun(
            site.title, estimator.name, "it stands inside a loop or a branch, whose rest has no end of its own"
        )
    elif runs > estimator.budget:
        yield _over_budget(site, runs, estimator)


def _not_summable(trace: Trace, site: Site, runs: float, estimator: Enumerate) -> Iterator[Exception]:
    if not places(trace.block)[site.id].counted:
        yield _errors.cannot_rerun(
            site.title, estimator.name, "it is not known how often it draws (a while loop stands around it)"
        )
    elif runs > estimator.budget:
        yield _over_budget(site, runs, estimator)


def _over_budget(site: Site, runs: float, estimator: Any) -> Exception:
    why = f"with lanes {site.lanes} it would take {runs:.3g} runs of the program, over the budget of {estimator.budget}"
    return _errors.cannot_rerun(site.title, estimator.name, why)
