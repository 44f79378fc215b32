"""`tfp.bijectors`: the maps from the reals onto the supports of our distributions, with TFP's methods."""

import abc
import math
from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from ... import supports
from ..._module import Module
from ..._typing import Array
from ...numerics import softplus_inverse
from .distributions._shape import TensorShape, as_shape

__all__ = ["Bijector", "Chain", "Exp", "Identity", "Invert", "Shift", "Sigmoid", "SoftmaxCentered", "Softplus"]


class Bijector(Module):
    """A smooth invertible map, a pytree of its parameters."""

    forward_min_event_ndims: ClassVar[int] = 0
    """Axes of one argument."""

    @abc.abstractmethod
    def forward(self, x: Any) -> Array:
        """y = g(x)."""

    @abc.abstractmethod
    def inverse(self, y: Any) -> Array:
        """x with g(x) = y."""

    @abc.abstractmethod
    def _log_det(self, x: Array) -> Array:
        """log |dg/dx| of one argument, batched."""

    def forward_log_det_jacobian(self, x: Any, event_ndims: int | None = None) -> Array:
        """log |dg/dx|, summed over the last `event_ndims` axes: at least, and by default, those of one argument."""
        x, least = jnp.asarray(x), self.forward_min_event_ndims
        extra = (least if event_ndims is None else int(event_ndims)) - least
        if extra < 0:
            raise ValueError(f"`event_ndims` ({event_ndims}) must be at least {least}.")
        return self._log_det(x).sum(tuple(range(-extra, 0)))

    def inverse_log_det_jacobian(self, y: Any, event_ndims: int | None = None) -> Array:
        """log |dx/dy| at y."""
        return -self.forward_log_det_jacobian(self.inverse(y), event_ndims)

    def forward_event_shape(self, input_shape: Any) -> TensorShape:
        """Shape of g(x)."""
        return TensorShape(jax.eval_shape(self.forward, _like(input_shape)).shape)

    def inverse_event_shape(self, output_shape: Any) -> TensorShape:
        """Shape of the x of a y."""
        return TensorShape(jax.eval_shape(self.inverse, _like(output_shape)).shape)

    def __call__(self, x: Any) -> Array:
        return self.forward(x)


def _like(shape: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(as_shape(shape), jnp.float32)


class Identity(Bijector):
    """y = x."""

    def forward(self, x):
        return jnp.asarray(x)

    def inverse(self, y):
        return jnp.asarray(y)

    def _log_det(self, x):
        return jnp.zeros_like(x)


class Exp(Bijector):
    """y = exp(x), onto the positive numbers."""

    def forward(self, x):
        return jnp.exp(x)

    def inverse(self, y):
        return jnp.log(y)

    def _log_det(self, x):
        return x


class Softplus(Bijector):
    """y = log(1 + exp(x)), onto the positive numbers."""

    def forward(self, x):
        return jax.nn.softplus(jnp.asarray(x))

    def inverse(self, y):
        return softplus_inverse(jnp.asarray(y))

    def _log_det(self, x):
        return -jax.nn.softplus(-x)


class Shift(Bijector):
    """y = x + shift."""

    shift: Any

    def forward(self, x):
        return x + self.shift

    def inverse(self, y):
        return y - self.shift

    def _log_det(self, x):
        return jnp.zeros_like(x + self.shift)


class Sigmoid(Bijector):
    """y = low + (high - low) / (1 + exp(-x)), onto the interval between `low` and `high`."""

    low: Any = 0.0
    high: Any = 1.0

    def forward(self, x):
        return self.low + (self.high - self.low) * jax.nn.sigmoid(jnp.asarray(x))

    def inverse(self, y):
        return jnp.log(y - self.low) - jnp.log(self.high - y)

    def _log_det(self, x):
        return jnp.log(self.high - self.low) - jax.nn.softplus(x) - jax.nn.softplus(-x)


class SoftmaxCentered(Bijector):
    """y = softmax of x with a 0 appended: n - 1 reals onto n probabilities."""

    forward_min_event_ndims = 1

    def forward(self, x):
        return jax.nn.softmax(_with_zero(jnp.asarray(x)), axis=-1)

    def inverse(self, y):
        logs = jnp.log(y)
        return logs[..., :-1] - logs[..., -1:]

    def _log_det(self, x):
        return jax.nn.log_softmax(_with_zero(x), axis=-1).sum(-1) + 0.5 * math.log(x.shape[-1] + 1)


def _with_zero(x: Array) -> Array:
    return jnp.concatenate([x, jnp.zeros_like(x[..., :1])], axis=-1)


class Chain(Bijector):
    """The last map first: Chain([f, g])(x) = f(g(x)); all of numbers, or one of vectors."""

    bijectors: Sequence[Bijector]

    @property
    def forward_min_event_ndims(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return max((b.forward_min_event_ndims for b in self.bijectors), default=0)

    def forward(self, x):
        for b in reversed(self.bijectors):
            x = b.forward(x)
        return x

    def inverse(self, y):
        for b in self.bijectors:
            y = b.inverse(y)
        return y

    def _log_det(self, x):
        total, axes = jnp.zeros(()), self.forward_min_event_ndims
        for b in reversed(self.bijectors):
            total = total + b.forward_log_det_jacobian(x, axes)
            x = b.forward(x)
        return total


class Invert(Bijector):
    """The inverse of a map of numbers."""

    bijector: Bijector

    def forward(self, x):
        return self.bijector.inverse(x)

    def inverse(self, y):
        return self.bijector.forward(y)

    def _log_det(self, x):
        return self.bijector.inverse_log_det_jacobian(x)


def of_support(support: Any) -> Bijector | None:
    """A map of the reals onto a support; None for a discrete one.

    Raises:
        NotImplementedError: there is none here yet.
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
    raise NotImplementedError(f"no bijector onto {support.description}")
