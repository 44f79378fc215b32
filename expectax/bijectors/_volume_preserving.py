"""Maps whose log-determinant is 0, and those of them that only move entries to other places."""

import abc

import jax.numpy as jnp

from .. import _errors, supports
from .._typing import Array
from ..supports import AbstractSupport
from ._bijector import AbstractBijector
from .block import product, without


class AbstractVolumePreserving(AbstractBijector):
    """A subclass writes the map and its inverse."""

    @abc.abstractmethod
    def _moved(self, x: Array) -> Array:
        """y."""

    @abc.abstractmethod
    def _moved_back(self, y: Array) -> Array:
        """x."""

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self._moved(x), jnp.zeros((), x.dtype)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return self._moved_back(y), jnp.zeros((), y.dtype)


class AbstractRearrangement(AbstractVolumePreserving):
    """A subclass tells the event ranks; arrays of lanes of one set are mapped to such arrays."""

    @property
    @abc.abstractmethod
    def _event_ranks(self) -> tuple[int, int]:
        """Event ranks of x and of y."""

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(supports.real, self._event_ranks[0])

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return product(supports.real, self._event_ranks[1])

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        return _rearranged(support, *self._event_ranks) or super()._image(support)

    def _preimage(self, support: AbstractSupport) -> AbstractSupport:
        return _rearranged(support, *self._event_ranks[::-1]) or super()._preimage(support)


def _rearranged(support: AbstractSupport, rank: int, new_rank: int) -> AbstractSupport | None:
    """The set of arrays of the same lanes at other places; None if lanes may differ."""
    lane = without(support, rank)
    if lane is None or lane.event_rank or any(jnp.ndim(end) for end in lane.bounds):
        return None
    return product(lane, new_rank)


def check_axis(bijector: AbstractBijector, axis: object) -> None:
    """Refuse an axis that is not counted from the last."""
    if isinstance(axis, bool) or not isinstance(axis, int) or axis >= 0:
        raise _errors.bad_parameter(bijector._label, "axis", repr(axis), "a negative integer")
