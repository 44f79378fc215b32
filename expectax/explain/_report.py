"""What `explain` returns: findings and numbers as text and as a dict."""

import dataclasses
import json
import math
import os
import pathlib
import re
from typing import Any

_ABSOLUTE = re.compile(r"(?<!\S)/\S*:\d+")


@dataclasses.dataclass(frozen=True)
class Plain:
    """A value made of numbers, strings and such values."""

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return dataclasses.asdict(self)

    def to_json(self) -> str:
        """The same as JSON text; what is not finite becomes null, as JSON has no word for it."""
        return json.dumps(_finite(self.to_dict()), indent=2, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was found: a short name, what it is about, what it means, and what to do."""

    name: str
    subject: str
    text: str
    advice: str = ""
    line: str = ""
    """The user's line, as file:number; empty where no single line is to blame."""
    serious: bool = False
    """Whether the gradient that this program gives is wrong, not only noisy or easily misread."""


@dataclasses.dataclass(frozen=True)
class Row:
    """The derivative with respect to one parameter, in parts, for the run at the given key."""

    name: str
    through_draw: float
    through_density: float
    elsewhere: float
    total: float
    expected: float | None
    """Unbiased estimate for the expectation."""
    standard_error: float | None
    entries: int
    """Number of entries; with more than one the numbers are sums over them."""
    snr: float | None = None
    """Of one run's unbiased estimate: the size of its mean over its standard deviation, over all entries; None where it is
    the same in every run, or zero."""
    draws_for_1_percent: float | None = None
    """Runs after which the standard error is 1 % of the gradient: (100 / snr)², or 1."""
    variance: float | None = None
    """Of one run's unbiased estimate, summed over entries."""
    plain_variance: float | None = None
    """Of one run's `jax.grad`, summed over entries."""


@dataclasses.dataclass(frozen=True)
class Edge:
    """One arrow of the stochastic computation graph, from a parameter or a site to a site or the cost."""

    source: str
    """A parameter's name, or "site 1", "site 2", ..."""
    target: str
    """"site 1", ..., or "cost"."""
    kind: str
    """path: a derivative; weight: a log-density that weighs the cost; data: no derivative; lost: one that nothing carries."""


@dataclasses.dataclass(frozen=True)
class SiteSection:
    """One sample site: where it stands, the densities that share its parameters, its estimator and why."""

    title: str
    family: str
    line: str
    densities: tuple[str, ...]
    estimator: str
    reason: str
    rows: tuple[Row, ...]


@dataclasses.dataclass(frozen=True)
class Report(Plain):
    """The outcome of `explain`: `print(report)`, or `report.to_dict()`."""

    cost: float
    mean_cost: float
    cost_standard_error: float
    num_samples: int
    sites: tuple[SiteSection, ...]
    parameters: tuple[Row, ...]
    findings: tuple[Finding, ...]
    programs: tuple[str, ...]
    notes: tuple[str, ...]
    edges: tuple[Edge, ...] = ()

    def to_html(self, path: str | os.PathLike) -> None:
        """Write the report as one HTML file that needs no network."""
        pathlib.Path(path).write_text(self._page(), encoding="utf-8")

    def _page(self) -> str:
        from ._html import page

        return page(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own, so that its style stays inside."""
        import html

        return f'<iframe style="width:100%;height:36em;border:0" srcdoc="{html.escape(self._page())}"></iframe>'

    @property
    def serious(self) -> bool:
        """Whether any finding is."""
        return any(finding.serious for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(
            [*_head(self), *_sites(self), *_parameters(self), *_findings(self), *self.programs, *_notes(self)]
        )


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "-"
    if value == 0:
        return "0"
    return f"{value:+.4g}"


def _count(runs: float | None) -> str:
    if runs is None or math.isnan(runs):
        return "-"
    return "1" if runs <= 1 else f"{runs:.0f}" if runs < 1e6 else f"{runs:.1e}"


def _head(report: Report) -> list[str]:
    if report.num_samples == 1:
        return [f"cost of this run {report.cost:.6g}", ""]
    return [
        f"cost of this run {report.cost:.6g}; mean of {report.num_samples} runs "
        f"{report.mean_cost:.6g} +- {report.cost_standard_error:.2g}",
        "",
    ]


def _sites(report: Report) -> list[str]:
    lines = []
    for number, site in enumerate(report.sites, 1):
        lines.append(f"site {number}: {site.title}")
        lines += [f"  density of the same parameters: log_prob at {short_line(d)}" for d in site.densities]
        lines.append(f"  estimator: {site.estimator} ({site.reason})")
        lines += _table(site.rows)
        lines.append("")
    return lines


def _table(rows: tuple[Row, ...]) -> list[str]:
    if not rows:
        return []
    head = ("parameter", "through draw", "through density", "elsewhere", "jax.grad", "gradient of E", "runs for 1 %")
    body = [
        (
            row_title(row),
            *map(_number, (row.through_draw, row.through_density, row.elsewhere, row.total)),
            _number(row.expected) + (f" +- {row.standard_error:.2g}" if row.standard_error is not None else ""),
            _count(row.draws_for_1_percent),
        )
        for row in rows
    ]
    if all(row.elsewhere == 0 for row in rows):
        head, body = head[:3] + head[4:], [b[:3] + b[4:] for b in body]
    widths = [max(len(r[i]) for r in (head, *body)) for i in range(len(head))]
    return [
        "  " + "  ".join(c.rjust(w) if i else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True)))
        for r in (head, *body)
    ]


def _parameters(report: Report) -> list[str]:
    return ["your parameters:", *_table(report.parameters), ""] if report.parameters else []


def _findings(report: Report) -> list[str]:
    lines = []
    for finding in report.findings:
        lines.append(f"[{finding.name}] {finding.subject}")
        lines += [f"  {line}" for text in (finding.text, finding.advice) if text for line in text.splitlines()]
        lines.append("")
    return lines


def _notes(report: Report) -> list[str]:
    return [f"note: {note}" for note in report.notes]


def row_title(row: Row) -> str:
    """A parameter's name, and of how many entries its numbers are sums."""
    return row.name + (f" (sum of {row.entries})" if row.entries > 1 else "")


def short_line(line: str) -> str:
    """`file:line` with the file relative to the working directory where that is shorter."""
    relative = os.path.relpath(line) if os.path.isabs(line) else line
    return relative if len(relative) < len(line) else line


def short_lines(text: str) -> str:
    """The same for every absolute file:line in a text."""
    return _ABSOLUTE.sub(lambda found: short_line(found[0]), text)


def node_of(parameter: str) -> str:
    """The name of a parameter's node in the graph, where "cost" is the cost."""
    return "cost (parameter)" if parameter == "cost" else parameter


def title_of(site: Any) -> str:
    """A site's name or family, and where it stands."""
    return f"{site.spec.name or site.spec.label} at {short_line(site.line)}"
