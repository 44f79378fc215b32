"""Integral of a scalar density, and sum of a mass function, on grids laid out by draws instead of by quantiles.

Between the extreme draws stand the draws' own quantiles. Towards infinity follow shells whose widths double, and to a
finite edge shells whose distances halve; in both directions a power law becomes a geometric series, so that
algebraic tails and integrable poles are followed over many orders of magnitude and the rest is extrapolated. Every
interval has Gauss-Legendre nodes: exact to rounding where the density is smooth.

Source: Davis, Rabinowitz, "Methods of numerical integration", 2nd ed. (1984), sections 2.7 and 2.12 (singularities).
"""

import math
from collections.abc import Callable

import numpy as np

_INNER = 512
_SHELLS = 60
_ORDER = 8
_MAX_TERMS = 2**20
_TINY = 1e-35  # below it single precision flushes to 0, where a pole is infinite


def integral(density: Callable, draws: np.ndarray, low: float, high: float, eps: float) -> float:
    """∫ density over (low, high), given draws that show where it is."""
    finer = 2.0 ** -np.arange(1, 12) / _INNER  # in an algebraic tail the outermost quantiles are far apart
    levels = np.concatenate([np.linspace(0, 1, _INNER + 1), finer, 1 - finer])
    inner = np.unique(np.quantile(draws, levels))
    left = _shells(inner[0], inner[-1], low, eps)
    right = _shells(inner[-1], inner[0], high, eps)
    # the outermost panels are shells alone, so that the last two masses have their ratio
    points = np.concatenate([left, inner, right])
    points = points[(points > left[-3]) & (points < right[-3])]
    masses = _panels(density, np.unique(np.concatenate([left[-3:], points, right[-3:]])))
    return float(masses.sum() + _remainder(masses[1::-1]) + _remainder(masses[-2:]))


def total(mass: Callable, draws: np.ndarray, low: float, high: float) -> float:
    """Sum of mass over the integers low...high."""
    reach = max(2**14, 2 * int(draws.max() - low)) if math.isfinite(low) else 2**14
    first = int(low) if math.isfinite(low) else int(draws.min()) - reach
    last = int(min(high, int(draws.max()) + min(reach, _MAX_TERMS)))
    terms = mass(np.arange(first, last + 1))
    if not math.isfinite(low) or (math.isfinite(high) and last == int(high)):
        return float(terms.sum())
    # dyadic blocks of a power law form a geometric series
    blocks = [terms[len(terms) // 2**j : len(terms) // 2 ** (j - 1)].sum() for j in (2, 1)]
    return float(terms.sum() + _remainder(np.array(blocks)))


def _panels(density: Callable, grid: np.ndarray) -> np.ndarray:
    """Gauss-Legendre integral over each interval of the grid."""
    nodes, weights = np.polynomial.legendre.leggauss(_ORDER)
    middle, half = 0.5 * (grid[1:] + grid[:-1]), 0.5 * np.diff(grid)
    values = density((middle[:, None] + half[:, None] * nodes).ravel())
    return half * (values.reshape(-1, _ORDER) @ weights)


def _shells(near: float, far: float, edge: float, eps: float) -> np.ndarray:
    """Grid points towards `edge`, outermost last; `near` and `far` are the extreme draws on this and the other side."""
    if math.isfinite(edge):
        # nearer than this to an edge other than 0, floating point cannot resolve the distance
        distances = (far - edge) * 0.5 ** np.arange(4 * _SHELLS)
        kept = abs(distances) > max(1024 * eps * abs(edge), _TINY)
        return edge + distances[kept | (np.arange(len(kept)) < 5)]
    step = max(abs(far - near) / 64, 64 * eps * abs(near), 1e-30)
    points = near + math.copysign(step, edge) * (2.0 ** np.arange(_SHELLS) - 1)
    return points[abs(points) < 1e30]


def _remainder(shells: np.ndarray) -> float:
    """What lies beyond the last shell, if their masses go on as a geometric series."""
    if len(shells) < 2 or not shells[-2] > 0:
        return 0.0
    ratio = min(shells[-1] / shells[-2], 0.99)
    return shells[-1] * ratio / (1 - ratio)
