"""Where the nodes of the graph stand: columns by distance from the parameters, rows by order."""

from typing import NamedTuple

from ._report import Report, node_of

WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN, LANE = 168, 44, 84, 22, 12, 7


class Node(NamedTuple):
    """One box: a parameter, a site or the cost."""

    name: str
    label: str
    x: int
    y: int


class Layout(NamedTuple):
    """Boxes and the size of the drawing."""

    nodes: tuple[Node, ...]
    width: int
    height: int
    lanes: dict[str, int]
    """Below the boxes, a height for the arrows of each node that pass under others."""

    def at(self, name: str) -> Node:
        return next(n for n in self.nodes if n.name == name)


def layout(report: Report) -> Layout:
    """Longest distance from the left decides the column; the cost stands alone in the last one."""
    labels = {node_of(row.name): row.name for row in report.parameters}
    labels |= {f"site {n}": site.title for n, site in enumerate(report.sites, 1)}
    column = dict.fromkeys(labels, 0) | {f"site {n}": 1 for n in range(1, len(report.sites) + 1)}
    for _ in report.sites:
        for edge in report.edges:
            if edge.target in column:
                column[edge.target] = max(column[edge.target], column[edge.source] + 1)
    last = max(column.values(), default=0) + 1
    labels["cost"], column["cost"] = "cost", last
    rows: dict[int, int] = {}
    nodes = []
    for name, label in labels.items():
        row = rows.get(column[name], 0)
        rows[column[name]] = row + 1
        nodes.append(Node(name, label, MARGIN + column[name] * (WIDTH + GAP_X), MARGIN + row * (HEIGHT + GAP_Y)))
    bottom = MARGIN + max(rows.values()) * (HEIGHT + GAP_Y)
    long = dict.fromkeys(e.source for e in report.edges if column[e.target] - column[e.source] > 1)
    lanes = {name: bottom + LANE * number for number, name in enumerate(long)}
    return Layout(
        tuple(nodes),
        2 * MARGIN + last * (WIDTH + GAP_X) + WIDTH,
        bottom + MARGIN + LANE * len(lanes),
        lanes,
    )
