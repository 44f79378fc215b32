"""What `Chain` and `Compose` share: parts one after another, each lifted to the event rank of its neighbours.

y = g_k(... g_1(x)),   log |det ∂y/∂x| = Σ_i log |det ∂g_i|
"""

import abc
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax.numpy as jnp

from .. import _batching, _errors, supports
from .._parameter import Parameter
from .._typing import Array, Shape
from ..supports import AbstractSupport
from ._bijector import AbstractBijector, forward_of, inverse_of
from .block import lifted, without
from .invert import Invert


class AbstractComposition(AbstractBijector):
    """Several bijectors as one. A subclass tells their order."""

    bijectors: Sequence[AbstractBijector]

    def __post_init__(self):
        parts = self.bijectors
        if not isinstance(parts, list | tuple) or not parts or not all(isinstance(b, AbstractBijector) for b in parts):
            raise _errors.bad_parameter(
                self._label, "bijectors", repr(parts)[:80], "a sequence of bijectors, not empty"
            )
        object.__setattr__(self, "bijectors", tuple(parts))
        _batching.check_batches(self._label, self._parameters())

    @property
    @abc.abstractmethod
    def _order(self) -> slice:
        """How `bijectors` is read so that the first comes first."""

    @property
    def _parts(self) -> tuple[AbstractBijector, ...]:
        """First to last, each over the lanes that its neighbours' events need."""
        parts = self.bijectors[self._order]
        shifts, shift = [], 0
        for before, part in zip((parts[0], *parts), parts, strict=False):
            shift += before._event_ranks[1] - part._event_ranks[0] if shifts else 0
            shifts.append(shift)
        return tuple(lifted(part, shift - min(shifts)) for part, shift in zip(parts, shifts, strict=True))

    def _parameters(self) -> list[Parameter]:
        return [p for part in self._parts[self._order] for p in part._parameters()]  # in the order of the leaves

    # --- Sets ---
    @property
    def affine(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return all(part.affine for part in self._parts)

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return _followed([Invert(part) for part in reversed(self._parts)])

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return _followed(self._parts)

    @property
    def _event_ranks(self) -> tuple[int, int]:
        parts = self._parts
        return parts[0]._event_ranks[0], parts[-1]._event_ranks[1]

    def _increases(self) -> Any:
        turns = [part._increases() for part in self._parts]
        if any(turn is None for turn in turns):
            return None
        return functools.reduce(lambda one, other: one == other, turns)

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        if support == self.domain or support.whole_space:
            return self.codomain
        for part in self._parts:
            support = part._image(_common(support, part.domain))
        return support

    def _preimage(self, support: AbstractSupport) -> AbstractSupport:
        if support == self.codomain or support.whole_space:
            return self.domain
        for part in reversed(self._parts):
            support = part._preimage(_common(support, part.codomain))
        return support

    # --- The map ---
    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return _run(x, map(forward_of, self._parts))

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return _run(y, map(inverse_of, reversed(self._parts)))

    def _forward_shape(self, shape: Shape) -> Shape:
        for part in self._parts:
            shape = part._forward_shape(shape)
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        for part in reversed(self._parts):
            shape = part._inverse_shape(shape)
        return shape


def _run(value: Array, steps: Iterator[Callable[[Array], tuple[Array, Array]]]) -> tuple[Array, Array]:
    value, total = next(steps)(value)
    for step in steps:
        value, log_det = step(value)
        total = total + log_det
    return value, total


def _followed(parts: Sequence[AbstractBijector]) -> AbstractSupport:
    """Where the parts map the first one's domain to; from a part on that tells no image, its codomain."""
    found = parts[0].codomain
    for part in parts[1:]:
        try:
            found = part._image(_common(found, part.domain))
        except _errors.UnsupportedProgramError:
            found = part.codomain
    return found


def _common(one: AbstractSupport, other: AbstractSupport) -> AbstractSupport:
    """The elements of both sets: of intervals and products of them, else those of the first."""
    if one == other or other.whole_space:
        return one
    if one.whole_space:
        return other
    rank = one.event_rank
    inner, outer = without(one, rank), without(other, rank)
    if inner is None or outer is None or inner.event_rank or outer.event_rank or inner.discrete or outer.discrete:
        return one
    (low, high), (least, most) = inner.bounds, outer.bounds
    if all(isinstance(end, int | float) for end in (low, high, least, most)):
        if least <= low and high <= most:
            return one
        ends = (max(low, least), min(high, most))
    else:
        ends = (jnp.maximum(low, least), jnp.minimum(high, most))
    closed = getattr(inner, "closed", False) and getattr(outer, "closed", False)
    both = supports.Interval(*ends, closed=closed)
    return supports.Product(both, rank) if rank else both
