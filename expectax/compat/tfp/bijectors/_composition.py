"""Bijectors of bijectors, in TFP's arguments: of ours, of trees and of the user's own alike."""

from collections.abc import Callable
from typing import Any

import jax

from .... import bijectors as ex
from .._arguments import Parts, Static
from .._constructed import Constructed
from .._shape import added
from ._base import Bijector
from ._numbers import Identity
from ._ours import Ours, bijection, is_bijector, parts_of


class Composed(Constructed, Bijector):
    """What is made of other bijectors; a bijector of ours if all of these are."""

    @property
    def expectax_bijector(self) -> Any:
        """The same map as one of our own bijectors; None if a part is none."""
        return self._behind()

    @property
    def _all(self) -> list[Bijector]:
        return parts_of([self._arguments[n] for n in self._parts])

    @property
    def dtype(self) -> Any:
        """The float type of the parts' parameters; None without any."""
        return next((b.dtype for b in self._all if b.dtype is not None), None)

    @property
    def is_constant_jacobian(self) -> bool:
        """Whether the log-determinant is the same everywhere."""
        return all(b.is_constant_jacobian for b in self._all)

    @property
    def name(self) -> str:
        """The name given, or one made of the parts' names."""
        return self._arguments.get("name") or self._default_name()

    def _default_name(self) -> str:
        return type(self).__name__.lower()

    def _batch_shape(self) -> tuple[int, ...]:
        ours = self.expectax_bijector
        return () if ours is None else ours.batch_shape


class OneAfterAnother(Composed):
    """What Chain adds."""

    @property
    def _steps(self) -> tuple[Bijector, ...]:
        """The first to be applied first."""
        return tuple(reversed(self._arguments["bijectors"] or ()))

    def _default_name(self) -> str:
        names = [b.name for b in reversed(self._steps)]
        return "chain_of_" + "_of_".join(names) if names else "identity"

    @property
    def forward_min_event_ndims(self) -> Any:
        """Axes of one x."""
        return self._least()[0]

    @property
    def inverse_min_event_ndims(self) -> Any:
        """Axes of one y."""
        return self._least()[-1]

    def _least(self) -> list[Any]:
        """The least event ranks before, between and after the parts."""
        first = self._steps[0].forward_min_event_ndims if self._steps else 0
        for extra in range(32):  # more axes than an array of NumPy has
            found = [jax.tree.map(lambda n, extra=extra: n + extra, first)]
            try:
                for b in self._steps:
                    found.append(b.forward_event_ndims(found[-1]))
            except ValueError:
                continue
            return found
        raise ValueError(f"{self.name}: no event ranks fit all parts")

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        for b in self._steps:
            x = b.forward(x)
        return x

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        for b in reversed(self._steps):
            y = b.inverse(y)
        return y

    def _forward_summed(self, x: Any, event_ndims: Any, **kwargs: Any) -> Any:
        parts = [] if self._steps else [Identity().forward_log_det_jacobian(x, event_ndims)]
        for b in self._steps:
            parts.append(b.forward_log_det_jacobian(x, event_ndims))
            x, event_ndims = b.forward(x), b.forward_event_ndims(event_ndims)
        return added(parts)

    def _inverse_summed(self, y: Any, event_ndims: Any, **kwargs: Any) -> Any:
        parts = [] if self._steps else [Identity().inverse_log_det_jacobian(y, event_ndims)]
        for b in reversed(self._steps):
            parts.append(b.inverse_log_det_jacobian(y, event_ndims))
            y, event_ndims = b.inverse(y), b.inverse_event_ndims(event_ndims)
        return added(parts)

    def forward_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that events of so many axes are mapped to."""
        for b in self._steps:
            event_ndims = b.forward_event_ndims(event_ndims)
        return event_ndims

    def inverse_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that are mapped to events of so many axes."""
        for b in reversed(self._steps):
            event_ndims = b.inverse_event_ndims(event_ndims)
        return event_ndims

    def _forward_event_shape(self, input_shape: Any) -> Any:
        for b in self._steps:
            input_shape = b.forward_event_shape(input_shape)
        return input_shape

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        for b in reversed(self._steps):
            output_shape = b.inverse_event_shape(output_shape)
        return output_shape


@bijection(OneAfterAnother)
def Chain(
    bijectors: Parts = None,
    validate_args=False,
    validate_event_size: Static = False,
    parameters: Static = None,
    name=None,
):
    """One map after another, the last one first: of [f, g] it is f(g(x))."""
    ours = [b.expectax_bijector for b in bijectors or ()]
    if not ours:
        return ex.Identity()
    return None if any(b is None for b in ours) else ex.Chain(ours)


class Inverted(Composed):
    """What Invert adds: the directions of its bijector exchanged."""

    @property
    def _of(self) -> Bijector:
        return self._arguments["bijector"]

    def _default_name(self) -> str:
        return f"invert_{self._of.name}"

    @property
    def forward_min_event_ndims(self) -> Any:
        """Axes of one x."""
        return self._of.inverse_min_event_ndims

    @property
    def inverse_min_event_ndims(self) -> Any:
        """Axes of one y."""
        return self._of.forward_min_event_ndims

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self._of.inverse(x, **kwargs)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self._of.forward(y, **kwargs)

    def _forward_summed(self, x: Any, event_ndims: Any, **kwargs: Any) -> Any:
        return self._of.inverse_log_det_jacobian(x, event_ndims, **kwargs)

    def _inverse_summed(self, y: Any, event_ndims: Any, **kwargs: Any) -> Any:
        return self._of.forward_log_det_jacobian(y, event_ndims, **kwargs)

    def forward_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that events of so many axes are mapped to."""
        return self._of.inverse_event_ndims(event_ndims)

    def inverse_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that are mapped to events of so many axes."""
        return self._of.forward_event_ndims(event_ndims)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._of.inverse_event_shape(input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._of.forward_event_shape(output_shape)


@bijection(Inverted)
def Invert(bijector: Parts, validate_args=False, parameters: Static = None, name=None):
    """The inverse of a map."""
    ours = bijector.expectax_bijector
    return None if ours is None else ex.Invert(ours)


class SideBySide(Composed):
    """What JointMap adds: x and y have the structure of its bijectors."""

    def _each(self, method: Callable[[Bijector], Callable], *values: Any) -> Any:
        return jax.tree.map(lambda b, *v: method(b)(*v), self._arguments["bijectors"], *values, is_leaf=is_bijector)

    def _default_name(self) -> str:
        return "jointmap_of_" + "_and_".join(b.name for b in self._all)

    @property
    def forward_min_event_ndims(self) -> Any:
        """Axes of one x, part by part."""
        return self._each(lambda b: lambda: b.forward_min_event_ndims)

    @property
    def inverse_min_event_ndims(self) -> Any:
        """Axes of one y, part by part."""
        return self._each(lambda b: lambda: b.inverse_min_event_ndims)

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self._each(lambda b: b.forward, x)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self._each(lambda b: b.inverse, y)

    def _forward_summed(self, x: Any, event_ndims: Any, **kwargs: Any) -> Any:
        return added(jax.tree.leaves(self._each(lambda b: b.forward_log_det_jacobian, x, event_ndims)))

    def _inverse_summed(self, y: Any, event_ndims: Any, **kwargs: Any) -> Any:
        return added(jax.tree.leaves(self._each(lambda b: b.inverse_log_det_jacobian, y, event_ndims)))

    def forward_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that events of so many axes are mapped to, part by part."""
        return self._each(lambda b: b.forward_event_ndims, event_ndims)

    def inverse_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that are mapped to events of so many axes, part by part."""
        return self._each(lambda b: b.inverse_event_ndims, event_ndims)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._each(lambda b: b.forward_event_shape, input_shape)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._each(lambda b: b.inverse_event_shape, output_shape)


@bijection(SideBySide)
def JointMap(bijectors: Parts = None, validate_args=False, parameters: Static = None, name=None):
    """A map for each part of a structure."""
    return


class Blocks(Ours):
    """What Blockwise adds."""

    @property
    def dtype(self) -> Any:
        """The float type of the parts' parameters; None without any."""
        return next((b.dtype for b in parts_of(self._arguments["bijectors"]) if b.dtype is not None), None)

    @property
    def name(self) -> str:
        """The name given, or one made of the parts' names."""
        joined = "_and_".join(b.name for b in parts_of(self._arguments["bijectors"]))
        return self._arguments["name"] or f"blockwise_of_{joined}"


@bijection(Blocks)
def Blockwise(
    bijectors: Parts, block_sizes: Static = None, validate_args=False, maybe_changes_size: Static = True, name=None
):
    """Consecutive blocks of a vector, each mapped by its own bijector; of one entry each if no sizes are given."""
    sizes = (1,) * len(bijectors) if block_sizes is None else block_sizes
    return ex.Blockwise([b.expectax_bijector for b in bijectors], sizes)
