"""Every disease on programs that have it, at its line, and on near twins that have not."""

import importlib.util
import pathlib
import re

import jax
import pytest

import expectax as ex
from expectax.explain import _checks

HERE = pathlib.Path(__file__).parent
CORPUS = HERE / "doctor_corpus"
PAGE = (HERE.parent / "docs" / "doctor.md").read_text(encoding="utf-8")
MARK = re.compile(r"# <- ([\w\- ]+?)(?: in (\w+))?$")


def _load(path):
    spec = importlib.util.spec_from_file_location(f"doctor_corpus_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULES = [_load(path) for path in sorted(CORPUS.glob("*.py"))]
PROGRAMS = [(m, n) for m in MODULES for n in vars(m) if n.startswith(("sick_", "well_"))]
SICK = [pytest.param(m, n, id=n) for m, n in PROGRAMS if n.startswith("sick_")]
WELL = [pytest.param(m, n, id=n) for m, n in PROGRAMS if n.startswith("well_")]


def expected(module, name):
    """(disease, line) that the program's source is marked with; the line is None for a disease of no line."""
    nowhere = getattr(module, "NOWHERE", {})
    if name in nowhere:
        return nowhere[name], None
    code = getattr(module, name).__code__
    first = code.co_firstlineno
    lines = pathlib.Path(module.__file__).read_text(encoding="utf-8").splitlines()
    last = next((i for i in range(first, len(lines)) if lines[i] and not lines[i].startswith((" ", ")"))), len(lines))
    for number, line in enumerate(lines, 1):
        found = MARK.search(line)
        if found and (found[2] == name or (not found[2] and first <= number <= last)):
            return found[1], number
    raise AssertionError(f"{name} has no mark")


def examine(module, name, **options):
    with (
        jax.debug_key_reuse(False),
        jax.numpy_rank_promotion("allow"),
    ):  # the diseases that these settings are there for
        argument = module.ARGUMENTS.get(name, 0.4)
        return ex.explain(getattr(module, name), **options)(argument, jax.random.key(3))


@pytest.mark.parametrize(("module", "name"), SICK)
def test_the_disease_is_named_at_its_line(module, name):
    disease, number = expected(module, name)
    found = [f for f in examine(module, name).findings if f.name == disease]
    assert found, examine(module, name)
    if number is not None and disease not in ("no path", "refused"):
        assert any(f.line.endswith(f"{pathlib.Path(module.__file__).name}:{number}") for f in found), found


@pytest.mark.parametrize(("module", "name"), WELL)
def test_a_healthy_program_has_no_finding(module, name):
    report = examine(module, name)
    assert not report.findings, report
    assert not report.serious


def test_what_overflows_is_not_said_to_cancel():
    module = next(m for m in MODULES if hasattr(m, "sick_overflow_of_halves"))
    assert [f.name for f in examine(module, "sick_overflow_of_halves").findings] == ["not finite"]


def test_the_corpus_is_large_and_covers_every_disease():
    assert len(PROGRAMS) >= 60
    named = {expected(p.values[0], p.values[1])[0] for p in SICK}
    assert named | {"too few draws"} == set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE))


def test_every_name_that_a_check_gives_has_a_section():
    folder = pathlib.Path(_checks.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("_*_checks.py")))
    named = set(re.findall(r'(?:Finding\(\s*|name = )"([a-z_\- A-Z]+)"', source))
    assert {n for n in named if " " in n or "-" in n} - set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) == set()


def test_the_programs_of_the_page_are_those_of_the_corpus():
    source = "\n".join(pathlib.Path(m.__file__).read_text(encoding="utf-8") for m in MODULES)
    programs = re.findall(r"```\n(def .+?)\n```", PAGE, re.DOTALL)
    assert len(programs) >= 28
    assert [p for p in programs if p not in source] == []
