"""The stochastic computation graph as SVG: boxes that can be chosen, arrows coloured by what they carry."""

import html
import re

from ._layout import GAP_X, HEIGHT, WIDTH, Layout, Node
from ._report import Edge, Finding, Report

VERDICTS = {
    "path": "derivative along the path",
    "weight": "weighed by its log-density",
    "data": "no derivative: data",
    "lost": "no unbiased derivative",
}
_FITS, _FITS_SMALL = 16, 20
"""Letters that a box has room for."""


def graph(report: Report, drawn: Layout) -> str:
    """The drawing with its legend."""
    edges = "".join(_edge(e, drawn) for e in report.edges)
    nodes = "".join(_node(report, n) for n in drawn.nodes)
    heads = "".join(
        f'<marker id="head-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="head {kind}" d="M0 0L8 4L0 8z"/></marker>'
        for kind in VERDICTS
    )
    return (
        f'{_legend()}<div class="scroll"><svg viewBox="0 0 {drawn.width} {drawn.height}" width="{drawn.width}" '
        f'height="{drawn.height}" role="group" aria-label="graph"><defs>{heads}</defs>{edges}{nodes}</svg></div>'
    )


def findings_of(report: Report, node: Node) -> list[Finding]:
    """Findings about a node."""
    if node.name == "cost":
        return [f for f in report.findings if f.subject in ("cost", "gradient", "gradient of the expectation")]
    if not node.name.startswith("site "):
        return [f for f in report.findings if f.subject == node.label]
    place = re.compile(re.escape(node.label) + r"(?!\d)")  # line 1 is not line 12
    return [f for f in report.findings if place.search(f.subject)]


def escaped(value: object) -> str:
    """Text in a page, whatever the user called things."""
    return html.escape(str(value))


def _legend() -> str:
    items = "".join(f'<li><span class="key {kind}"></span>{escaped(text)}</li>' for kind, text in VERDICTS.items())
    return f'<ul class="legend">{items}</ul>'


def _edge(edge: Edge, drawn: Layout) -> str:
    a, b = drawn.at(edge.source), drawn.at(edge.target)
    x0, y0, x1, y1 = a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2
    middle, turn = (x0 + x1) / 2, GAP_X / 2
    if edge.source not in drawn.lanes or x1 - x0 <= GAP_X:
        curve = f"M{x0} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}"
    else:  # below the boxes between them
        low = drawn.lanes[edge.source]
        curve = (
            f"M{x0} {y0}C{x0 + turn} {y0} {x0 + turn / 2} {low} {x0 + GAP_X} {low}L{x1 - GAP_X} {low}"
            f"C{x1 - turn / 2} {low} {x1 - turn} {y1} {x1} {y1}"
        )
    title = f"{edge.source} to {edge.target}: {VERDICTS[edge.kind]}"
    return (
        f'<path class="edge {edge.kind}" marker-end="url(#head-{edge.kind})" data-from="{escaped(edge.source)}" '
        f'data-to="{escaped(edge.target)}" d="{curve}"><title>{escaped(title)}</title></path>'
    )


def _node(report: Report, node: Node) -> str:
    kind = "site" if node.name.startswith("site ") else "cost" if node.name == "cost" else "parameter"
    bad = " bad" if any(f.serious for f in findings_of(report, node)) else ""
    label, _, place = node.label.rpartition(" at ") if kind == "site" else (node.label, "", "")
    x, shown = node.x + 10, _end(label, _FITS) if kind == "parameter" else _start(label, _FITS)
    small = f'<text x="{x}" y="{node.y + 35}" class="small">{escaped(_end(place, _FITS_SMALL))}</text>' if place else ""
    return (
        f'<g class="node {kind}{bad}" tabindex="0" role="button" aria-pressed="false" data-node="{escaped(node.name)}" '
        f'aria-label="{escaped(node.name)}: {escaped(node.label)}"><title>{escaped(node.label)}</title><rect x="{node.x}" '
        f'y="{node.y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/><text x="{x}" y="{node.y + (19 if place else 27)}">'
        f"{escaped(shown)}</text>{small}</g>"
    )


def _start(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _end(text: str, room: int) -> str:
    """Leaves of one tree, and files of one folder, differ at the end."""
    return text if len(text) <= room else "…" + text[1 - room :]
