"""PERT (modified beta) distribution.

    x = l + (h - l) B,   B ~ Beta(1 + γ (m - l)/(h - l), 1 + γ (h - m)/(h - l)),   x ∈ [l, h]

Sampling   that of Beta, from the nearer end: pathwise in l, m, h and γ. The support moves with l and h, so the score
           function is not valid for them.
Accuracy   log_prob and tails as Beta's, given the distances of x from both ends.
Source     Malcolm, Roseboom, Clark, Fazar, "Application of a technique for research and development program evaluation"
           (1959); Vose, "Risk analysis: a quantitative guide" (2008), for γ.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, ParameterArray
from ._beta_on_interval import BetaOnInterval
from ._by_law import AbstractByLaw
from ._distribution import parameter


@final
class PERT(AbstractByLaw):
    """Three guesses, the least, the likeliest and the most, as a smooth law; its mean is (l + 4m + h)/6 at γ = 4.

    Args:
        low: l, the lower end. Real.
        peak: m, the mode; from `low` to `high`.
        high: h, the upper end; above `low`.
        temperature: γ, how much the peak counts: uniform at 0, the larger the narrower. Positive.

    Shapes: low, peak, high, temperature broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, peak is not between them, temperature is not positive, or the shapes do
            not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.PERT(0.0, 1.0, 8.0).mean())
        2.0
    """

    low: ParameterArray = parameter(supports.real, moves_support=True)
    peak: ParameterArray = parameter(supports.real, within=supports.between("low", "high"))
    high: ParameterArray = parameter(supports.real, moves_support=True, within=supports.above("low"))
    temperature: ParameterArray = parameter(supports.positive, default=4.0)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    def _law(self) -> BetaOnInterval:
        ok = (self.low < self.high) & (self.low <= self.peak) & (self.peak <= self.high)
        width = jnp.where(ok, self.high - self.low, jnp.nan)
        rise, fall = (self.peak - self.low) / width, (self.high - self.peak) / width
        return BetaOnInterval(1 + self.temperature * rise, 1 + self.temperature * fall, self.low, self.high, width)

    # --- Moments ---
    def _mode(self) -> Array:
        return jnp.where(jnp.isnan(self._law().width), jnp.nan, self.peak)
