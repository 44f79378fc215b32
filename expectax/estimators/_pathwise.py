"""Pathwise derivative: differentiate along the draw x = g(theta, noise).

    d/dtheta E[f(x)] = E[f'(x) dx/dtheta]

Valid if the draw has a derivative along its path (explicit, or implicit: dx/dtheta = -F_theta(x) / p(x)) and f is
continuous in it. Low variance when f is smooth; one evaluation. Mohamed, Rosca, Figurnov, Mnih, "Monte Carlo gradient
estimation in machine learning", JMLR 21 (2020), section 5; Figurnov, Mohamed, Mnih, "Implicit reparameterization
gradients", NeurIPS 2018, equation 3.
"""

import dataclasses
from typing import Any, ClassVar

from ._estimator import AbstractEstimator


@dataclasses.dataclass(frozen=True)
class Pathwise(AbstractEstimator):
    """Differentiate along the draw; explicit or implicit, as the family has it."""

    name: ClassVar[str] = "pathwise"
    keeps_path: ClassVar[bool] = True

    def unfit(self, dist: Any) -> str | None:
        return None if dist.pathwise else "its draws have no derivative along the path"
