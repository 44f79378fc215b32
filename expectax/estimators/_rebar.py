"""REBAR: the score, with a relaxation of the cost as its control.

With one-hot draw d, z = ℓ + g and z̃ the same number given d, σ the softmax at temperature T, and η the scale:

    (f(d) - η f(σ(z̃))) dlog p(d)/dθ + η df(σ(z))/dθ - η df(σ(z̃))/dθ

Unbiased for every η and T, as z̃ given d has the law of z given d. The noise of both is shared, so that σ(z) and σ(z̃) are one
number with two derivatives, and three runs of the rest serve all lanes. The cost has to be differentiable between the corners:
where a jump is seen there the site is refused.

Source: Tucker, Mnih, Maddison, Lawson, Sohl-Dickstein, "REBAR: low-variance, unbiased gradient estimates for discrete latent
variable models" (2017), equation 7.
"""

import dataclasses
from typing import Any, ClassVar

from .. import _errors
from ._estimator import AbstractEstimator
from ._relaxed import check_temperature, is_number, not_one_hot


@dataclasses.dataclass(frozen=True)
class Rebar(AbstractEstimator):
    """The score less a relaxed cost, whose mean is added back along its path."""

    name: ClassVar[str] = "rebar"
    reruns: ClassVar[bool] = True
    follows: ClassVar[bool] = True
    max_order: ClassVar[int | None] = 1
    temperature: float = 0.5
    scale: float = 1.0
    budget: int = 1024

    def __post_init__(self) -> None:
        check_temperature(self.name, self.temperature)
        if not is_number(self.scale):
            raise _errors.bad_setting(self.name, "scale", "a number", self.scale)

    def unfit(self, dist: Any) -> str | None:
        return not_one_hot(dist)

    def runs(self, lanes: int, dist: Any) -> float:
        return 3.0
