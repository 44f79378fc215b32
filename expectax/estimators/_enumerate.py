"""Exact enumeration: sum over the values of a finite site instead of drawing one.

    E[f(x)] = sum_k p_k(theta) E[f | x = k]

Zero variance from this site. The rest of the program runs once for every value (the joint values, for a site with
several lanes), so the cost is multiplied by their number; `budget` bounds the product over all such sites up to this one.
"""

import dataclasses
from typing import Any, ClassVar

from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class Enumerate(AbstractEstimator):
    """Sum over all values of the site; refused if they are more than `budget`."""

    name: ClassVar[str] = "enumerate"
    reruns: ClassVar[bool] = True
    budget: int = 256

    def unfit(self, dist: Any) -> str | None:
        return None if dist.finite else "its support is not a known finite set"

    def runs(self, lanes: int, dist: Any) -> float:
        return float(len(dist._support_values())) ** lanes
