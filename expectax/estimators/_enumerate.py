"""Exact enumeration: sum over the values of a finite site instead of drawing one.

    E[f(x)] = sum_k p_k(theta) E[f | x = k]

Zero variance from this site. The program runs once for every joint value of all draws that are summed over, those of loops
included; where no term of the cost depends on two lanes of a site, one value is given to all lanes at once. `budget` bounds the number
of runs, as the product over all such sites up to this one.
"""

import dataclasses
from typing import Any, ClassVar

from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class Enumerate(AbstractEstimator):
    """Sum over all values of the site; refused if they are more than `budget`."""

    name: ClassVar[str] = "enumerate"
    weighs: ClassVar[bool] = True
    budget: int = 256

    def unfit(self, dist: Any) -> str | None:
        return None if dist.finite else "its support is not a known finite set"
