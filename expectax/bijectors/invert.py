"""The inverse of a bijector.

y = g⁻¹(x),   log |det ∂y/∂x| = -log |det ∂x/∂y|
"""

from typing import Any, final

from .._typing import Array, Shape
from ..supports import AbstractSupport
from ._bijector import AbstractBijector, forward_of, inverse_of


@final
class Invert(AbstractBijector):
    """A bijector with its directions exchanged.

    Args:
        bijector: g.

    Example:
        >>> import expectax as ex
        >>> float(ex.bijectors.Invert(ex.bijectors.Exp()).forward(1.0))
        0.0
    """

    bijector: AbstractBijector

    @property
    def affine(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.bijector.affine

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.bijector.codomain

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.bijector.domain

    @property
    def _event_ranks(self) -> tuple[int, int]:
        of_x, of_y = self.bijector._event_ranks
        return of_y, of_x

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return inverse_of(self.bijector)(x)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return forward_of(self.bijector)(y)

    def _increases(self) -> Any:
        return self.bijector._increases()

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        return self.bijector._preimage(support)

    def _preimage(self, support: AbstractSupport) -> AbstractSupport:
        return self.bijector._image(support)

    def _forward_shape(self, shape: Shape) -> Shape:
        return self.bijector._inverse_shape(shape)

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self.bijector._forward_shape(shape)
