"""Shape of the tail of importance weights: above .7 their mean cannot be trusted."""

import numpy as np

UNRELIABLE = 0.7
"""Vehtari, Simpson, Gelman, Yao & Gabry, "Pareto smoothed importance sampling", 2024, section 3."""


def pareto_shape(log_weights: np.ndarray) -> float:
    """k of a generalised Pareto law fitted to the largest weights; NaN if there are fewer than 5 of them.

    Source: Zhang & Stephens, "A new and efficient estimation method for the generalized Pareto distribution",
    Technometrics 51 (2009), equations 7-9; the tail's size and the weak prior on k as in Vehtari et al., section 2 and
    appendix C.
    """
    logs = np.sort(np.ravel(log_weights)[np.isfinite(np.ravel(log_weights))])
    size = int(min(0.2 * len(logs), 3 * np.sqrt(len(logs))))
    if size < 5 or logs[-1] == logs[-size - 1]:
        return float("nan")
    weights = np.exp(logs - logs[-1])
    tail = weights[-size:] - weights[-size - 1]
    k = _shape_of(np.maximum(tail, np.finfo(float).tiny))
    return float((size * k + 10 * 0.5) / (size + 10))


def _shape_of(x: np.ndarray) -> float:
    """`x`: excesses over a threshold, sorted."""
    n = len(x)
    grid = 30 + int(np.sqrt(n))
    quarter = x[int(n / 4 + 0.5) - 1]
    theta = 1 / x[-1] + (1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))) / (3 * quarter)
    shapes = np.array([np.log1p(-t * x).mean() for t in theta])
    profile = n * (np.log(-theta / shapes) - shapes - 1)
    weights = np.array([1 / np.exp(np.clip(profile - p, None, 700)).sum() for p in profile])
    best = (weights * theta).sum() / weights.sum()
    return float(np.log1p(-best * x).mean())
