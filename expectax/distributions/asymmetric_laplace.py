"""Asymmetric Laplace distribution.

    p(x; μ, σ, κ) = exp(-|x - μ|/s) / (l + r),   s = l = σκ below μ and s = r = σ/κ above,   x ∈ ℝ

Sampling   x = F⁻¹(U) in closed form, with U and 1 - U precise in both tails: pathwise in μ, σ and κ.
Accuracy   all methods to a few ulp of max(1, |result|), for any asymmetry, both tails in log space.
Source     Kotz, Kozubowski, Podgórski, "The Laplace distribution and generalizations" (2001), section 3.1.
"""

from typing import final

from .. import supports
from .._typing import ParameterArray
from ..numerics import divide
from ._by_law import AbstractByLaw
from ._distribution import parameter
from ._two_exponentials import TwoExponentials


@final
class AsymmetricLaplace(AbstractByLaw):
    """Two exponential tails of different length: errors that cost more on one side.

    Args:
        loc: μ, the mode; same unit as x. Real.
        scale: σ, the geometric mean of the tails' lengths σκ (below) and σ/κ (above); same unit as x. Positive.
        asymmetry: κ; above 1 the lower tail is the longer. Positive.

    Shapes: loc, scale, asymmetry broadcast to the batch; event ().

    Raises:
        ParameterError: scale or asymmetry is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.AsymmetricLaplace(0.0, 1.0, 2.0).cdf(0.0)), 4)
        0.8
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    asymmetry: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True

    def _law(self) -> TwoExponentials:
        return TwoExponentials(self.loc, self.scale * self.asymmetry, divide(self.scale, self.asymmetry))
