"""The report as one HTML page: graph, bars, variances, findings. No network, no library."""

import linecache
import math
from collections.abc import Iterable

from ._html_assets import SCRIPT, STYLE
from ._html_graph import VERDICTS, escaped, findings_of, graph
from ._layout import Node, layout
from ._report import Finding, Report, Row, row_title, short_line


def page(report: Report) -> str:
    """The whole page."""
    drawn = layout(report)
    parts = [
        _head(report),
        f'<section aria-label="stochastic computation graph"><h2>Graph</h2>{graph(report, drawn)}</section>',
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


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4g}"


def _head(report: Report) -> str:
    serious = sum(f.serious for f in report.findings)
    count = len(report.findings)
    verdict = f"{count} finding{'s' * (count > 1)}, {serious} serious" if count else "no findings"
    return (
        f'<header><h1>What is this gradient made of?</h1><p class="verdict {"bad" if serious else "good"}">{verdict}</p>'
        f"<p>cost of this run {_number(report.cost)}; mean of {report.num_samples} runs {_number(report.mean_cost)} "
        f"± {_number(report.cost_standard_error)}</p></header>"
    )


# --- One node ----------------------------------------------------------------------------------------------------


def _details(report: Report, node: Node) -> str:
    lines = [f"<h3>{escaped(node.label)}</h3>"]
    if node.name.startswith("site "):
        site = report.sites[int(node.name.split()[1]) - 1]
        lines.append(f'<p class="what">estimator: <b>{escaped(site.estimator)}</b> – {escaped(site.reason)}</p>')
        lines.append(_source(site.line))
        lines += [f"<p>density of the same parameters:</p>{_source(line)}" for line in site.densities]
        lines.append(_table(site.rows))
    elif node.name == "cost":
        lines.append(f"<p>mean {_number(report.mean_cost)} ± {_number(report.cost_standard_error)}</p>")
    else:
        lines.append(_table(tuple(r for r in report.parameters if r.name == node.label)))
    into = [e for e in report.edges if e.target == node.name]
    lines += [f'<p class="{e.kind}">from {escaped(e.source)}: {VERDICTS[e.kind]}</p>' for e in into]
    lines += [_finding(f) for f in findings_of(report, node)]
    return f'<article id="node-{escaped(node.name)}" hidden>{"".join(lines)}</article>'


def _source(line: str) -> str:
    """The user's line with its neighbours."""
    file, _, number = line.rpartition(":")
    shown = ""
    if number.isdigit():
        first = max(int(number) - 2, 1)
        for at in range(first, int(number) + 3):
            code = linecache.getline(file, at).rstrip()
            mark = ' class="here"' if at == int(number) else ""
            shown += f"<span{mark}>{at:4d}  {escaped(code)}</span>\n" if code or at <= int(number) else ""
    return f'<p class="small">{escaped(short_line(line))}</p><pre>{shown}</pre>'


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
        cells = (row_title(row), *map(_number, numbers), mean, _number(row.snr), _number(row.draws_for_1_percent))
        body += "<tr>" + "".join(f"<td>{escaped(c)}</td>" for c in cells) + "</tr>"
    names = "".join(f"<th>{h}</th>" for h in head)
    return f'<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


# --- Charts ------------------------------------------------------------------------------------------------------


def _all_rows(report: Report) -> list[tuple[str, Row]]:
    rows = [(row_title(row), row) for row in report.parameters]
    return rows + [(f"{row_title(row)} of {s.title}", row) for s in report.sites for row in s.rows]


def _bars(report: Report) -> str:
    """Each parameter's parts, on one scale a parameter."""
    blocks = []
    for name, row in _all_rows(report):
        parts = (("through draw", row.through_draw), ("through density", row.through_density))
        parts += (("elsewhere", row.elsewhere), ("jax.grad", row.total))
        parts += (("gradient of E", row.expected),) if row.expected is not None else ()
        scale = max((abs(v) for _, v in parts if math.isfinite(v)), default=0.0)
        lines = "".join(_bar(label, value, scale) for label, value in parts)
        blocks.append(f"<h3>{escaped(name)}</h3>{lines}")
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
        blocks += f"<h3>{escaped(name)}</h3>"
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
    advice = f'<p class="cure"><b>What to do:</b> {escaped(finding.advice)}</p>' if finding.advice else ""
    text = "".join(f"<p>{escaped(line)}</p>" for line in finding.text.splitlines())
    return f'<div class="finding {kind}"><h3>{escaped(finding.name)}: {escaped(finding.subject)}</h3>{text}{advice}{source}</div>'


def _findings(report: Report) -> str:
    shown = "".join(map(_finding, report.findings)) or "<p>None.</p>"
    return f'<section id="findings"><h2>Findings</h2>{shown}</section>'


def _notes(report: Report) -> str:
    programs = "\n".join(report.programs)
    shown = f"<pre>{escaped(programs)}</pre>" if programs else ""
    shown += "".join(f"<p>{escaped(note)}</p>" for note in report.notes)
    return f"<section><h2>Which question does this answer?</h2>{shown}</section>" if shown else ""
