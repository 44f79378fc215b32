"""expectax beside other libraries: run times, whole programs and other costs, in one run.

    python benchmarks/bench.py [--lanes N] [--parts rows,programs,costs] [--out DIR] [--page FILE] [ROW...]

`make bench` installs the peers and writes out/bench.json and docs/benchmarks.md; a peer that cannot be imported is left out,
and said so. `--render` writes the page of an earlier run again.
"""

import argparse
import dataclasses
import importlib.metadata
import json
import os
import pathlib
import platform
import warnings

import comparison
import costs
import libraries
import loss_programs
import report
import timing

PARTS = ("rows", "programs", "costs")
PACKAGES = {"expectax": "expectax", "jax": "jax", "tfp": "tfp-nightly", "numpyro": "numpyro", "distrax": "distrax"}
PACKAGES |= {"torch": "torch", "numpy": "numpy", "scipy": "scipy"}


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lanes", type=int, default=10**6)
    parser.add_argument("--repeats", type=int, default=timing.REPEATS, help="turns, at least 7 for a figure to quote")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=PARTS, help="of rows,programs,costs")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"), help="where bench.json goes")
    parser.add_argument("--page", type=pathlib.Path, help="the Markdown page; default: benchmarks.md in --out")
    parser.add_argument("--render", type=pathlib.Path, help="measure nothing; take this bench.json")
    parser.add_argument("rows", nargs="*", help="only rows whose name contains one of these")
    return parser.parse_args(words)


def show(line: str) -> None:
    print(line, flush=True)


def versions(names: dict[str, str]) -> dict[str, str]:
    found = {}
    for name, package in names.items():
        try:
            found[name] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def run(options: argparse.Namespace) -> report.Record:
    modules, missing = libraries.installed()
    for name, reason in missing.items():
        show(f"without {name}: {reason}")

    def chosen(name: str) -> bool:
        return not options.rows or any(part in name for part in options.rows)

    about = {
        "lanes": options.lanes,
        "repeats": options.repeats,
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "versions": versions(PACKAGES),
    }
    made: dict = {}
    if "rows" in options.parts:
        cells, lacking = comparison.all_rows(modules, options.lanes, options.repeats, chosen, show)
        made |= {"cells": cells, "lacking": [dataclasses.asdict(found) for found in lacking]}
    if "programs" in options.parts:
        made["ways"] = loss_programs.all_programs(modules, show)
    if "costs" in options.parts:
        made["costs"] = costs.all_costs(modules, options.lanes, chosen, show)
    return report.Record(about, **made)


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=UserWarning)  # peers' own, of double precision that is not on
    warnings.filterwarnings("ignore", category=FutureWarning)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.render:
        record = report.Record.from_json(json.loads(options.render.read_text()))
    else:
        record = run(options)
        (options.out / "bench.json").write_text(json.dumps(dataclasses.asdict(record), indent=1))
    report.write(record, options.page or options.out / "benchmarks.md")
    show(report.goals_table(record.verdicts()))


if __name__ == "__main__":
    main()
