"""A map of the reals onto the support of a distribution."""

import math
from typing import Any

from .... import bijectors as ex
from .... import supports
from ...._errors import UnsupportedProgramError
from .._arguments import Parts
from ._affine import Shift
from ._base import Bijector
from ._composition import Chain
from ._numbers import Identity, Sigmoid, Softplus
from ._ours import bijection
from ._vectors import Ascending, SoftmaxCentered


@bijection()
def OntoSupport(bijector: Parts, validate_args=False, name=None):
    """A bijector of ours that is none of TFP's classes."""
    return bijector


def of_support(support: Any) -> Bijector | None:
    """A map of the reals onto a support; None for a discrete one.

    Raises:
        NotImplementedError: there is none.
    """
    if support.discrete:
        return None
    if isinstance(support, supports.Product):
        return of_support(support.base)
    if isinstance(support, supports.Circle):
        return Sigmoid(support.centre - math.pi, support.centre + math.pi)
    if isinstance(support, supports.Real | supports.RealVector | supports.RealMatrix):
        return Identity()
    if isinstance(support, supports.HalfLine | supports.PositiveVector):
        return Softplus()
    if isinstance(support, supports.Interval):
        unbounded = isinstance(support.high, float) and math.isinf(support.high)
        return Chain([Shift(support.low), Softplus()]) if unbounded else Sigmoid(support.low, support.high)
    if isinstance(support, supports.Simplex):
        return SoftmaxCentered()
    if isinstance(support, supports.IncreasingVector):
        return Ascending()
    try:
        return OntoSupport(ex.of_support(support))
    except UnsupportedProgramError:
        raise NotImplementedError(f"no bijector onto {support.description}") from None
