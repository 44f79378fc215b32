"""The one base class: TFP's methods over a map and its log-determinant, which subclasses write for the least event ranks.

A class of the user's own writes `_forward`, `_inverse` and one of the two log-determinants, as for TFP.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...._typing import Array
from .._arguments import Part
from .._shape import TensorShape, as_shape


class Bijector(Part):
    """A smooth invertible map with TFP's interface.

    Raises:
        ValueError: `event_ndims` below the least; with `validate_args=True`, values outside the sets that are mapped.
        NotImplementedError: a direction that the class does not have.
    """

    def __init__(
        self,
        graph_parents: Any = None,
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        dtype: Any = None,
        forward_min_event_ndims: Any = None,
        inverse_min_event_ndims: Any = None,
        experimental_use_kahan_sum: bool = False,
        parameters: dict[str, Any] | None = None,
        name: str | None = None,
    ):
        if forward_min_event_ndims is None and inverse_min_event_ndims is None:
            raise ValueError("Must specify at least one of `forward_min_event_ndims` and `inverse_min_event_ndims`.")
        ends = (forward_min_event_ndims, inverse_min_event_ndims)
        self._own_ndims = (ends[1] if ends[0] is None else ends[0], ends[0] if ends[1] is None else ends[1])
        self._own = {"is_constant_jacobian": is_constant_jacobian, "validate_args": validate_args, "dtype": dtype}
        self._own |= {"name": name or type(self).__name__.lower(), "parameters": parameters or {}}

    # --- What a class writes ---

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"forward is not implemented: {self.name}")

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"inverse is not implemented: {self.name}")

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Any:
        if type(self)._inverse_log_det_jacobian is Bijector._inverse_log_det_jacobian:
            raise NotImplementedError(f"no log-determinant is implemented: {self.name}")
        return -jnp.asarray(self._inverse_log_det_jacobian(self._forward(x, **kwargs), **kwargs))

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Any:
        return -jnp.asarray(self._forward_log_det_jacobian(self._inverse(y, **kwargs), **kwargs))

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return input_shape

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return output_shape

    def _batch_shape(self) -> tuple[int, ...]:
        """That of the parameters, for events of the least rank."""
        return ()

    @property
    def expectax_bijector(self) -> Any:
        """The same map as one of our own bijectors; None if there is none."""
        return None

    # --- What was given ---

    @property
    def name(self) -> str:
        """The name given, or TFP's."""
        return self._own["name"]

    @property
    def validate_args(self) -> bool:
        """Whether parameters and values outside their sets raise."""
        return self._own["validate_args"]

    @property
    def parameters(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(self._own["parameters"])

    @property
    def dtype(self) -> Any:
        """The float type of the parameters; None without any."""
        return self._own["dtype"]

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the log-determinant is the same everywhere."""
        return self._own["is_constant_jacobian"]

    @property
    def forward_min_event_ndims(self) -> Any:
        """Axes of one x."""
        return self._own_ndims[0]

    @property
    def inverse_min_event_ndims(self) -> Any:
        """Axes of one y."""
        return self._own_ndims[1]

    # --- The map ---

    def forward(self, x: Any, name: str = "forward", **kwargs: Any) -> Any:
        """y = g(x)."""
        return self._forward(self._value(x, self.forward_min_event_ndims), **kwargs)

    def inverse(self, y: Any, name: str = "inverse", **kwargs: Any) -> Any:
        """x with g(x) = y."""
        return self._inverse(self._value(y, self.inverse_min_event_ndims), **kwargs)

    def forward_log_det_jacobian(
        self, x: Any, event_ndims: Any = None, name: str = "forward_log_det_jacobian", **kwargs: Any
    ) -> Any:
        """log |det dg/dx|, summed over events of `event_ndims` axes: at least, and by default, those of one x."""
        least = self.forward_min_event_ndims
        return self._forward_summed(self._value(x, least), least if event_ndims is None else event_ndims, **kwargs)

    def inverse_log_det_jacobian(
        self, y: Any, event_ndims: Any = None, name: str = "inverse_log_det_jacobian", **kwargs: Any
    ) -> Any:
        """log |det dx/dy| at y."""
        least = self.inverse_min_event_ndims
        return self._inverse_summed(self._value(y, least), least if event_ndims is None else event_ndims, **kwargs)

    def _forward_summed(self, x: Any, event_ndims: Any, **kwargs: Any) -> Any:
        least = self.forward_min_event_ndims
        extra = extra_ndims(event_ndims, least)
        return _summed(self._forward_log_det_jacobian(x, **kwargs), x, least, extra)

    def _inverse_summed(self, y: Any, event_ndims: Any, **kwargs: Any) -> Any:
        least = self.inverse_min_event_ndims
        extra = extra_ndims(event_ndims, least)
        return _summed(self._inverse_log_det_jacobian(y, **kwargs), y, least, extra)

    def _value(self, value: Any, least: Any) -> Any:
        """Arrays as they are; numbers and lists in the parameters' type, float32 without any."""
        dtype = self.dtype or jnp.float32
        values, structure = _flat(value, least)
        return structure.unflatten([jnp.asarray(v, None if hasattr(v, "dtype") else dtype) for v in values])

    def __call__(self, value: Any, name: str | None = None, **kwargs: Any) -> Any:
        """`forward` of a value, the chain of two bijectors, or the law of a transformed variable."""
        if isinstance(value, Bijector):
            from ._composition import Chain  # a kind of bijector

            return Chain([self, value], validate_args=self.validate_args or value.validate_args, name=name)
        if isinstance(value, Part):
            from ..distributions import TransformedDistribution  # a later stage

            return TransformedDistribution(value, self, name=name)
        return self.forward(value, name=name or "forward", **kwargs)

    # --- Shapes and types ---

    def forward_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that events of so many axes are mapped to."""
        extra = extra_ndims(event_ndims, self.forward_min_event_ndims)
        return jax.tree.map(lambda n: n + extra, self.inverse_min_event_ndims)

    def inverse_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that are mapped to events of so many axes."""
        extra = extra_ndims(event_ndims, self.inverse_min_event_ndims)
        return jax.tree.map(lambda n: n + extra, self.forward_min_event_ndims)

    def forward_event_shape(self, input_shape: Any) -> Any:
        """Shape of g(x)."""
        found = self._forward_event_shape(_shapes(input_shape, self.forward_min_event_ndims))
        return _shapes(found, self.inverse_min_event_ndims)

    def inverse_event_shape(self, output_shape: Any) -> Any:
        """Shape of the x of a y."""
        found = self._inverse_event_shape(_shapes(output_shape, self.inverse_min_event_ndims))
        return _shapes(found, self.forward_min_event_ndims)

    def forward_event_shape_tensor(self, input_shape: Any, name: str = "forward_event_shape_tensor") -> Any:
        """Shape of g(x), as an array."""
        return _as_arrays(self.forward_event_shape(input_shape))

    def inverse_event_shape_tensor(self, output_shape: Any, name: str = "inverse_event_shape_tensor") -> Any:
        """Shape of the x of a y, as an array."""
        return _as_arrays(self.inverse_event_shape(output_shape))

    def experimental_batch_shape(self, x_event_ndims: Any = None, y_event_ndims: Any = None) -> TensorShape:
        """Shape of the batch of maps, for events of so many axes; by default the least."""
        pairs = ((x_event_ndims, self.forward_min_event_ndims), (y_event_ndims, self.inverse_min_event_ndims))
        extra = max(extra_ndims(given, least) for given, least in pairs)
        batch = self._batch_shape()
        return TensorShape(batch[: max(len(batch) - extra, 0)])

    def experimental_batch_shape_tensor(self, x_event_ndims: Any = None, y_event_ndims: Any = None) -> Array:
        """The batch shape as an array."""
        return _as_arrays(self.experimental_batch_shape(x_event_ndims, y_event_ndims))

    def forward_dtype(self, dtype: Any = None, name: str = "forward_dtype", **kwargs: Any) -> Any:
        """The type of y for an x of a type."""
        return self.dtype if dtype is None else dtype

    def inverse_dtype(self, dtype: Any = None, name: str = "inverse_dtype", **kwargs: Any) -> Any:
        """The type of x for a y of a type."""
        return self.dtype if dtype is None else dtype

    def __repr__(self) -> str:
        ranks = f"{self.forward_min_event_ndims} inverse_min_event_ndims={self.inverse_min_event_ndims}"
        dtype = "?" if self.dtype is None else np.dtype(self.dtype).name
        shown = f"batch_shape={list(self._batch_shape())} forward_min_event_ndims={ranks}"
        return f"<tfp.bijectors.{type(self).__name__} {self.name!r} {shown} dtype_x={dtype} dtype_y={dtype}>"


def extra_ndims(event_ndims: Any, least: Any) -> int:
    """How many axes an event has beyond the least.

    Raises:
        ValueError: too few, or not equally many in all parts.
    """
    if event_ndims is None:
        return 0
    given, _ = _flat(event_ndims, least)
    extra = {int(n) - m for n, m in zip(given, jax.tree.leaves(least), strict=True)}
    if len(extra) != 1 or min(extra) < 0:
        raise ValueError(f"`event_ndims` ({event_ndims}) must be at least {least}, by equally many axes in all parts.")
    return extra.pop()


def _flat(value: Any, least: Any) -> tuple[list[Any], Any]:
    """The parts of a value that has the structure of the event ranks."""
    structure = jax.tree.structure(least)
    return structure.flatten_up_to(value), structure


def _summed(log_det: Any, value: Any, least: Any, extra: int) -> Any:
    """A log-determinant in the shape of the value's lanes, summed over the last of them."""
    if isinstance(log_det, tuple):  # of several inverses
        return tuple(_summed(one, value, least, extra) for one in log_det)
    log_det, (parts, _) = jnp.asarray(log_det), _flat(value, least)
    lanes = [v.shape[: v.ndim - n] for v, n in zip(parts, jax.tree.leaves(least), strict=True)]
    log_det = jnp.broadcast_to(log_det, np.broadcast_shapes(log_det.shape, *lanes))
    return log_det.sum(tuple(range(-extra, 0)))


def _shapes(shape: Any, least: Any) -> Any:
    shapes, structure = _flat(shape, least)
    return structure.unflatten([TensorShape(as_shape(s)) for s in shapes])


def _as_arrays(shape: Any) -> Any:
    return jax.tree.map(lambda s: jnp.asarray(s, jnp.int32), shape, is_leaf=lambda s: isinstance(s, TensorShape))
