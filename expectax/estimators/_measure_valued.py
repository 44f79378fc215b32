"""Measure-valued derivatives: the derivative of a density as a difference of two densities.

    dp(x; theta)/dtheta = c (p⁺(x) - p⁻(x)),   d/dtheta E[f(x)] = c (E[f(x⁺)] - E[f(x⁻)])

Unbiased for every bounded cost, continuous or not, and where the support moves; of low variance, as x⁺ and x⁻ are coupled and the
rest of the program runs on the same keys for both. It runs 2 (parameters) (lanes) + 1 times, one lane being replaced at a time.
Families say their decomposition in `_weak_derivative`.

Sources: Pflug, "Optimization of stochastic models" (1996), section 4.2; Mohamed, Rosca, Figurnov, Mnih, "Monte Carlo gradient
estimation in machine learning" (2020), section 6 and table 1.
"""

import dataclasses
from typing import Any, ClassVar, NamedTuple

from .._typing import Array
from ._estimator import AbstractEstimator


class WeakDerivative(NamedTuple):
    """dp/dtheta = constant · (law of plus - law of minus), the two coupled."""

    constant: Array
    plus: Array
    minus: Array


@dataclasses.dataclass(frozen=True)
class MeasureValued(AbstractEstimator):
    """A difference of two runs for each parameter of each lane; refused if that takes more than `budget` runs."""

    name: ClassVar[str] = "measure-valued"
    reruns: ClassVar[bool] = True
    max_order: ClassVar[int | None] = 1
    budget: int = 1024

    def unfit(self, dist: Any) -> str | None:
        return None if dist._has("_weak_derivative") else "the family does not say its weak derivative"

    def runs(self, lanes: int, dist: Any) -> float:
        return 1.0 + 2 * lanes * len(dist._parameters())
