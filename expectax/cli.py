"""The command `expectax`: `explain`, `check` and `compare`, each of FILE:FUNCTION.

Exit status: 0; 1 if `explain` finds something serious or `check` does not agree; 2 if there is no answer.
"""

import argparse
import importlib
import importlib.util
import inspect
import pathlib
import sys
import traceback
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
    command.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    try:
        text, status = options.run(options)
    except _errors.ExpectaxError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except Exception:  # the user's program: Python's own status for it is that of a serious finding
        traceback.print_exc()
        return 2
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
    found = compare_estimators(function, num_samples=options.samples)(*arguments)
    return found.to_json() if options.json else str(found), 0


def _explain(options: Any) -> tuple[str, int]:
    _, function, arguments = _load(options)
    report = explain(function, num_samples=options.samples)(*arguments)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "report.txt").write_text(f"{report}\n", encoding="utf-8")
        (options.out / "report.json").write_text(f"{report.to_json()}\n", encoding="utf-8")
        report.to_html(options.out / "report.html")
    if options.html is not None:
        options.html.parent.mkdir(parents=True, exist_ok=True)
        report.to_html(options.html)
    return report.to_json() if options.json else str(report), int(report.serious)


# --- From the command line to a function and its arguments ---------------------------------------------------------


def _load(options: Any, further: str | None = None) -> tuple[Any, Callable, tuple]:
    """The module of the target, the function and its arguments; a further name has to be a function of it too."""
    module, name = _module_of(options.target, options.target)
    for wanted in (name, further or name):
        found = _find(module, wanted, options.target)
        if not callable(found):
            raise _errors.bad_target(options.target, f"{wanted!r} is a {type(found).__name__}, not a function")
    function, arguments = getattr(module, name), _arguments(options, module)
    if not arguments or not _is_key(arguments[-1]):
        raise _errors.no_key_in_arguments(options.target, len(arguments))
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise _errors.bad_target(options.target, f"with {len(arguments)} arguments, {error}") from None
    return module, function, arguments


def _arguments(options: Any, module: Any) -> tuple:
    source, name = module, options.args
    if ":" in name:
        source, name = _module_of(name, options.target)
    keys = () if options.key is None else (jax.random.key(options.key),)
    if keys and options.args == "arguments" and not hasattr(source, name):
        return keys
    given = _find(source, name, options.target)
    given = given() if inspect.isfunction(given) else given
    if not isinstance(given, tuple | list):
        raise _errors.bad_target(options.target, f"{name!r} is a {type(given).__name__}, not a tuple of arguments")
    ends_in_key = bool(given) and _is_key(given[-1])
    return (*given[: len(given) - (ends_in_key and bool(keys))], *keys)


def _is_key(value: Any) -> bool:
    """Of the new kind or of the old."""
    if not hasattr(value, "dtype"):
        return False
    return _compat.is_key(value) or (value.dtype == "uint32" and value.ndim == 1)


def _module_of(place: str, target: str) -> tuple[Any, str]:
    """The module and the name of `file.py:name`."""
    file, _, name = place.rpartition(":")
    path = pathlib.Path(file)
    if not file or not path.is_file():
        raise _errors.bad_target(target, f"there is no file {file!r}" if file else "it has no colon")
    if path.suffix != ".py":
        raise _errors.bad_target(target, f"{file!r} is no Python file")
    return _imported(path.resolve()), name


def _imported(path: pathlib.Path) -> Any:
    """A file as a module, of the package that it stands in if it stands in one."""
    root, names = path.parent, [path.stem]
    while (root / "__init__.py").is_file():
        root, names = root.parent, [root.name, *names]
    sys.path.insert(0, str(root))  # the file may import its neighbours
    package, name = ".".join(names[:-1]), ".".join(names)
    if package:
        importlib.import_module(package)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if package:
        sys.modules[name] = module  # its neighbours may import it in turn
    spec.loader.exec_module(module)
    return module


def _find(module: Any, name: str, target: str) -> Any:
    if not hasattr(module, name):
        raise _errors.bad_target(target, f"{module.__spec__.origin} has no name {name!r}")
    return getattr(module, name)
