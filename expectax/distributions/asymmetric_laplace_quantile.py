"""Asymmetric Laplace distribution, by the quantile at its mode.

    p(x; μ, σ, q) = q (1 - q)/σ · exp(-|x - μ|/s),   s = σ/(1 - q) below μ and s = σ/q above,   x ∈ ℝ

Sampling   x = F⁻¹(U) in closed form, with U and 1 - U precise in both tails: pathwise in μ, σ and q.
Accuracy   all methods to a few ulp of max(1, |result|), for any q, both tails in log space.
Source     Yu, Moyeed, "Bayesian quantile regression" (2001).
"""

from typing import final

from .. import supports
from .._typing import ParameterArray
from ..numerics import divide
from ._by_law import AbstractByLaw
from ._distribution import parameter
from ._two_exponentials import TwoExponentials


@final
class AsymmetricLaplaceQuantile(AbstractByLaw):
    """The law behind quantile regression: its mode is its quantile of order q.

    Args:
        loc: μ, the mode and quantile of order q; same unit as x. Real.
        scale: σ, in which the check loss is measured; same unit as x. Positive.
        quantile_level: q, the mass below μ. In (0, 1).

    Shapes: loc, scale, quantile_level broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, quantile_level not in (0, 1), or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.AsymmetricLaplaceQuantile(0.0, 1.0, 0.9).cdf(0.0)), 4)
        0.9
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    quantile_level: ParameterArray = parameter(supports.open_unit_interval)

    support = supports.real
    pathwise = True

    def _law(self) -> TwoExponentials:
        left, right = divide(self.scale, 1 - self.quantile_level), divide(self.scale, self.quantile_level)
        return TwoExponentials(self.loc, left, right)
