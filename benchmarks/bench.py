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
    parser.add_argument(
        "--keep", action="store_true", help="keep what bench.json in --out holds of other rows and parts"
    )
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


def save(options: argparse.Namespace, record: report.Record) -> None:
    (options.out / "bench.json").write_text(json.dumps(dataclasses.asdict(record), indent=1))


def run(options: argparse.Namespace, before: report.Record) -> report.Record:
    """Measures, and saves after each row: a run that is cut short is not lost."""
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
    record = dataclasses.replace(before, about=about)
    if "rows" in options.parts:
        for cells, lacking in comparison.all_rows(modules, options.lanes, options.repeats, chosen, show):
            record = record.with_row(cells, lacking)
            save(options, record)
    if "programs" in options.parts:
        record = dataclasses.replace(record, ways=loss_programs.all_programs(modules, show))
    if "costs" in options.parts:
        record = dataclasses.replace(record, costs=costs.all_costs(modules, options.lanes, chosen, show))
    return record


def main():
    options = arguments()
    warnings.filterwarnings("ignore", category=UserWarning)  # peers' own, of double precision that is not on
    warnings.filterwarnings("ignore", category=FutureWarning)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.render or (options.out / "bench.json" if options.keep else None)
    before = report.Record.from_json(json.loads(kept.read_text())) if kept and kept.is_file() else report.Record({})
    record = before if options.render else run(options, before)
    if not options.render:
        save(options, record)
    report.write(record, options.page or options.out / "benchmarks.md")
    show(report.goals_table(record.verdicts()))


if __name__ == "__main__":
    main()
