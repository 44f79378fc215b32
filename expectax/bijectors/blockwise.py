"""Bijectors of parts of a vector.

    y = (g_1(x_1), ..., g_k(x_k)),   log |det ∂y/∂x| = Σ_i log |det ∂g_i|

Accuracy   that of the parts.
"""

import itertools
from collections.abc import Sequence
from typing import final

import jax.numpy as jnp

from .. import _batching, _errors, supports
from .._module import static
from .._parameter import Parameter
from .._typing import Array, Shape
from ._bijector import AbstractBijector, check_event, forward_of, inverse_of
from .block import lifted


@final
class Blockwise(AbstractBijector):
    """Vectors cut into consecutive blocks, each mapped by its own bijector; what other libraries call Concatenate.

    Args:
        bijectors: g_1, ..., g_k, of numbers (which map each entry) or of vectors; the lengths may change.
        block_sizes: the lengths of x_1, ..., x_k.

    Shapes: event (sum of the sizes,); batches of the parts broadcast.

    Raises:
        ParameterError: no bijectors or of matrices, sizes that are not as many integers >= 0, batches that do not fit.

    Example:
        >>> import expectax as ex, numpy as np
        >>> parts = [ex.bijectors.Exp(), ex.bijectors.Flip()]
        >>> ex.bijectors.Blockwise(parts, (1, 2)).forward(np.array([0.0, 1.0, 2.0])).tolist()
        [1.0, 2.0, 1.0]
    """

    bijectors: Sequence[AbstractBijector]
    block_sizes: Sequence[int] = static()

    def __post_init__(self):
        parts, sizes = self.bijectors, self.block_sizes
        ranks = [max(b._event_ranks) if isinstance(b, AbstractBijector) else 2 for b in parts]
        if not parts or max(ranks) > 1:
            wanted = "a sequence of bijectors of numbers or vectors, not empty"
            raise _errors.bad_parameter(self._label, "bijectors", repr(parts)[:80], wanted)
        if len(sizes) != len(parts) or not all(type(n) is int and n >= 0 for n in sizes):
            raise _errors.bad_parameter(self._label, "block_sizes", repr(sizes), f"{len(parts)} integers >= 0")
        object.__setattr__(self, "bijectors", tuple(parts))
        object.__setattr__(self, "block_sizes", tuple(sizes))
        _batching.check_batches(self._label, self._parameters())

    @property
    def _parts(self) -> list[AbstractBijector]:
        return [lifted(part, 1 - part._event_ranks[0]) for part in self.bijectors]

    @property
    def _sizes_out(self) -> tuple[int, ...]:
        pairs = zip(self._parts, self.block_sizes, strict=True)
        return tuple(part._forward_shape((size,))[0] for part, size in pairs)

    def _parameters(self) -> list[Parameter]:
        return [p for part in self._parts for p in part._parameters()]

    @property
    def domain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Parts(tuple(part.domain for part in self._parts), tuple(self.block_sizes))

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Parts(tuple(part.codomain for part in self._parts), self._sizes_out)

    @property
    def _event_ranks(self) -> tuple[int, int]:
        return 1, 1

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return _joined([forward_of(part)(v) for part, v in zip(self._parts, _cut(x, self.block_sizes), strict=True)])

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return _joined([inverse_of(part)(v) for part, v in zip(self._parts, _cut(y, self._sizes_out), strict=True)])

    def _forward_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, shape == (sum(self.block_sizes),), f"({sum(self.block_sizes)},)")
        return (sum(self._sizes_out),)

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, shape == (sum(self._sizes_out),), f"({sum(self._sizes_out)},)")
        return (sum(self.block_sizes),)


def _cut(x: Array, sizes: Sequence[int]) -> list[Array]:
    return jnp.split(x, list(itertools.accumulate(sizes))[:-1])


def _joined(parts: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    log_det = parts[0][1]
    for _, more in parts[1:]:
        log_det = log_det + more
    return jnp.concatenate([value for value, _ in parts]), log_det
