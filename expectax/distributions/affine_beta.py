"""Beta distribution moved to an interval.

    p(x; α, β, μ, σ) = z^(α-1) (1 - z)^(β-1) / (σ B(α, β)),   z = (x - μ)/σ,   x ∈ [μ, μ + σ]

Sampling   x = μ + σ A/(A + B),  A ~ Gamma(α, 1), B ~ Gamma(β, 1), from the nearer end: pathwise in all parameters. The
           support moves with μ and σ, so the score function is not valid for them.
Accuracy   log_prob and tails as Beta's, given the distances of x from both ends.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 25.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import ParameterArray
from ._beta_on_interval import BetaOnInterval
from ._by_law import AbstractByLaw
from ._distribution import parameter


@final
class AffineBeta(AbstractByLaw):
    """A quantity between two known ends, with the shapes of Beta.

    Args:
        concentration1: α, pulls x towards the upper end. Positive.
        concentration0: β, pulls x towards the lower end. Positive.
        loc: μ, the lower end; same unit as x. Real.
        scale: σ, the width of the interval; same unit as x. Positive.

    Shapes: concentration1, concentration0, loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: a concentration or scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.AffineBeta(2.0, 6.0, 1.0, 4.0).mean())
        2.0
    """

    concentration1: ParameterArray = parameter(supports.positive)
    concentration0: ParameterArray = parameter(supports.positive)
    loc: ParameterArray = parameter(supports.real, moves_support=True)
    scale: ParameterArray = parameter(supports.positive, moves_support=True)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.loc, jnp.add(*jnp.broadcast_arrays(self.loc, self.scale)))

    def _law(self) -> BetaOnInterval:
        low, high = self.support.bounds
        return BetaOnInterval(self.concentration1, self.concentration0, low, high, self.scale)
