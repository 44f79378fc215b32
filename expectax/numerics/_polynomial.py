"""Polynomials by Horner's rule, with coefficients in the type of their argument."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from .._typing import Array


def horner(coefficients: Sequence[float], x: Array) -> Array:
    """Σ_k c_k x^k."""
    total = jnp.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = float(c) + x * total
    return total


def from_chebyshev(series: Sequence[float], count: int) -> tuple[float, ...]:
    """The first `count` terms of Σ c_k T_k as coefficients of powers, for `horner` on [-1, 1]."""
    powers = np.zeros(count)
    for c, polynomial in zip(series[:count], _CHEBYSHEV, strict=False):
        powers += c * polynomial[:count]
    return tuple(powers.tolist())


def _chebyshev(count: int) -> np.ndarray:
    """T_0, T_1, ... as rows of coefficients of powers."""
    rows = np.eye(count)
    for k in range(2, count):
        rows[k] = 2 * np.roll(rows[k - 1], 1) - rows[k - 2]
    return rows


_CHEBYSHEV = _chebyshev(40)
