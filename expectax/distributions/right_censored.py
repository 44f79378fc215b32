"""Right-censored distribution: values above a limit are seen as the limit.

    x = min(z, h),  z ~ base;   P(x = h) = P(z >= h),   p(x) = p_base(x) below

Sampling   as above: pathwise where the base is, in h too. Where a cost jumps at h, or contains log_prob, which does, the
           score is taken instead; it is not valid for h, with which the support moves.
Accuracy   that of the base's log-density and upper tail.
Source     Klein, Moeschberger, "Survival analysis" (2003), section 3.2.
"""

import math
from typing import Any, final

from .._typing import ParameterArray
from ..supports import real
from ._censored import AbstractCensored
from ._distribution import AbstractDistribution, parameter


@final
class RightCensored(AbstractCensored):
    """A time that is followed up to a limit, which is read where the value would be later.

    Args:
        base: a distribution of reals or integers with a distribution function.
        high: h, the limit; same unit as x. Real.

    Shapes: the base's batch and high broadcast to the batch; event ().

    Raises:
        ParameterError: the base has no distribution function, or has integers without a least one.

    Example:
        >>> import expectax as ex
        >>> round(float(ex.RightCensored(ex.Exponential(1.0), 2.0).log_prob(2.0)), 4)
        -2.0
    """

    base: AbstractDistribution
    high: ParameterArray = parameter(real, moves_support=True)

    def _limits(self) -> tuple[Any, Any]:
        return -math.inf, self.high
