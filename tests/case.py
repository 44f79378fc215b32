"""What a case of the property tests is."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import expectax as ex


@dataclasses.dataclass(frozen=True)
class Case:
    """A family with parameters, and SciPy's distribution with the same ones where there is one."""

    name: str
    make: Callable[[], ex.AbstractDistribution]
    scipy: Any = None


def slow_if(cases, *names):
    """The cases as test parameters; those of the families named belong to the slow tests: XLA compiles them long."""
    return [_marked(c, slow=type(c.make()).__name__ in names) for c in cases]


def slow_unless(cases, *names, mark=None):
    """The cases as test parameters; all but those of the families named belong to the slow tests, and get the mark."""
    return [_marked(c, slow=type(c.make()).__name__ not in names, mark=mark) for c in cases]


def _marked(case, slow, mark=None):
    marks = [pytest.mark.slow, *([mark] if mark else [])]
    return pytest.param(case, id=case.name, marks=marks if slow else [])


def array(*values):
    return np.array(values, np.float32)
