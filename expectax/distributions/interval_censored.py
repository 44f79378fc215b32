"""Distribution censored outside an interval: values beyond either end are seen as that end.

    x = min(max(z, l), h),  z ~ base;   P(x = l) = F(l),   P(x = h) = P(z >= h),   p(x) = p_base(x) between

Sampling   as above: pathwise where the base is, in l and h too. Where a cost jumps at an end, or contains log_prob, which
           does, the score is taken instead; it is not valid for l and h, with which the support moves.
Accuracy   that of the base's log-density and tails.
Source     Rosett, Nelson, "Estimation of the two-limit probit regression model" (1975).
"""

from typing import Any, final

from .._typing import ParameterArray
from ..supports import above, real
from ._censored import AbstractCensored
from ._distribution import AbstractDistribution, parameter


@final
class IntervalCensored(AbstractCensored):
    """A value that is seen exactly inside an interval only: a clipped action, a saturated sensor.

    What is only known to lie in an interval has for likelihood the difference of two values of the base's `cdf`.

    Args:
        base: a distribution of reals or integers with a distribution function.
        low: l, the lower end; same unit as x. Real.
        high: h, the upper end, above `low`; same unit as x. Real.

    Shapes: the base's batch, low and high broadcast to the batch; event ().

    Raises:
        ParameterError: high is not above low, the base has no distribution function, or has integers without a least
            one (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.IntervalCensored(ex.Normal(0.0, 1.0), -1.0, 1.0).prob(1.0)), 4)
        0.1587
    """

    base: AbstractDistribution
    low: ParameterArray = parameter(real, moves_support=True)
    high: ParameterArray = parameter(real, moves_support=True, within=above("low"))

    def _limits(self) -> tuple[Any, Any]:
        return self.low, self.high
