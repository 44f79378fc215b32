"""Prints the tables of `numerics/_gamma_draw.py`: least squares of smallest relative error, from double precision.

python scripts/fit_gamma_draw.py
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np
from numpy.polynomial import chebyshev

from expectax.numerics import log_gamma_slope
from expectax.numerics._gamma_draw import LARGEST_L, LARGEST_X, SMALLEST_L, SPLIT

REWEIGHTINGS = 8


def nodes(count: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """(on [-1, 1], on [low, high]): Chebyshev's."""
    t = np.cos(np.pi * (np.arange(count) + 0.5) / count)
    return t, low + (high - low) * (t + 1) / 2


def slope(a: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(jax.jit(log_gamma_slope)(jnp.asarray(a), jnp.asarray(x), jnp.log(x)))


def fitted(first: np.ndarray, second: np.ndarray, values: np.ndarray, degrees: tuple[int, int]) -> np.ndarray:
    """Coefficients of powers, rows by the second variable. Lawson's weights bring the largest error down."""
    matrix = chebyshev.chebvander2d(first, second, degrees)
    weights = 1 / np.abs(values)
    error = np.inf
    for _ in range(REWEIGHTINGS):
        found, *_ = np.linalg.lstsq(matrix * weights[:, None], values * weights, rcond=None)
        errors = np.abs(matrix @ found / values - 1)
        if errors.max() < error:
            error, best = errors.max(), found
        weights *= (errors / errors.max() + 1e-2) ** 0.4
    print(f"largest relative error {error:.1e}", file=sys.stderr)
    table = best.reshape(degrees[0] + 1, degrees[1] + 1)
    by_first = np.array([chebyshev.cheb2poly(column) for column in table.T])
    return np.array([chebyshev.cheb2poly(column) for column in by_first.T]).T


def middle() -> np.ndarray:
    """a (a + 1) (a + 2) dx/da for a < 2 and x > 1, in a and log x."""
    first, a = nodes(24, 0.0, SPLIT)
    second, log_x = nodes(36, 0.0, np.log(LARGEST_X))
    grid, coordinates = np.meshgrid(a, np.exp(log_x)), np.meshgrid(first, second)
    a, x = (v.ravel() for v in grid)
    values = a * (a + 1) * (a + 2) * x * slope(a, x)
    return fitted(coordinates[0].ravel(), coordinates[1].ravel(), values, (6, 9))


def large() -> np.ndarray:
    """dx/da for a > 2 and x > 1, in 1/√a and √a log(x/a), over the quantiles of a normal between -7.2 and 7.2."""
    first, root = nodes(24, 0.0, SPLIT**-0.5)
    second, ell = nodes(60, SMALLEST_L, LARGEST_L)
    grid, coordinates = np.meshgrid(root, ell), np.meshgrid(first, second)
    root, ell = (v.ravel() for v in grid)
    ratio = np.exp(ell * root)
    # Wilson & Hilferty, "The distribution of chi-square" (1931)
    z = 3 / root * (np.cbrt(ratio) - 1 + root**2 / 9)
    used = (ratio > 0.95 * root**2) & (np.abs(z) < 7.2)
    a = root[used] ** -2
    values = ratio[used] * a * slope(a, ratio[used] * a)
    return fitted(coordinates[0].ravel()[used], coordinates[1].ravel()[used], values, (7, 9))


def main():
    jax.config.update("jax_enable_x64", True)
    for name, table in (("_MIDDLE", middle()), ("_LARGE", large())):
        print(f"{name} = (")
        for row in table:
            print("    (" + ", ".join(f"{c:.8e}" for c in row) + "),")
        print(")")


if __name__ == "__main__":
    main()
