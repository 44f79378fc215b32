"""The catalogue page: nothing of the catalogue is missing from it."""

import importlib
import inspect
import pathlib

import pytest

from expectax import distributions

ROOT = pathlib.Path(__file__).parents[1]
LAWS = [n for n in distributions.__all__ if inspect.isclass(getattr(distributions, n)) and n != "AbstractDistribution"]


def test_every_law_has_three_settings(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    families = importlib.import_module("catalogue_settings").SETTINGS
    combinators = importlib.import_module("catalogue_combinators").COMBINATORS
    assert not families.keys() & combinators.keys()
    assert families.keys() | combinators.keys() == set(LAWS)
    assert {len(settings) for settings in (*families.values(), *combinators.values())} == {3}


@pytest.mark.parametrize("name", LAWS)
def test_every_law_is_on_the_page(name):
    page = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    assert "- methods: sample, log_prob" in section
    assert "- derivative of a draw: " in section
    if issubclass(getattr(distributions, name), distributions.AbstractDistribution):
        assert f"(pictures/{name}.svg)" in section
        assert (ROOT / "docs" / "pictures" / f"{name}.svg").is_file()
