"""Every family of the reference files within its goal, in both precisions, with no NaN and no wrong infinity."""

import accuracy
import numpy as np
import pytest

pytestmark = pytest.mark.slow
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@DTYPES
@pytest.mark.parametrize("item", accuracy.ITEMS)
def test_within_goal(item, dtype, x64):
    values, gradients = accuracy.measure(item, dtype)
    goals = {"value": accuracy.goal(item, dtype)} | dict.fromkeys(gradients, accuracy.gradient_goal(dtype))
    for what, errors in {"value": values, **gradients}.items():
        assert errors.nans == 0, (what, errors)
        assert errors.wrong_infinities == 0, (what, errors)
        assert errors.worst <= goals[what], (what, errors)


@DTYPES
def test_edges(dtype, x64):
    cases = accuracy.edge_cases()
    faults = {f"{c['name']} {c['x']} {c['params']} ({c['why']})": accuracy.edge_faults(c, dtype) for c in cases}
    assert not {case: f for case, f in faults.items() if f}
