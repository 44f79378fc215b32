"""Bijectors by functions of the user's, which may close over whatever they need: flows too."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from ...._typing import Array
from .._arguments import Static
from .._constructed import Constructed
from ._affine import Scale, Shift
from ._base import Bijector
from ._composition import Chain
from ._ours import bijection


class ByFunctions(Constructed, Bijector):
    """What these share: the functions are structure, and there is no bijector of ours behind."""

    @property
    def expectax_bijector(self) -> Any:
        """None: ours know their parameters."""
        return None

    @property
    def dtype(self) -> Any:
        """Not known."""
        return None

    @property
    def name(self) -> str:
        """The name given, or TFP's."""
        return self._arguments["name"] or self._behind()

    @property
    def is_constant_jacobian(self) -> bool:
        """As it was given."""
        return self._arguments["is_constant_jacobian"]


class ByParts(ByFunctions):
    """What Inline adds: TFP's methods, each a function."""

    @property
    def forward_min_event_ndims(self) -> Any:
        """Axes of one x."""
        given = self._arguments
        return given[
            "inverse_min_event_ndims" if given["forward_min_event_ndims"] is None else "forward_min_event_ndims"
        ]

    @property
    def inverse_min_event_ndims(self) -> Any:
        """Axes of one y."""
        given = self._arguments
        return given[
            "forward_min_event_ndims" if given["inverse_min_event_ndims"] is None else "inverse_min_event_ndims"
        ]

    def _call(self, which: str, instead: Callable, value: Any, **kwargs: Any) -> Any:
        function = self._arguments[f"{which}_fn"]
        return instead(value, **kwargs) if function is None else function(value, **kwargs)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self._call("forward", super()._forward, x, **kwargs)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self._call("inverse", super()._inverse, y, **kwargs)

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        if (
            self._arguments["forward_log_det_jacobian_fn"] is None
            and not self._arguments["inverse_log_det_jacobian_fn"]
        ):
            raise NotImplementedError(f"no log-determinant is given: {self.name}")
        return self._call("forward_log_det_jacobian", super()._forward_log_det_jacobian, x, **kwargs)

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return self._call("inverse_log_det_jacobian", super()._inverse_log_det_jacobian, y, **kwargs)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._call("forward_event_shape", super()._forward_event_shape, input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._call("inverse_event_shape", super()._inverse_event_shape, output_shape)


@bijection(ByParts)
def Inline(
    forward_fn: Static = None,
    inverse_fn: Static = None,
    inverse_log_det_jacobian_fn: Static = None,
    forward_log_det_jacobian_fn: Static = None,
    forward_event_shape_fn: Static = None,
    forward_event_shape_tensor_fn: Static = None,
    inverse_event_shape_fn: Static = None,
    inverse_event_shape_tensor_fn: Static = None,
    is_constant_jacobian: Static = False,
    is_increasing: Static = None,
    validate_args=False,
    forward_min_event_ndims: Static = None,
    inverse_min_event_ndims: Static = None,
    name="inline",
):
    """A map that functions describe."""
    if forward_min_event_ndims is None and inverse_min_event_ndims is None:
        raise ValueError("Must specify at least one of `forward_min_event_ndims` and `inverse_min_event_ndims`.")
    return name


def shift_and_scale(function: Callable) -> Callable:
    """From a function to (shift, log_scale), of which either may be None, to one to a bijector."""

    def to_bijector(*args: Any, **kwargs: Any) -> Bijector:
        shift, log_scale = function(*args, **kwargs)
        steps = [] if shift is None else [Shift(shift)]
        return Chain(steps + ([] if log_scale is None else [Scale(log_scale=log_scale)]))

    return to_bijector


class Conditional(ByFunctions):
    """What flows share: a function from what is known to the bijector of the rest."""

    @property
    def _to_bijector(self) -> Callable:
        given = self._arguments
        return given["bijector_fn"] or shift_and_scale(given["shift_and_log_scale_fn"])


class Autoregressive(Conditional):
    """What MaskedAutoregressiveFlow adds: the inverse in one pass, the map itself entry after entry."""

    @property
    def forward_min_event_ndims(self) -> int:
        """Axes of one x."""
        return int(self._arguments["event_ndims"])

    inverse_min_event_ndims = forward_min_event_ndims

    def _forward(self, x: Array, **kwargs: Any) -> Array:
        count = 1
        for size in x.shape[x.ndim - self.forward_min_event_ndims :]:
            count *= size
        return lax.fori_loop(0, count, lambda _, y: self._to_bijector(y, **kwargs).forward(x), jnp.zeros_like(x))

    def _inverse(self, y: Array, **kwargs: Any) -> Array:
        return self._to_bijector(y, **kwargs).inverse(y)

    def _inverse_log_det_jacobian(self, y: Array, **kwargs: Any) -> Array:
        return self._to_bijector(y, **kwargs).inverse_log_det_jacobian(y, event_ndims=self.inverse_min_event_ndims)


@bijection(Autoregressive)
def MaskedAutoregressiveFlow(
    shift_and_log_scale_fn: Static = None,
    bijector_fn: Static = None,
    is_constant_jacobian: Static = False,
    validate_args=False,
    unroll_loop: Static = False,
    event_ndims: Static = 1,
    name=None,
):
    """y of which each entry is x's entry moved as the entries of y before it decide."""
    _one_of(shift_and_log_scale_fn, bijector_fn)
    return "masked_autoregressive_flow"


class Coupled(Conditional):
    """What RealNVP adds: some entries stay, and decide how the others are moved."""

    @property
    def forward_min_event_ndims(self) -> int:
        """Axes of one x."""
        return 1

    inverse_min_event_ndims = forward_min_event_ndims

    def _split(self, value: Array) -> tuple[Array, Array, int]:
        """What stays, what moves, and at which end the first stands: 1 for the beginning."""
        given, size = self._arguments, value.shape[-1]
        fraction = given["fraction_masked"]
        count = round(size * fraction) if given["num_masked"] is None else int(given["num_masked"])
        if abs(count) >= size:
            raise ValueError(f"Number of masked units {count} must be smaller than the event size {size}.")
        head, tail = value[..., :count], value[..., count:]
        return (head, tail, 1) if count >= 0 else (tail, head, -1)

    def _moved(self, value: Array, direction: str, **kwargs: Any) -> Array:
        kept, rest, order = self._split(value)
        rest = getattr(self._to_bijector(kept, rest.shape[-1], **kwargs), direction)(rest)
        return jnp.concatenate([kept, rest][::order], axis=-1)

    def _forward(self, x: Array, **kwargs: Any) -> Array:
        return self._moved(x, "forward", **kwargs)

    def _inverse(self, y: Array, **kwargs: Any) -> Array:
        return self._moved(y, "inverse", **kwargs)

    def _forward_log_det_jacobian(self, x: Array, **kwargs: Any) -> Array:
        kept, rest, _ = self._split(x)
        return self._to_bijector(kept, rest.shape[-1], **kwargs).forward_log_det_jacobian(rest, event_ndims=1)


@bijection(Coupled)
def RealNVP(
    num_masked: Static = None,
    fraction_masked: Static = None,
    shift_and_log_scale_fn: Static = None,
    bijector_fn: Static = None,
    is_constant_jacobian: Static = False,
    validate_args=False,
    name=None,
):
    """The first entries of a vector stay and decide how the others are moved; with a negative number, the last stay."""
    if (num_masked is None) == (fraction_masked is None):
        raise ValueError("Exactly one of `num_masked` and `fraction_masked` should be specified.")
    if fraction_masked is not None and abs(fraction_masked) >= 1:
        raise ValueError(f"`fraction_masked` must be in (-1, 1), but is {fraction_masked}.")
    _one_of(shift_and_log_scale_fn, bijector_fn)
    return "real_nvp"


def _one_of(shift_and_log_scale_fn: Any, bijector_fn: Any) -> None:
    if (shift_and_log_scale_fn is None) == (bijector_fn is None):
        raise ValueError("Exactly one of `shift_and_log_scale_fn` and `bijector_fn` should be specified.")
