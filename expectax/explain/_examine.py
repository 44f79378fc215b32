"""Program -> Report: trace, measure, check."""

import dataclasses
from collections import Counter
from typing import Any

import jax
import numpy as np

from .._analysis import Analysis
from .._program import Program
from .._trace import Site
from ..estimators import Pathwise, Stop
from ._checks import CHECKS
from ._edges import edges
from ._measure import MANY, is_many, measure
from ._measurements import Measurements, Part
from ._programs import programs
from ._report import Finding, Report, Row, SiteSection, short_line, short_lines, title_of

_ROUNDING = 1e-12
"""Relative variance below which a gradient is the same in every run."""


def examine(program: Program, num_samples: int) -> Report:
    """The report of a program that is ready to be differentiated, sound or not."""
    plan: dict[int, Any] = {s.id: Pathwise() if s.spec.pathwise else Stop() for s in program.trace.sites}
    # the same runs are differentiated several ways, on purpose; what is not finite is a finding, not a warning
    with jax.debug_key_reuse(False), np.errstate(all="ignore"):
        return _report(measure(program, Analysis(program.trace, plan, before=program.plan.analysis), num_samples))


def _report(m: Measurements) -> Report:
    findings = _distinct([f for check in CHECKS for f in check(m)])
    spread = m.costs.std(ddof=1) / np.sqrt(m.num_samples) if m.num_samples > 1 else np.nan
    return Report(
        cost=float(m.costs[0]),
        mean_cost=float(m.costs.mean()),
        cost_standard_error=float(spread),
        num_samples=m.num_samples,
        sites=_sections(m),
        parameters=tuple(map(_row, m.parameters)),
        findings=findings,
        programs=programs(m),
        notes=_notes(m.program),
        edges=() if is_many(m.program) else edges(m),
    )


def _distinct(findings: list[Finding]) -> tuple[Finding, ...]:
    """One a name and line: sites of an unrolled loop share it."""
    return tuple({(f.name, f.line or f.subject, f.line and f.text[:40]): f for f in reversed(findings)}.values())[::-1]


def _sections(m: Measurements) -> tuple[SiteSection, ...]:
    sections = [_section(m, site) for site in m.program.trace.sites]
    if not is_many(m.program):
        return tuple(sections)
    counted = Counter(sections)
    return tuple(dataclasses.replace(s, title=f"{s.title} ({n} sites)") for s, n in counted.items())


def _section(m: Measurements, site: Site) -> SiteSection:
    parts = [p for p in m.sites if p.site is site]
    choice = m.program.plan.choices[site.id]
    estimator = "refused" if choice.refusal else (choice.estimator.name if choice.estimator else "none")
    return SiteSection(
        title=title_of(site),
        family=site.spec.label,
        line=site.line,
        densities=tuple(sorted({d.line for p in parts for d in p.densities})),
        estimator=estimator,
        reason=short_lines(choice.reason),
        rows=tuple(map(_row, parts)),
    )


def _row(part: Part) -> Row:
    mean = error = snr = needed = variance = plain = None
    runs = len(part.through_draw)
    if part.expected is not None:
        whole = _whole(part.expected)
        mean = float(whole.mean())
        if runs > 1:
            error = float(whole.std(ddof=1) / np.sqrt(runs))
            variance, plain = (float(v.var(0, ddof=1).sum()) for v in (part.expected, part.total))
            size = float((part.expected.mean(0) ** 2).sum())
            if size > 0:
                exact = variance <= _ROUNDING * size
                snr, needed = (None, 1.0) if exact else (float(np.sqrt(size / variance)), 1e4 * variance / size)
    draw, density, elsewhere, total = (
        _clean(v[0], part) for v in (part.through_draw, part.through_density, part.elsewhere, part.total)
    )
    return Row(
        part.name,
        draw,
        density,
        elsewhere,
        total,
        mean,
        error,
        part.through_draw.shape[1],
        snr=snr,
        draws_for_1_percent=needed,
        variance=variance,
        plain_variance=plain,
    )


def _whole(rows: np.ndarray) -> np.ndarray:
    """Sums over a parameter's entries; 0 where they cancel in every run, as those of logits do."""
    whole, size = rows.sum(1), np.abs(rows).sum(1)
    return np.zeros_like(whole) if np.all(np.abs(whole) <= 1e-6 * size.max(initial=0.0)) else whole


def _clean(values: np.ndarray, part: Part) -> float:
    """The sum of one run's entries; what is only rounding of a cancellation shows as 0."""
    total = float(values.sum())
    size = max(np.abs(p[0]).sum() for p in (part.through_draw, part.through_density, part.elsewhere))
    return 0.0 if abs(total) <= 1e-6 * size else total


def _notes(program: Program) -> tuple[str, ...]:
    loops, notes = program.plan.analysis.loops_on_path, ()
    if is_many(program):
        notes += (f"{len(program.trace.sites)} sites: above {MANY} the derivative is not taken apart at each",)
    if loops:
        count = sum(int(np.size(v)) for v in program.live)
        notes += (f"the derivative passes the while_loop at {short_line(loops[0])}: forward mode, {count} passes",)
    return notes
