"""A bijector over several lanes as one event.

    y_k = g(x_k),   log |det ∂y/∂x| = Σ_k log |det ∂y_k/∂x_k|   over the last `event_ranks` axes in front of g's event

Accuracy   that of g; the sum to an ulp of the sum of its terms' sizes.
"""

import dataclasses
from typing import Any, final

from .. import _errors, supports
from .._module import static
from .._parameter import Parameter
from .._typing import Array, Shape
from ..supports import AbstractSupport
from ._bijector import AbstractBijector


@final
class Block(AbstractBijector):
    """Lanes that are mapped one by one, read as one event: what `Independent` is to distributions.

    Args:
        bijector: g.
        event_ranks: how many axes in front of g's event are event axes here. An integer >= 0.

    Shapes: batch: that of g without its last `event_ranks` axes; event: these axes, then g's event.

    Raises:
        ParameterError: event_ranks is not such an integer.

    Example:
        >>> import expectax as ex, numpy as np
        >>> y, log_det = ex.bijectors.Block(ex.bijectors.Exp(), 1).forward_and_log_det(np.ones(3))
        >>> float(log_det)
        3.0
    """

    bijector: AbstractBijector
    event_ranks: int = static()

    def __post_init__(self):
        rank = self.event_ranks
        if isinstance(rank, bool) or not isinstance(rank, int) or rank < 0:
            raise _errors.bad_parameter(self._label, "event_ranks", repr(rank), "an integer >= 0")

    # --- What the bijector decides ---
    @property
    def _label(self) -> str:
        return f"Block({self.bijector._label})"

    def _parameters(self) -> list[Parameter]:
        return [dataclasses.replace(p, rank=p.rank + self.event_ranks) for p in self.bijector._parameters()]

    @property
    def affine(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.bijector.affine

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(self.bijector.domain, self.event_ranks)

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(self.bijector.codomain, self.event_ranks)

    @property
    def _event_ranks(self) -> tuple[int, int]:
        x_rank, y_rank = self.bijector._event_ranks
        return x_rank + self.event_ranks, y_rank + self.event_ranks

    # --- The map ---
    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        y, log_det = self.bijector.forward_and_log_det(x)
        return y, log_det.sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x, log_det = self.bijector.inverse_and_log_det(y)
        return x, log_det.sum()

    def _increases(self) -> Any:
        return None if self.event_ranks else self.bijector._increases()

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        inner = without(support, self.event_ranks)
        return super()._image(support) if inner is None else product(self.bijector._image(inner), self.event_ranks)

    def _preimage(self, support: AbstractSupport) -> AbstractSupport:
        inner = without(support, self.event_ranks)
        return (
            super()._preimage(support) if inner is None else product(self.bijector._preimage(inner), self.event_ranks)
        )

    def _forward_shape(self, shape: Shape) -> Shape:
        return shape[: self.event_ranks] + self.bijector._forward_shape(shape[self.event_ranks :])

    def _inverse_shape(self, shape: Shape) -> Shape:
        return shape[: self.event_ranks] + self.bijector._inverse_shape(shape[self.event_ranks :])


def lifted(bijector: AbstractBijector, ranks: int) -> AbstractBijector:
    """The bijector over `ranks` more event axes."""
    return Block(bijector, ranks) if ranks else bijector


def product(support: AbstractSupport, ranks: int) -> AbstractSupport:
    """The set of arrays of lanes in a set."""
    if not ranks:
        return support
    if isinstance(support, supports.Product):
        return supports.Product(support.base, support.ranks + ranks)
    return supports.Product(support, ranks)


def without(support: AbstractSupport, ranks: int) -> AbstractSupport | None:
    """The set of which arrays of `ranks` axes of lanes are this set; None if it is not known to be such a product."""
    if not ranks:
        return support
    if isinstance(support, supports.PositiveVector):
        support = supports.Product(supports.positive, 1)
    if not isinstance(support, supports.Product) or support.ranks < ranks:
        return None
    return product(support.base, support.ranks - ranks)
