"""Local expectation gradient: sum over the values of one lane at a time, the other lanes as they were drawn.

    d/dtheta E[f(x)] = E[Σ_i Σ_k dp_i(k)/dtheta f(x with x_i = k)]

Valid for sites with a finite support whose lanes are independent given the past: all of this library's. Unbiased, exact for
costs that are sums of functions of single lanes; the rest of the program runs once for each value of each lane.

Source: Titsias & Lázaro-Gredilla, "Local expectation gradients for black box variational inference" (2015), equation 6.
"""

import dataclasses
from typing import Any, ClassVar

from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class LocalExpectation(AbstractEstimator):
    """Sum over all values of each lane in turn; refused if that takes more than `budget` runs of the rest."""

    name: ClassVar[str] = "local-expectation"
    reruns: ClassVar[bool] = True
    max_order: ClassVar[int | None] = 1
    budget: int = 1024

    def unfit(self, dist: Any) -> str | None:
        return None if dist.finite else "its support is not a known finite set"

    def runs(self, lanes: int, dist: Any) -> float:
        return 1.0 + lanes * len(dist._support_values())
