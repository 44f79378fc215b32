"""The command as a new user meets it: packages, wrong names, arguments that do not fit, programs that raise."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import expectax as ex
from expectax import cli

PROGRAM = """
import jax
import expectax as ex
from .scales import SCALE

def loss(loc, key):
    return SCALE * ex.Normal(loc, 1.0).sample(key) ** 2

def through(loc, f, key):
    return f(loss(loc, key))

def broken(loc, key):
    raise ValueError("inner trouble")

number = 3
arguments = (0.5, jax.random.key(0))
old_key = (0.5, jax.random.PRNGKey(0))
with_function = (0.5, jax.numpy.sin, jax.random.key(0))
without_key = (0.5,)
alone = 0.5

def made():
    return 0.7, jax.random.key(1)
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A program inside a package, seen from a folder beside it."""
    folder = tmp_path / "project" / f"inside_{tmp_path.name.replace('-', '_')}"
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "scales.py").write_text("SCALE = 2.0")
    (folder / "program.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(sys, "path", list(sys.path))
    return f"../project/{folder.name}/program.py"


@pytest.mark.parametrize(
    "options",
    [
        ["loss"],
        ["loss", "--args", "made"],
        ["loss", "--args", "old_key"],
        ["loss", "--args", "without_key", "--key", "3"],
        ["through", "--args", "with_function"],
    ],
    ids=" ".join,
)
def test_a_program_in_a_package_is_explained(package, capsys, options):
    """With relative imports; arguments from a tuple, from a function, with a key of the old kind, with functions among them."""
    name, *further = options
    assert cli.main(["explain", f"{package}:{name}", *further, "--samples", "40", "--json"]) == 0
    site = json.loads(capsys.readouterr().out)["sites"][0]
    assert site["family"] == "Normal"
    assert "program.py:7" in site["title"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["number"], "'number' is a int, not a function"),
        (["lost"], "has no name 'lost'"),
        (["loss", "--args", "alone"], "'alone' is a float, not a tuple of arguments"),
        (["loss", "--args", "without_key"], "the last of the 1 arguments has to be a random key"),
        (["loss", "--args", "with_function"], "with 3 arguments, too many positional arguments"),
        (["through"], "with 2 arguments, missing a required argument"),
        (["broken"], "inner trouble"),
        (["loss", "--samples", "0"], "num_samples: expected an integer >= 1"),
    ],
)
def test_what_has_no_answer_says_why(package, capsys, options, message):
    """With status 2: 1 is that of a serious finding, on which a project's CI is to fail for another reason."""
    name, *further = options
    assert cli.main(["explain", f"{package}:{name}", *further]) == 2
    assert message in capsys.readouterr().err


def test_the_page_goes_to_a_folder_that_is_made(package, capsys):
    assert cli.main(["explain", f"{package}:loss", "--samples", "40", "--html", "new/page.html"]) == 0
    assert "<svg" in pathlib.Path("new/page.html").read_text(encoding="utf-8")
    assert "Normal at ../project" in capsys.readouterr().out


def test_estimators_are_compared_as_json(package, capsys):
    assert cli.main(["compare", f"{package}:loss", "--samples", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {t["estimator"] for t in found["trials"]} == {"pathwise", "score", "measure-valued"}
    assert found["plan"]["1"] in {"pathwise", "measure-valued"}


@pytest.mark.slow
def test_it_runs_as_a_module(package):
    command = [sys.executable, "-m", "expectax", "explain", f"{package}:number"]
    environment = os.environ | {"PYTHONPATH": str(pathlib.Path(ex.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert "not a function" in done.stderr
