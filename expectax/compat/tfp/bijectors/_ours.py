"""Bijectors of ours by TFP's constructor arguments: what most classes are made of."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from .... import bijectors as ex
from ...._parameter import is_visible
from ....bijectors._volume_preserving import AbstractVolumePreserving
from .._constructed import Constructed, made
from .._shape import as_shape
from ._base import Bijector


class Ours(Constructed, Bijector):
    """A bijector of ours under TFP's methods."""

    @property
    def expectax_bijector(self) -> Any:
        """The same map as one of our own bijectors."""
        return self._behind()

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self.expectax_bijector.forward(self._checked("forward", x, "domain"))

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self.expectax_bijector.inverse(self._checked("inverse", y, "codomain"))

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        return self.expectax_bijector.forward_log_det(self._checked("forward_log_det_jacobian", x, "domain"))

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return self.expectax_bijector.inverse_log_det(self._checked("inverse_log_det_jacobian", y, "codomain"))

    def _checked(self, method: str, value: Any, side: str) -> Any:
        if not self.validate_args or not is_visible(value):
            return value
        support = getattr(self.expectax_bijector, side)
        if not np.all(support.contains(value)):
            raise ValueError(f"{self.name}.{method}: expected {support.description}, got {value!r:.80}")
        return value

    def _forward_event_shape(self, input_shape: Any) -> Any:
        shape, rank = as_shape(input_shape), self.forward_min_event_ndims
        return shape[: len(shape) - rank] + self.expectax_bijector.forward_event_shape(shape[len(shape) - rank :])

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        shape, rank = as_shape(output_shape), self.inverse_min_event_ndims
        return shape[: len(shape) - rank] + self.expectax_bijector.inverse_event_shape(shape[len(shape) - rank :])

    def _batch_shape(self) -> tuple[int, ...]:
        return self.expectax_bijector.batch_shape

    def _own_axes(self, name: str) -> int:
        """How many of the last axes of an argument belong to one map."""
        return self._ranks[name]

    @property
    def forward_min_event_ndims(self) -> int:
        """Axes of one x."""
        return self.expectax_bijector._event_ranks[0]

    @property
    def inverse_min_event_ndims(self) -> int:
        """Axes of one y."""
        return self.expectax_bijector._event_ranks[1]

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the log-determinant is the same everywhere."""
        return _constant(self.expectax_bijector)

    @property
    def dtype(self) -> Any:
        """The float type of the parameters; None without any."""
        arrays = [self._arguments[n] for n in self._ranks if self._arguments[n] is not None]
        return arrays[0].dtype.type if arrays else self._arguments.get("dtype")

    @property
    def name(self) -> str:
        """The name given, or TFP's."""
        return self._arguments.get("name") or type(self).__name__.lower()


class Unnamed(Ours):
    """One whose name is that of its class, capitals and all."""

    @property
    def name(self) -> str:
        """The name given, or the class's."""
        return self._arguments["name"] or type(self).__name__


_CONSTANT = (AbstractVolumePreserving, ex.DiagLinear, ex.Identity, ex.ScaleMatvecLU, ex.Shift, ex.TriangularLinear)


def _constant(ours: Any) -> bool:
    if isinstance(ours, ex.Chain):
        return all(map(_constant, ours.bijectors))
    return ours.affine or isinstance(ours, _CONSTANT)


def bijection(*bases: type) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: a function from TFP's arguments to one of our bijectors becomes a class of its name.

    Args:
        bases: classes whose methods it adds.
    """
    return lambda build: made(build, bases or (Ours,))


def default(value: Any, other: float) -> Any:
    """An argument, or what TFP's None stands for."""
    return other if value is None else value


def parts_of(value: Any) -> list[Any]:
    """The bijectors in an argument that holds them."""
    return jax.tree.leaves(value, is_leaf=is_bijector)


def is_bijector(value: Any) -> bool:
    """Whether a node of a pytree is a bijector."""
    return isinstance(value, Bijector)
