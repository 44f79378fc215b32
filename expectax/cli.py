"""The command `expectax`: `explain`, `check` and `compare`, each of FILE:FUNCTION."""

import argparse
import importlib.util
import pathlib
import sys
from collections.abc import Callable
from typing import Any

from . import _errors
from .explain import check_gradient, compare_estimators, explain


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="expectax", description="What is the gradient of a stochastic program made of?"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = _command(commands, "explain", _explain, "take the gradient of FILE:FUNCTION apart and report")
    command.add_argument("--samples", type=int, default=1000, help="runs behind the averages")
    command.add_argument("--out", type=pathlib.Path, help="folder for report.txt and report.json")
    command.add_argument("--json", action="store_true", help="print JSON")
    command = _command(commands, "check", _check, "test a gradient of FILE:FUNCTION; exit status 1 unless it agrees")
    command.add_argument(
        "--gradient", metavar="NAME", help="gradient function in FILE; jax.grad of the function if absent"
    )
    command.add_argument("--oracle", default="auto", help="auto, estimator or differences")
    command.add_argument("--json", action="store_true", help="print JSON")
    command = _command(commands, "compare", _compare, "measure every unbiased estimator at every site")
    command.add_argument("--samples", type=int, default=16, help="runs behind each gradient")
    options = parser.parse_args(argv)
    try:
        text, status = options.run(options)
    except _errors.ExpectaxError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(text)
    return status


def _command(commands: Any, name: str, run: Callable[[Any], tuple[str, int]], purpose: str) -> Any:
    command = commands.add_parser(name, help=purpose)
    command.set_defaults(run=run)
    command.add_argument("target", metavar="FILE:FUNCTION")
    command.add_argument(
        "--arguments", default="arguments", metavar="NAME", help="tuple in FILE with the function's arguments"
    )
    return command


def _check(options: Any) -> tuple[str, int]:
    module, function, arguments = _load(options.target, options.arguments, options.gradient)
    gradient = None if options.gradient is None else getattr(module, options.gradient)
    found = check_gradient(function, gradient, oracle=options.oracle)(*arguments)
    return found.to_json() if options.json else str(found), int(found.status != "agrees")


def _compare(options: Any) -> tuple[str, int]:
    _, function, arguments = _load(options.target, options.arguments)
    return str(compare_estimators(function, num_samples=options.samples)(*arguments)), 0


def _explain(options: Any) -> tuple[str, int]:
    _, function, arguments = _load(options.target, options.arguments)
    report = explain(function, num_samples=options.samples)(*arguments)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.txt").write_text(f"{report}\n", encoding="utf-8")
        (options.out / "report.json").write_text(f"{report.to_json()}\n", encoding="utf-8")
    return report.to_json() if options.json else str(report), 0


def _load(target: str, arguments: str, further: str | None = None) -> tuple[Any, Any, tuple]:
    """The module of `file.py:function`, the function and its arguments; a further name has to be there too."""
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
    for wanted in (name, arguments, further or name):
        if not hasattr(module, wanted):
            raise _errors.bad_target(target, f"{file} has no name {wanted!r}")
    return module, getattr(module, name), tuple(getattr(module, arguments))
