"""Exact enumeration: sum over the values of a finite site instead of drawing one.

    E[f(x)] = sum_k p_k(theta) E[f | x = k]

Zero variance from this site. The rest of the program runs once for every value (the joint values, for a site with
several lanes), so the cost is multiplied by their number; `budget` bounds the product over all enumerated sites up to this one.
"""

import dataclasses
from typing import ClassVar

from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class Enumerate(AbstractEstimator):
    """Sum over all values of the site; refused if they are more than `budget`."""

    name: ClassVar[str] = "enumerate"
    budget: int = 256
