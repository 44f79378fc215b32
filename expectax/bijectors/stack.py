"""Bijectors side by side along a new axis.

    y_i = g_i(x_i),   log |det ∂y/∂x| = Σ_i log |det ∂g_i|

Accuracy   that of the parts.
"""

from collections.abc import Sequence
from typing import final

import jax.numpy as jnp

from .. import _batching, _errors, supports
from .._parameter import Parameter
from .._typing import Array, Shape
from ._bijector import AbstractBijector, check_event, forward_of, inverse_of
from .block import lifted, product


@final
class Stack(AbstractBijector):
    """Unlike bijectors, one for each index of the event's first axis.

    Args:
        bijectors: g_1, ..., g_k, not empty; of equal event ranks after those of fewer are lifted (`Block`).

    Shapes: event (k, *event of the parts), which must agree; batches of the parts broadcast.

    Raises:
        ParameterError: not such a sequence, or batches that do not fit.

    Example:
        >>> import expectax as ex, numpy as np
        >>> stack = ex.bijectors.Stack([ex.bijectors.Exp(), ex.bijectors.Scale(3.0)])
        >>> stack.forward(np.array([0.0, 2.0])).tolist()
        [1.0, 6.0]
    """

    bijectors: Sequence[AbstractBijector]

    def __post_init__(self):
        parts = self.bijectors
        whole = isinstance(parts, list | tuple) and parts and all(isinstance(b, AbstractBijector) for b in parts)
        if not whole or len({b._event_ranks[1] for b in self._lifted(tuple(parts))}) > 1:
            wanted = "a sequence of bijectors with equal event ranks, not empty"
            raise _errors.bad_parameter(self._label, "bijectors", repr(parts)[:80], wanted)
        object.__setattr__(self, "bijectors", tuple(parts))
        _batching.check_batches(self._label, self._parameters())

    def _lifted(self, parts: Sequence[AbstractBijector]) -> list[AbstractBijector]:
        rank = max(part._event_ranks[0] for part in parts)
        return [lifted(part, rank - part._event_ranks[0]) for part in parts]

    @property
    def _parts(self) -> list[AbstractBijector]:
        return self._lifted(self.bijectors)

    def _parameters(self) -> list[Parameter]:
        return [p for part in self._parts for p in part._parameters()]

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Parts(tuple(product(part.domain, 1) for part in self._parts), (1,) * len(self.bijectors))

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Parts(tuple(product(part.codomain, 1) for part in self._parts), (1,) * len(self.bijectors))

    @property
    def _event_ranks(self) -> tuple[int, int]:
        x_rank, y_rank = self._parts[0]._event_ranks
        return x_rank + 1, y_rank + 1

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return _stacked([forward_of(part)(x[i]) for i, part in enumerate(self._parts)])

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return _stacked([inverse_of(part)(y[i]) for i, part in enumerate(self._parts)])

    def _forward_shape(self, shape: Shape) -> Shape:
        return self._each(shape, [part._forward_shape for part in self._parts])

    def _inverse_shape(self, shape: Shape) -> Shape:
        return self._each(shape, [part._inverse_shape for part in self._parts])

    def _each(self, shape: Shape, fns: list) -> Shape:
        check_event(self, shape, shape[0] == len(fns), f"first axis {len(fns)}")
        shapes = {fn(shape[1:]) for fn in fns}
        check_event(self, shape, len(shapes) == 1, "one that all parts map to events of one shape")
        return (len(fns), *shapes.pop())


def _stacked(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    log_det = parts[0][1]
    for _, more in parts[1:]:
        log_det = log_det + more
    return jnp.stack([value for value, _ in parts]), log_det
