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
    return tuple(map(float, np.polynomial.chebyshev.cheb2poly(series[:count])))
