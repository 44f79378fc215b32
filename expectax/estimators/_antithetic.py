"""Two runs of the rest on opposite draws of all binary lanes: ARM and DisARM.

With logits φ, u ~ Uniform(0, 1), b = 1[1 - u < σ(φ)], b' = 1[u < σ(φ)] for each lane:

    ARM       d/dφ_i E[f] = E[(f(b) - f(b')) (u_i - ½)]
    DisARM    d/dφ_i E[f] = E[½ (f(b) - f(b')) (b_i - b'_i) σ(|φ_i|)]

Unbiased for costs that depend on all lanes together; two runs whatever the number of lanes. DisARM is ARM in expectation over u
given (b, b'), so its variance is never larger. Valid for Bernoulli sites with independent lanes.

Sources: Yin & Zhou, "ARM: Augment-REINFORCE-merge gradient for stochastic binary networks" (2019), theorem 1; Dong, Mnih, Tucker,
"DisARM: an antithetic gradient estimator for binary latent variables" (2020), equation 6.
"""

import dataclasses
from typing import Any, ClassVar

from ._estimator import AbstractEstimator, is_binary


@dataclasses.dataclass(frozen=True)
class _Antithetic(AbstractEstimator):
    reruns: ClassVar[bool] = True
    max_order: ClassVar[int | None] = 1
    budget: int = 1024

    def unfit(self, dist: Any) -> str | None:
        return None if is_binary(dist) else "its draws are not 0 and 1"

    def runs(self, lanes: int, dist: Any) -> float:
        return 2.0


@dataclasses.dataclass(frozen=True)
class Arm(_Antithetic):
    """Augment-REINFORCE-merge."""

    name: ClassVar[str] = "arm"


@dataclasses.dataclass(frozen=True)
class DisArm(_Antithetic):
    """ARM with the noise integrated out."""

    name: ClassVar[str] = "disarm"
