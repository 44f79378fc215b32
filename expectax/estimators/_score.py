"""Score function (REINFORCE, likelihood ratio): weigh each cost by the derivative of the log-density.

    d/dtheta E[f(x)] = E[(f(x) - b) d/dtheta log p(x; theta)],   b independent of x given its past

Valid if the support of p does not move with theta. Leave-one-out takes for b the mean cost of the other draws
(Kool, van Hoof, Welling, "Buy 4 REINFORCE samples, get a baseline for free!", 2019, equation 8). The costs counted for
a site are those that depend on its draw (Schulman et al., "Gradient estimation using stochastic computation graphs",
NeurIPS 2015, theorem 1), and any order of derivative is right (Foerster et al., "DiCE", ICML 2018, equation 5).
"""

import dataclasses
from typing import ClassVar, Literal

from .._errors import ArgumentError
from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class Score(AbstractEstimator):
    """Weigh costs by the score; `baseline` is "leave-one-out" or None."""

    name: ClassVar[str] = "score"
    weighs: ClassVar[bool] = True
    takes_baseline: ClassVar[bool] = True
    baseline: Literal["leave-one-out"] | None = "leave-one-out"

    def __post_init__(self):
        if self.baseline not in ("leave-one-out", None):
            raise ArgumentError(f'Score(baseline=...): expected "leave-one-out" or None, got {self.baseline!r}')
