"""What was measured, as a page with tables and a chart."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

import goals
import libraries
import matplotlib as mpl
from loss_programs import Way
from matplotlib.figure import Figure
from timing import Cell

PEERS = (*libraries.JAX_PEERS, "torch", "numpy", "scipy")
INTRODUCTION = """# Benchmarks

Written by `make bench`. Ratios are time of the peer / time of ours: above 1, expectax is faster. Processor time unless it
says wall; medians of {repeats} turns in which all libraries are measured; bounds are lower ends of bootstrap 95 % intervals.
{lanes} float32 lanes with parameters of their own (rows of vectors and matrices have fewer), compiled, threefry keys.

{machine}
"""


@dataclasses.dataclass(frozen=True)
class Record:
    """One run."""

    about: dict
    cells: list[Cell] = dataclasses.field(default_factory=list)
    lacking: list[dict] = dataclasses.field(default_factory=list)
    ways: list[Way] = dataclasses.field(default_factory=list)
    costs: dict = dataclasses.field(default_factory=dict)

    def verdicts(self) -> list[goals.Verdict]:
        return goals.of_rows(self.cells) + goals.of_costs(self.costs)

    def with_row(self, cells: list[Cell], lacking: list) -> "Record":
        """The record with the cells of one row, instead of those it had of it."""
        rows = {c.row for c in cells} | {found.row for found in lacking}
        kept, lacked = [c for c in self.cells if c.row not in rows], [x for x in self.lacking if x["row"] not in rows]
        return dataclasses.replace(
            self, cells=kept + cells, lacking=lacked + [dataclasses.asdict(found) for found in lacking]
        )

    @classmethod
    def from_json(cls, data: dict) -> "Record":
        made = {"cells": [Cell(**c) for c in data["cells"]], "ways": [Way(**w) for w in data["ways"]]}
        return cls(**(data | made))


def _markdown(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def goals_table(verdicts: list[goals.Verdict]) -> str:
    head = "| goal | bound | measured | where | |\n|---|---|---|---|---|\n"
    met = sum(v.met is True for v in verdicts)
    return head + "\n".join(v.line() for v in verdicts) + f"\n\n{met} of {len(verdicts)} goals are met.\n"


def table(cells: list[Cell], operation: str) -> str:
    """One line a row: our time, every peer's ratio, and the best JAX peer's with its bound and by wall time."""
    chosen = [c for c in cells if c.operation == operation]
    peers = [peer for peer in PEERS if any(c.peer == peer for c in chosen)]
    best = goals.best_peers(chosen)
    lines = []
    for row in dict.fromkeys(c.row for c in chosen):
        own = {c.peer: c for c in chosen if c.row == row}
        ratios = [f"{own[p].ratio:.2f}{'' if own[p].exact else '†'}" if p in own else "–" for p in peers]
        top = best.get((row, operation))
        closing = [f"{top.ratio:.2f} (≥ {top.lower:.2f})", f"{top.wall_ratio:.2f}"] if top else ["–", "–"]
        lines.append([row, f"{next(iter(own.values())).ours * 1e3:.2f}", *ratios, *closing])
    return _markdown(["row", "ours, ms", *peers, "best JAX peer", "wall"], lines)


def slower_table(cells: list[Cell]) -> str:
    lines = [
        [c.row, c.operation, c.peer, f"{c.ratio:.2f} (≥ {c.lower:.2f})", f"{c.wall_ratio:.2f} (≥ {c.wall_lower:.2f})"]
        for c in goals.slower(cells)
    ]
    return _markdown(["row", "operation", "peer", "processor", "wall"], lines)


def programs_table(ways: list[Way]) -> str:
    lines = [
        [
            way.program,
            way.peer,
            f"{way.milliseconds:.2f}",
            f"{way.ratio:.2f} (≥ {way.lower:.2f})",
            f"{way.wall_ratio:.2f}",
            f"{way.variance_ratio:.3g}",
            f"{way.efficiency:.3g}",
        ]
        for way in ways
    ]
    return _markdown(["program", "peer", "ours, ms", "time", "wall", "variance", "variance × time"], lines)


def costs_tables(costs: dict) -> str:
    imports, eager = costs["import_seconds"], costs["eager_seconds"]
    lines = [[name, f"{imports[name]:.3f}", f"{eager[name] * 1e6:.0f}"] for name in imports]
    first = _markdown(["library", "import over JAX, s", "eager `Normal(0., 1.).log_prob(0.3)`, µs"], lines)
    lines = [
        [
            c["row"],
            c["operation"],
            f"{c['seconds']:.2f}",
            f"{c['wall_seconds']:.2f}",
            f"{c['temporary_bytes'] / 1e6:.1f}",
        ]
        for c in costs["compile"]
    ]
    heads = ["row", "operation", "trace + compile, processor s", "wall s", "temporary memory, MB"]
    return first + "\n" + _markdown(heads, lines)


def chart(cells: list[Cell], path: Path) -> None:
    """Bars of the best JAX peer's ratio, one panel an operation, on a logarithmic axis."""
    best = goals.best_peers(cells)
    operations = [o for o in libraries.OPERATIONS if any(place[1] == o for place in best)]
    counts = [sum(place[1] == o for place in best) for o in operations]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "expectax"}):
        figure = Figure(figsize=(7, 1.0 * len(counts) + 0.2 * sum(counts)), layout="constrained")
        panels = figure.subplots(len(counts), 1, squeeze=False, sharex=True, height_ratios=[c + 2 for c in counts])
        for operation, (ax,) in zip(operations, panels, strict=True):
            rows = {row: c.ratio for (row, o), c in best.items() if o == operation}
            ax.barh(list(rows), list(rows.values()), color=["C0" if r >= 1 else "C3" for r in rows.values()])
            ax.set(xscale="log", title=operation)
            ax.axvline(1, color="black", linewidth=0.8)
            ax.invert_yaxis()
        panels[-1][0].set_xlabel("time of the fastest exact JAX peer / ours")
        figure.savefig(path, metadata={"Date": None})


def write(record: Record, page: Path) -> None:
    """The page, and the chart beside it."""
    about = record.about
    machine = "; ".join(f"{name} {version}" for name, version in about["versions"].items())
    introduction = INTRODUCTION.format(**about | {"machine": f"{about['machine']}: {machine}."})
    parts = [introduction, "## Goals\n", goals_table(record.verdicts())]
    page.parent.mkdir(parents=True, exist_ok=True)
    if goals.best_peers(record.cells):
        picture = page.with_suffix(".svg")
        chart(record.cells, picture)
        parts.append(f"![Ratios of the fastest JAX peer]({picture.name})\n")
    if goals.slower(record.cells):
        parts += [f"## Bounds under {goals.NOT_SLOWER:g}\n", slower_table(record.cells)]
    if record.cells:
        parts.append("## Rows\n")
        parts.append(
            "–: the library does not have it. †: its derivative leaves a parameter out; not counted as a peer.\n"
        )
        for operation in dict.fromkeys(c.operation for c in record.cells):
            parts += [f"### {operation}\n", table(record.cells, operation)]
    if record.ways:
        parts += ["## Programs\n", programs_table(record.ways)]
    if record.costs:
        parts += ["## Costs\n", costs_tables(record.costs)]
    page.write_text("\n".join(parts), encoding="utf-8")
