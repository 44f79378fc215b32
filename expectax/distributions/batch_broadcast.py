"""Broadcast distribution: the same law in every lane of a larger batch.

Everything is the base's, with parameters broadcast to the batch; draws of different lanes are independent.
"""

from typing import Any, final

import jax
import numpy as np

from .. import _errors
from .._typing import Array, Key, Shape
from . import _shapes
from ._distribution import AbstractDistribution
from ._wrapper import AbstractWrapper, require


@final
class BatchBroadcast(AbstractWrapper):
    """A distribution with a larger batch; its parameters are views that take no memory under `jit`.

    Args:
        base: any distribution with parameters.
        shape: a shape with which its batch is broadcast.

    Shapes: batch: the base's, broadcast with `shape`; event: the base's.

    Raises:
        ShapeError: shape is not a tuple of integers >= 0.
        ParameterError: the base has no parameters, or its batch does not broadcast with `shape`.

    Example:
        >>> import expectax as ex
        >>> ex.BatchBroadcast(ex.Normal(0.0, 1.0), (2, 3)).batch_shape
        (2, 3)
    """

    base: AbstractDistribution

    def __init__(self, base: AbstractDistribution, shape: Shape = ()):
        shape = _shapes.check_sample_shape(shape)
        object.__setattr__(self, "base", base)
        super().__post_init__()
        require(bool(jax.tree.leaves(base)), "BatchBroadcast", "a distribution with parameters", base)
        try:
            lanes = np.broadcast_shapes(base.batch_shape, shape)
        except ValueError:
            described = f"base: batch {base.batch_shape}; shape {shape}"
            raise _errors.incompatible_shapes("BatchBroadcast", described) from None
        if lanes != base.batch_shape:
            object.__setattr__(self, "base", _shapes.broadcast_leaves(base, lanes))

    @property
    def atomic(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.atomic

    def _has(self, method: str) -> bool:
        return self.base._has(method)

    # --- All as the base ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.base._sample(key, shape)

    def sample_and_log_prob(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """A draw and the log-density at it. The site is that of the base."""
        return self.base.sample_and_log_prob(key, shape, gradient=gradient, name=name)

    def _batched_log_prob(self, value: Array) -> Array:
        return self.base._batched_log_prob(value)

    def _log_prob(self, x: Array) -> Array:
        return self.base._log_prob(x)

    def _batched(self, method: str, *values: Array) -> Array:
        return self.base._batched(method, *values)

    def _support_values(self) -> Array:
        return self.base._support_values()
