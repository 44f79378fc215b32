"""The contract of a bijector: two methods for one event; everything else is derived, vectorised once.

    y, log |det ∂y/∂x| = forward_and_log_det(x)          x, log |det ∂x/∂y| = inverse_and_log_det(y)

A map between sets of different dimension (the simplex, correlation matrices) has for log-determinant that of the change of
volume that the densities of those sets are of: see `codomain`. A half of a pair that is not used vanishes under `jit`.
"""

import abc
import dataclasses
import functools
from collections.abc import Callable
from typing import Any, ClassVar, dataclass_transform

import jax
import jax.numpy as jnp
import numpy as np

from .. import _batching, _errors, supports
from .._marks import named, register
from .._module import Module, static
from .._parameter import Parameter, hold_weights, leaf_parameters, parameter, validate, weights
from .._typing import Array, ArrayLike, Shape
from ..supports import AbstractSupport


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, static, parameter, weights))
class AbstractBijector(Module):
    """A smooth invertible map of one event, and a pytree of its parameters.

    A subclass declares parameters as a distribution does, `domain` and `codomain`, and the two methods for one event
    without batch axes; a map of numbers may as well be given arrays of equal rank.
    """

    domain: ClassVar[Any] = supports.real
    """Where x lives; its event rank is that of x."""
    codomain: ClassVar[Any] = supports.real
    """Where y lives."""
    affine: ClassVar[bool] = False
    """Whether y = A x + b, so that the log-determinant does not depend on x."""
    smoothness: ClassVar[int] = 0
    """Value and log-determinant are known to be continuous inside the domain with their first `smoothness - 1` derivatives, so
    that no jump is looked for in a gradient (1), or a Hessian (2), of an expectation."""
    alternatives: ClassVar[tuple[str, ...]] = ()
    """Parameters of which exactly one is given."""

    def __post_init__(self):
        hold_weights(self)
        validate(self)

    # --- What a bijector writes ---

    @abc.abstractmethod
    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        """y and log |det ∂y/∂x|."""

    @abc.abstractmethod
    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        """x and log |det ∂x/∂y|."""

    def _increases(self) -> Any:
        """For a map of numbers onto numbers: True, False, or an array of both where parameters decide; None if neither."""
        return None

    def _image(self, support: AbstractSupport) -> AbstractSupport:
        """The set that a subset of the domain is mapped to; a monotone map of numbers maps the ends of an interval."""
        return self._mapped(support, self.domain, self.codomain, self.forward)

    def _preimage(self, support: AbstractSupport) -> AbstractSupport:
        """The set that is mapped to a subset of the codomain."""
        return self._mapped(support, self.codomain, self.domain, self.inverse)

    def _mapped(self, support: AbstractSupport, whole: Any, onto: Any, move: Callable) -> AbstractSupport:
        if support == whole or support.whole_space:
            return onto
        increases = self._increases()
        if increases is None or support.event_rank or support.discrete:
            raise _errors.no_image(self._label, support.description)
        low, high = (move(float(end) if isinstance(end, int) else end) for end in support.bounds)
        closed = getattr(support, "closed", False)
        return supports.Interval(jnp.where(increases, low, high), jnp.where(increases, high, low), closed=closed)

    def _forward_shape(self, shape: Shape) -> Shape:
        """Event shape of y, given that of x, which is refused (`check_event`) if it does not fit."""
        return shape

    def _inverse_shape(self, shape: Shape) -> Shape:
        """Event shape of x, given that of y, which is refused likewise."""
        return shape

    @property
    def _event_ranks(self) -> tuple[int, int]:
        """Event ranks of x and of y; given apart by a bijector whose sets cost more to find."""
        return self.domain.event_rank, self.codomain.event_rank

    # --- The map ---

    def forward(self, x: ArrayLike) -> Array:
        """y = g(x).

        Shapes: x (*lanes, *event), lanes broadcast against the batch of parameters.
        """
        return self.forward_and_log_det(x)[0]

    def inverse(self, y: ArrayLike) -> Array:
        """x with g(x) = y."""
        return self.inverse_and_log_det(y)[0]

    def forward_log_det(self, x: ArrayLike) -> Array:
        """log |det ∂y/∂x|, one number an event."""
        return self.forward_and_log_det(x)[1]

    def inverse_log_det(self, y: ArrayLike) -> Array:
        """log |det ∂x/∂y|, one number an event."""
        return self.inverse_and_log_det(y)[1]

    def forward_and_log_det(self, x: ArrayLike) -> tuple[Array, Array]:
        """(y, log |det ∂y/∂x|)."""
        return _lift(self, "_forward_and_log_det", x, self._event_ranks)

    def inverse_and_log_det(self, y: ArrayLike) -> tuple[Array, Array]:
        """(x, log |det ∂x/∂y|)."""
        of_x, of_y = self._event_ranks
        return _lift(self, "_inverse_and_log_det", y, (of_y, of_x))

    def __call__(self, x: ArrayLike) -> Array:
        return self.forward(x)

    # --- Shapes ---

    @property
    def _label(self) -> str:
        return type(self).__name__

    def _parameters(self) -> list[Parameter]:
        """One record a leaf, in the order of the pytree's leaves."""
        return leaf_parameters(self)

    @property
    def batch_shape(self) -> Shape:
        """The parameters' leading axes, broadcast."""
        return _batching.batch_shape(self._parameters())

    def forward_event_shape(self, shape: Shape) -> Shape:
        """Event shape of y, given that of x."""
        return self._forward_shape(tuple(shape))

    def inverse_event_shape(self, shape: Shape) -> Shape:
        """Event shape of x, given that of y."""
        return self._inverse_shape(tuple(shape))


def forward_of(part: AbstractBijector) -> Callable[[Array], tuple[Array, Array]]:
    """A part of another map, of one event: seen in a traced program if no jump is to be looked for in it."""
    return part.forward_and_log_det if part.smoothness else part._forward_and_log_det


def inverse_of(part: AbstractBijector) -> Callable[[Array], tuple[Array, Array]]:
    """Likewise."""
    return part.inverse_and_log_det if part.smoothness else part._inverse_and_log_det


def check_event(bijector: AbstractBijector, shape: Shape, fits: bool, wanted: str) -> None:
    """Refuse an event shape that does not fit."""
    if not fits:
        raise _errors.bad_bijector_event(bijector._label, tuple(shape), wanted)


def _lift(
    bijector: AbstractBijector, method: str, value: ArrayLike, event_ranks: tuple[int, int]
) -> tuple[Array, Array]:
    """The method, written for one event, over all batch axes of the parameters and of the value."""
    return _lifted(jax.tree.structure(bijector), method, event_ranks)(jax.tree.leaves(bijector), jnp.asarray(value))


@functools.cache
def _lifted(structure: Any, method: str, event_ranks: tuple[int, int]) -> Callable:
    """Compiled once a structure; inside a traced program a call by name."""

    def call(leaves: list, value: Array) -> tuple[Array, Array]:
        bijector = structure.unflatten(leaves)
        parameters = bijector._parameters()
        dtype = _batching.float_dtype([*leaves, value])
        operands = [jnp.asarray(v).astype(_batching.working(dtype)) for v in (*leaves, value)]
        ranks = [*(p.rank for p in parameters), event_ranks[0]]
        lanes = _lanes(bijector, method, operands, ranks)
        shape_of = bijector._forward_shape if method == "_forward_and_log_det" else bijector._inverse_shape
        shape_of(value.shape[value.ndim - event_ranks[0] :])  # raises if they do not fit

        def apply(*flat: Array) -> tuple[Array, Array]:
            return getattr(structure.unflatten(flat[:-1]), method)(flat[-1])

        wide = [_batching.with_batch_rank(v, len(lanes), r) for v, r in zip(operands, ranks, strict=True)]
        if any((*ranks, *event_ranks)):
            out, log_det = _batching.nested_vmap(apply, wide, ranks, lanes)
        else:
            out, log_det = (jnp.broadcast_to(v, lanes) for v in apply(*wide))
        return out.astype(dtype), jnp.broadcast_to(log_det, lanes).astype(dtype)

    smoothness = structure.unflatten([np.float32(1)] * structure.num_leaves).smoothness
    return named(call, "continuous", register(smoothness)) if smoothness else jax.jit(call)


def _lanes(bijector: AbstractBijector, method: str, operands: list[Array], ranks: list[int]) -> Shape:
    value, rank = operands[-1], ranks[-1]
    try:
        if value.ndim < rank:
            raise ValueError
        return np.broadcast_shapes(*(_batching.batch_of(v.shape, r) for v, r in zip(operands, ranks, strict=True)))
    except ValueError:
        name = method.removeprefix("_").removesuffix("_and_log_det")
        raise _errors.bad_bijector_value(bijector._label, name, value.shape, rank, bijector.batch_shape) from None
