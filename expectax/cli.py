"""The command `expectax`: `explain`, `check` and `compare`, each of FILE:FUNCTION."""

import argparse
import importlib.util
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import jax

from . import _compat, _errors
from .explain import check_gradient, compare_estimators, explain


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="expectax", description="What is the gradient of a stochastic program made of?"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = _command(
        commands, "explain", _explain, "take the gradient of FILE:FUNCTION apart; exit status 1 on a serious finding"
    )
    command.add_argument("--samples", type=int, default=1000, help="runs behind the averages")
    command.add_argument("--out", type=pathlib.Path, help="folder for report.txt, report.json and report.html")
    command.add_argument("--html", type=pathlib.Path, metavar="FILE", help="write the report as one HTML page")
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
        "--args",
        default="arguments",
        metavar="[FILE:]NAME",
        help="tuple with the function's arguments; FILE is that of the function if absent",
    )
    command.add_argument("--key", type=int, metavar="N", help="take jax.random.key(N) for the key, the last argument")
    return command


def _check(options: Any) -> tuple[str, int]:
    module, function, arguments = _load(options, options.gradient)
    gradient = None if options.gradient is None else getattr(module, options.gradient)
    found = check_gradient(function, gradient, oracle=options.oracle)(*arguments)
    return found.to_json() if options.json else str(found), int(found.status != "agrees")


def _compare(options: Any) -> tuple[str, int]:
    _, function, arguments = _load(options)
    return str(compare_estimators(function, num_samples=options.samples)(*arguments)), 0


def _explain(options: Any) -> tuple[str, int]:
    _, function, arguments = _load(options)
    report = explain(function, num_samples=options.samples)(*arguments)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.txt").write_text(f"{report}\n", encoding="utf-8")
        (options.out / "report.json").write_text(f"{report.to_json()}\n", encoding="utf-8")
        report.to_html(options.out / "report.html")
    if options.html is not None:
        report.to_html(options.html)
    return report.to_json() if options.json else str(report), int(report.serious)


def _load(options: Any, further: str | None = None) -> tuple[Any, Any, tuple]:
    """The module of the target, the function and its arguments; a further name has to be there too."""
    module, name = _module_of(options.target, options.target)
    for wanted in (name, further or name):
        _find(module, wanted, options.target)
    return module, getattr(module, name), _arguments(options, module)


def _arguments(options: Any, module: Any) -> tuple:
    source, name = module, options.args
    if ":" in name:
        source, name = _module_of(name, options.target)
    keys = () if options.key is None else (jax.random.key(options.key),)
    if keys and options.args == "arguments" and not hasattr(source, name):
        return keys
    given = tuple(_find(source, name, options.target))
    ends_in_key = bool(given) and hasattr(given[-1], "dtype") and _compat.is_key(given[-1])
    return (*given[: len(given) - (ends_in_key and bool(keys))], *keys)


def _module_of(place: str, target: str) -> tuple[Any, str]:
    """The module and the name of `file.py:name`."""
    file, _, name = place.rpartition(":")
    path = pathlib.Path(file)
    if not file or not path.is_file():
        raise _errors.bad_target(target, f"there is no file {file!r}" if file else "it has no colon")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))  # the file may import its neighbours
    spec.loader.exec_module(module)
    return module, name


def _find(module: Any, name: str, target: str) -> Any:
    if not hasattr(module, name):
        raise _errors.bad_target(target, f"{module.__spec__.origin} has no name {name!r}")
    return getattr(module, name)
