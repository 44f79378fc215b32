"""The report as one HTML page: graph, bars, variances, findings. No network, no library."""

import html
import linecache
import math
from collections.abc import Iterable

from ._html_assets import SCRIPT, STYLE
from ._layout import GAP_X, HEIGHT, MARGIN, WIDTH, Layout, Node, layout
from ._report import Edge, Finding, Report, Row, short_line

_VERDICTS = {
    "path": "derivative along the path",
    "weight": "weighed by its log-density",
    "data": "no derivative: data",
    "lost": "no unbiased derivative",
}


def page(report: Report) -> str:
    """The whole page."""
    drawn = layout(report)
    parts = [
        _head(report),
        f'<section aria-label="stochastic computation graph"><h2>Graph</h2>{_legend()}{_graph(report, drawn)}</section>',
        '<section aria-live="polite" id="details"><h2>Node</h2><p class="hint">Choose a box of the graph.</p>',
        *(_details(report, node) for node in drawn.nodes),
        "</section>",
        _bars(report),
        _variances(report),
        _findings(report),
        _notes(report),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>expectax report</title>'
        f"<style>{STYLE}</style></head><body><main>{body}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _text(value: object) -> str:
    return html.escape(str(value))


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4g}"


def _head(report: Report) -> str:
    serious = sum(f.serious for f in report.findings)
    verdict = "no findings" if not report.findings else f"{len(report.findings)} findings, {serious} serious"
    return (
        f'<header><h1>What is this gradient made of?</h1><p class="verdict {"bad" if serious else "good"}">{verdict}</p>'
        f"<p>cost of this run {_number(report.cost)}; mean of {report.num_samples} runs {_number(report.mean_cost)} "
        f"± {_number(report.cost_standard_error)}</p></header>"
    )


# --- Graph -------------------------------------------------------------------------------------------------------


def _legend() -> str:
    items = "".join(f'<li><span class="key {kind}"></span>{_text(text)}</li>' for kind, text in _VERDICTS.items())
    return f'<ul class="legend">{items}</ul>'


def _graph(report: Report, drawn: Layout) -> str:
    edges = "".join(_edge(e, drawn) for e in report.edges)
    nodes = "".join(_node(report, n) for n in drawn.nodes)
    heads = "".join(
        f'<marker id="head-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="head {kind}" d="M0 0L8 4L0 8z"/></marker>'
        for kind in _VERDICTS
    )
    return (
        f'<div class="scroll"><svg viewBox="0 0 {drawn.width} {drawn.height}" width="{drawn.width}" '
        f'height="{drawn.height}" role="group" aria-label="graph"><defs>{heads}</defs>{edges}{nodes}</svg></div>'
    )


def _edge(edge: Edge, drawn: Layout) -> str:
    a, b = drawn.at(edge.source), drawn.at(edge.target)
    x0, y0, x1, y1 = a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2
    middle, turn, low = (x0 + x1) / 2, GAP_X / 2, drawn.height - MARGIN
    if x1 - x0 <= GAP_X:
        curve = f"M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}"
    else:  # below the boxes between them
        curve = (
            f"M{x0} {y0}C{x0 + turn} {y0} {x0 + turn / 2} {low} {x0 + GAP_X} {low}L{x1 - GAP_X} {low}"
            f"C{x1 - turn / 2} {low} {x1 - turn} {y1} {x1} {y1}"
        )
    title = f"{edge.source} to {edge.target}: {_VERDICTS[edge.kind]}"
    return (
        f'<path class="edge {edge.kind}" marker-end="url(#head-{edge.kind})" '
        f'd="{curve}"><title>{_text(title)}</title></path>'
    )


def _node(report: Report, node: Node) -> str:
    kind = "site" if node.name.startswith("site ") else "cost" if node.name == "cost" else "parameter"
    bad = " bad" if any(f.serious for f in _of(report, node)) else ""
    label, _, place = node.label.partition(" at ")
    second = f'<text x="{node.x + 10}" y="{node.y + 35}" class="small">{_text(place[-24:])}</text>' if place else ""
    return (
        f'<g class="node {kind}{bad}" tabindex="0" role="button" data-node="{_text(node.name)}" '
        f'aria-label="{_text(node.name)}: {_text(node.label)}"><rect x="{node.x}" y="{node.y}" width="{WIDTH}" '
        f'height="{HEIGHT}" rx="7"/><text x="{node.x + 10}" y="{node.y + (19 if place else 27)}">{_text(label[:20])}</text>'
        f"{second}</g>"
    )


def _of(report: Report, node: Node) -> list[Finding]:
    """Findings about a node."""
    if node.name == "cost":
        return [f for f in report.findings if f.subject in ("cost", "gradient", "gradient of the expectation")]
    return [f for f in report.findings if node.label in f.subject or f.subject == node.name]


# --- One node ----------------------------------------------------------------------------------------------------


def _details(report: Report, node: Node) -> str:
    lines = [f"<h3>{_text(node.label)}</h3>"]
    if node.name.startswith("site "):
        site = report.sites[int(node.name.split()[1]) - 1]
        lines.append(f'<p class="what">estimator: <b>{_text(site.estimator)}</b> – {_text(site.reason)}</p>')
        lines.append(_source(site.line))
        lines += [f"<p>density of the same parameters:</p>{_source(line)}" for line in site.densities]
        lines.append(_table(site.rows))
    elif node.name == "cost":
        lines.append(f"<p>mean {_number(report.mean_cost)} ± {_number(report.cost_standard_error)}</p>")
    else:
        lines.append(_table(tuple(r for r in report.parameters if r.name == node.name)))
    into = [e for e in report.edges if e.target == node.name]
    lines += [f'<p class="{e.kind}">from {_text(e.source)}: {_VERDICTS[e.kind]}</p>' for e in into]
    lines += [_finding(f) for f in _of(report, node)]
    return f'<article id="node-{_text(node.name)}" hidden>{"".join(lines)}</article>'


def _source(line: str) -> str:
    """The user's line with its neighbours."""
    file, _, number = line.rpartition(":")
    shown = ""
    if number.isdigit():
        first = max(int(number) - 2, 1)
        for at in range(first, int(number) + 3):
            code = linecache.getline(file, at).rstrip()
            mark = ' class="here"' if at == int(number) else ""
            shown += f"<span{mark}>{at:4d}  {_text(code)}</span>\n" if code or at <= int(number) else ""
    return f'<p class="small">{_text(short_line(line))}</p><pre>{shown}</pre>'


def _table(rows: Iterable[Row]) -> str:
    head = (
        "parameter",
        "through draw",
        "through density",
        "elsewhere",
        "jax.grad",
        "gradient of E",
        "SNR",
        "runs for 1 %",
    )
    body = ""
    for row in rows:
        mean = _number(row.expected) + ("" if row.standard_error is None else f" ± {row.standard_error:.2g}")
        numbers = (row.through_draw, row.through_density, row.elsewhere, row.total)
        cells = (row.name, *map(_number, numbers), mean, _number(row.snr), _number(row.draws_for_1_percent))
        body += "<tr>" + "".join(f"<td>{_text(c)}</td>" for c in cells) + "</tr>"
    names = "".join(f"<th>{h}</th>" for h in head)
    return f'<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


# --- Charts ------------------------------------------------------------------------------------------------------


def _all_rows(report: Report) -> list[tuple[str, Row]]:
    rows = [(row.name, row) for row in report.parameters]
    return rows + [(f"{row.name} of {s.title}", row) for s in report.sites for row in s.rows]


def _bars(report: Report) -> str:
    """Each parameter's parts, on one scale a parameter."""
    blocks = []
    for name, row in _all_rows(report):
        parts = (("through draw", row.through_draw), ("through density", row.through_density))
        parts += (("elsewhere", row.elsewhere), ("jax.grad", row.total))
        parts += (("gradient of E", row.expected),) if row.expected is not None else ()
        scale = max((abs(v) for _, v in parts if math.isfinite(v)), default=0.0)
        lines = "".join(_bar(label, value, scale) for label, value in parts)
        blocks.append(f"<h3>{_text(name)}</h3>{lines}")
    return f"<section><h2>Parts of the derivative, in this run</h2>{''.join(blocks)}</section>" if blocks else ""


def _bar(label: str, value: float, scale: float) -> str:
    share = 50 * abs(value) / scale if scale and math.isfinite(value) else 0
    left = 50 - share if value < 0 else 50
    return (
        f'<div class="bar"><span>{label}</span><span class="track" aria-hidden="true"><i class="{"minus" if value < 0 else "plus"}" '
        f'style="left:{left:.2f}%;width:{share:.2f}%"></i></span><span class="value">{_number(value)}</span></div>'
    )


def _variances(report: Report) -> str:
    """Variance of one run: jax.grad beside the unbiased estimate, on one logarithmic scale."""
    rows = [(n, r) for n, r in _all_rows(report) if r.variance is not None and r.plain_variance is not None]
    found = [v for _, r in rows for v in (r.variance, r.plain_variance) if v and math.isfinite(v)]
    if not found:
        return ""
    low, high = math.log10(min(found)) - 0.5, math.log10(max(found)) + 0.1
    blocks = ""
    for name, row in rows:
        blocks += f"<h3>{_text(name)}</h3>"
        for label, value in (("jax.grad", row.plain_variance), ("unbiased", row.variance)):
            share = 100 * (math.log10(value) - low) / (high - low) if value and math.isfinite(value) else 0
            blocks += (
                f'<div class="bar"><span>{label}</span><span class="track" aria-hidden="true"><i class="plus" '
                f'style="left:0;width:{share:.2f}%"></i></span><span class="value">{_number(value)}</span></div>'
            )
    return f"<section><h2>Variance of one run (logarithmic)</h2>{blocks}</section>"


# --- Findings ----------------------------------------------------------------------------------------------------


def _finding(finding: Finding) -> str:
    kind = "bad" if finding.serious else "mild"
    source = _source(finding.line) if finding.line else ""
    advice = f'<p class="cure"><b>What to do:</b> {_text(finding.advice)}</p>' if finding.advice else ""
    text = "".join(f"<p>{_text(line)}</p>" for line in finding.text.splitlines())
    return f'<div class="finding {kind}"><h3>{_text(finding.name)}: {_text(finding.subject)}</h3>{text}{advice}{source}</div>'


def _findings(report: Report) -> str:
    shown = "".join(map(_finding, report.findings)) or "<p>None.</p>"
    return f'<section id="findings"><h2>Findings</h2>{shown}</section>'


def _notes(report: Report) -> str:
    programs = "\n".join(report.programs)
    shown = f"<pre>{_text(programs)}</pre>" if programs else ""
    shown += "".join(f"<p>{_text(note)}</p>" for note in report.notes)
    return f"<section><h2>Which question does this answer?</h2>{shown}</section>" if shown else ""
