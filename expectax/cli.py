"""The command `expectax`: `expectax explain FILE:FUNCTION`."""

import argparse
import importlib.util
import pathlib
import sys
from typing import Any

from . import _errors
from .explain import explain


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="expectax", description="What is the gradient of a stochastic program made of?"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("explain", help="take the gradient of FILE:FUNCTION apart and report")
    command.add_argument("target", metavar="FILE:FUNCTION")
    command.add_argument(
        "--arguments", default="arguments", metavar="NAME", help="tuple in FILE with the function's arguments"
    )
    command.add_argument("--samples", type=int, default=1000, help="runs behind the averages")
    command.add_argument("--out", type=pathlib.Path, help="folder for report.txt and report.json")
    options = parser.parse_args(argv)
    try:
        print(_explain(options))
    except _errors.ExpectaxError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _explain(options: Any) -> str:
    function, arguments = _load(options.target, options.arguments)
    report = explain(function, num_samples=options.samples)(*arguments)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.txt").write_text(f"{report}\n", encoding="utf-8")
        (options.out / "report.json").write_text(f"{report.to_json()}\n", encoding="utf-8")
    return str(report)


def _load(target: str, arguments: str) -> tuple[Any, tuple]:
    """The function and its arguments from `file.py:function`."""
    file, _, name = target.rpartition(":")
    path = pathlib.Path(file)
    if not file or not path.is_file():
        raise _errors.bad_target(target, f"there is no file {file!r}" if file else "it has no colon")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))  # the file may import its neighbours
    spec.loader.exec_module(module)
    for wanted in (name, arguments):
        if not hasattr(module, wanted):
            raise _errors.bad_target(target, f"{file} has no name {wanted!r}")
    return getattr(module, name), tuple(getattr(module, arguments))
