"""Compiled, our special functions take at most 1.5 times as long as the JAX built-ins they replace."""

import sys
from pathlib import Path

import jax
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import special_functions

LIMIT = 1.5
ATTEMPTS = 3


@pytest.mark.timing
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", special_functions.CASES)
def test_special_function_is_as_quick_as_jax(name, dtype):
    """Processor time; a machine that does other things too gets more attempts."""
    ratios = []
    with jax.enable_x64(dtype is np.float64):
        while len(ratios) < ATTEMPTS and min(ratios, default=LIMIT + 1) > LIMIT:
            ratios.append(special_functions.ratio(name, dtype)[0])
    assert min(ratios) <= LIMIT, ratios
