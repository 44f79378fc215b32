"""Rounded distribution: a law with a density, of which the nearest integers are seen.

    P(k) = P(k - ½ < z <= k + ½),  z ~ base

Sampling   the integer nearest to z. No path: the score is the gradient in the base's parameters.
Accuracy   log_prob to the rounding of the base's log-tails, in both of them; of narrow cells the density is integrated.
Source     Heitjan, "Inference from grouped continuous data: a review" (1989).
"""

from typing import final

from ._cells import AbstractCells
from ._distribution import AbstractDistribution


@final
class Rounded(AbstractCells):
    """A number that is recorded to the next integer; other units by the base's scale.

    Args:
        base: a distribution of reals with a distribution function.

    Shapes: the base's batch; event ().

    Raises:
        ParameterError: the base is discrete or has no distribution function.

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Rounded(ex.Normal(0.0, 1.0)).prob(0.0)), 4)
        0.3829
    """

    base: AbstractDistribution

    back = 0.5
