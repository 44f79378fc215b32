"""A bijector whose inverse is found by a root finder.

    x:  g(x) = y,   log |det ∂x/∂y| = -log |det ∂y/∂x| at that x

For a map of which only the forward direction is known, or whose inverse cannot be trusted. The derivative is that of the
implicit function.

Accuracy   forward: that of g; the inverse is found to the rounding of g, so that its error grows with 1/slope.
"""

from typing import Any, final

from .. import _errors
from .._typing import Array
from ._bijector import AbstractBijector
from ._monotone import invert_monotone, invert_triangular


@final
class NumericalInverse(AbstractBijector):
    """The same map with another way back, which does not use `_inverse_and_log_det` of the bijector.

    Args:
        bijector: g: of numbers, rising or falling, or of vectors (all of R^n onto itself) with a lower triangular Jacobian
            of positive diagonal, as an autoregressive map has.

    Raises:
        ParameterError: g is neither.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.NumericalInverse(ex.bijectors.Scale(4.0)).inverse(2.0))
        0.5
    """

    bijector: AbstractBijector

    def __post_init__(self):
        super().__post_init__()
        domain, codomain = self.bijector.domain, self.bijector.codomain
        numbers = domain.event_rank == codomain.event_rank == 0 and self.bijector._increases() is not None
        vectors = domain.event_rank == codomain.event_rank == 1 and domain.whole_space and codomain.whole_space
        if not numbers and not vectors:
            wanted = "a monotone map of numbers or an autoregressive map of vectors"
            raise _errors.bad_parameter(self._label, "bijector", self.bijector._label, wanted)

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.bijector.domain

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.bijector.codomain

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.bijector._forward_and_log_det(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        def forward(x: Array) -> Array:
            return self.bijector._forward_and_log_det(x)[0]

        if self.domain.event_rank:
            x = invert_triangular(forward, y)
        else:
            x = invert_monotone(forward, y, self._increases(), self.domain)
        return x, -self.bijector._forward_and_log_det(x)[1]

    def _increases(self) -> Any:
        return self.bijector._increases()

    def _forward_shape(self, shape):
        return self.bijector._forward_shape(shape)

    def _inverse_shape(self, shape):
        return self.bijector._inverse_shape(shape)
