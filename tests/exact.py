"""Exact expectations, to compare estimates with: every outcome of a small program, in float64, without the library.

A program is written a second time in numpy as `program(theta, draw)`; `draw` replays it along every sequence of
outcomes. Derivatives by complex step, so the gradient of Σ_paths w(θ) f(θ) is exact to rounding.
"""

from collections.abc import Callable

import numpy as np

_STEP = 1e-30


class Draw:
    """The source of randomness of one replay: a prefix of choices, then the first option each time."""

    def __init__(self, prefix: tuple[int, ...]):
        self.prefix, self.taken, self.weight = prefix, [], 1.0
        self.siblings: list[tuple[int, ...]] = []

    def choose(self, probs) -> int:
        """An index, with these probabilities."""
        place = len(self.taken)
        if place < len(self.prefix):
            value = self.prefix[place]
        else:
            value = 0
            self.siblings += [(*self.taken, other) for other in range(1, len(probs))]
        self.taken.append(value)
        self.weight = self.weight * probs[value]
        return value

    def flip(self, p) -> int:
        """1 with probability p."""
        return self.choose([1 - p, p])

    def normal(self, nodes: int = 5) -> float:
        """A standard normal, by Gauss-Hermite nodes: exact for polynomials up to degree 2 nodes - 1."""
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        return points[self.choose(weights / weights.sum())]


def mean(program: Callable, theta: np.ndarray):
    """E[program] over all paths."""
    total, todo = 0.0, [()]
    while todo:
        draw = Draw(todo.pop())
        cost = program(theta, draw)
        todo += draw.siblings
        total = total + draw.weight * cost
    return total


def mean_and_gradient(program: Callable, theta) -> tuple[float, np.ndarray]:
    theta = np.asarray(theta, np.float64)
    value = mean(program, theta)
    steps = [mean(program, theta + 1j * _STEP * np.eye(len(theta))[i]) for i in range(len(theta))]
    return float(np.real(value)), np.array([np.imag(s) / _STEP for s in steps])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x)
    return e / e.sum()


# --- Comparing with an estimate ---

Z = 6.0
COMPILE = {"xla_backend_optimization_level": 0}
"""Compiling takes all the time of these tests; code that is not optimised is compiled twice as fast."""


def close(got, expected, error):
    """Within 6 standard errors and rounding, component by component."""
    got, expected, error = (np.asarray(v, np.float64) for v in (got, expected, error))
    assert np.isfinite(got).all()
    slack = 2e-5 * (1 + np.abs(expected).max())
    worst = np.max(np.abs(got - expected) / (Z * error + slack))
    assert worst <= 1, f"got {got}, expected {expected}, standard errors {error}"
