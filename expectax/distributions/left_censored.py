"""Left-censored distribution: values below a limit are seen as the limit.

    x = max(z, l),  z ~ base;   P(x = l) = F(l),   p(x) = p_base(x) above

Sampling   as above: pathwise where the base is, in l too. Where a cost jumps at l, or contains log_prob, which does, the
           score is taken instead; it is not valid for l, with which the support moves.
Accuracy   that of the base's log-density and lower tail.
Source     Tobin, "Estimation of relationships for limited dependent variables" (1958).
"""

import math
from typing import Any, final

from .._typing import ParameterArray
from ..supports import real
from ._censored import AbstractCensored
from ._distribution import AbstractDistribution, parameter


@final
class LeftCensored(AbstractCensored):
    """A measurement that cannot fall below a limit, which is read where the value would.

    Args:
        base: a distribution of reals or integers with a distribution function.
        low: l, the limit; same unit as x. Real.

    Shapes: the base's batch and low broadcast to the batch; event ().

    Raises:
        ParameterError: the base has no distribution function, or has integers without a least one.

    Example:
        >>> import expectax as ex
        >>> round(float(ex.LeftCensored(ex.Normal(0.0, 1.0), 0.0).prob(0.0)), 4)
        0.5
    """

    base: AbstractDistribution
    low: ParameterArray = parameter(real, moves_support=True)

    def _limits(self) -> tuple[Any, Any]:
        return self.low, math.inf
