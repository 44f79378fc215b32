"""Polynomials by Horner's rule, with coefficients in the type of their argument."""

from collections.abc import Sequence

import jax.numpy as jnp

from .._typing import Array


def horner(coefficients: Sequence[float], x: Array) -> Array:
    """Σ_k c_k x^k."""
    total = jnp.full_like(x, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        total = float(c) + x * total
    return total


def from_chebyshev(series: Sequence[float], count: int) -> tuple[float, ...]:
    """The first `count` terms of Σ c_k T_k as coefficients of powers, for `horner` on [-1, 1]."""
    powers = [0.0] * count
    before, now = [0, 1, *[0] * count][:count], [1, *[0] * count][:count]  # T_1 = 2 x T_0 - T_-1 with T_-1 = x
    for c in series[:count]:
        powers = [p + c * t for p, t in zip(powers, now, strict=True)]
        before, now = now, [2 * t - u for t, u in zip([0, *now[:-1]], before, strict=True)]
    return tuple(powers)
