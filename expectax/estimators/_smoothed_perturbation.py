"""Smoothed perturbation analysis: a whole-valued draw that moves with its parameters jumps to the next whole number.

For X with distribution function F and masses p, at a fixed uniform number X is F⁻¹(u), and jumps from k to k + 1 at the rate
-∂F(k)/∂θ. Of the sum by parts of Σ_k f(k) ∂p(k)/∂θ,

    d/dθ E[f(X)] = E[w(X) (f(X + 1) - f(X))],   w(k) = -∂F(k)/∂θ / p(k)

Unbiased for every cost, jumps included, as both runs share all other noise; of low variance where f changes little from one number
to the next. With several lanes one of them jumps, chosen in proportion to Σ |w| of its parameters: two runs of the rest, however
many lanes. `lanes="all"` lets each jump in a run of its own.

Sources: Gong, Ho, "Smoothed (conditional) perturbation analysis of discrete event dynamical systems" (1987); Arya, Schauer,
Schäfer, Rackauckas, "Automatic differentiation of programs with discrete randomness" (2022), section 2 and, of one jump for
all, section 3.2.
"""

import dataclasses
from typing import Any, ClassVar

from .. import _errors, supports
from ._estimator import AbstractEstimator

_LANES = ("one", "all")


@dataclasses.dataclass(frozen=True)
class SmoothedPerturbation(AbstractEstimator):
    """A difference of two runs, in one of which one lane's draw is greater by 1."""

    name: ClassVar[str] = "smoothed-perturbation"
    reruns: ClassVar[bool] = True
    max_order: ClassVar[int | None] = 1
    lanes: str = "one"
    budget: int = 1024

    def __post_init__(self) -> None:
        if self.lanes not in _LANES:
            raise _errors.bad_setting(self.name, "lanes", " or ".join(map(repr, _LANES)), self.lanes)

    def unfit(self, dist: Any) -> str | None:
        whole = isinstance(dist.support, supports.IntegersFrom | supports.IntegerRange)
        if not whole or not dist._has("_cdf"):
            return "its values are not whole numbers with a distribution function"
        return "a parameter has axes of its own" if any(p.rank for p in dist._parameters()) else None

    def runs(self, lanes: int, dist: Any) -> float:
        return 2.0 if self.lanes == "one" else 1.0 + lanes
