"""Maps between an array and several, and between structures of arrays, in TFP's arguments."""

from typing import Any

import jax
import jax.numpy as jnp

from .... import bijectors as ex
from ...._typing import Array
from .._arguments import Static
from .._constructed import Constructed
from .._shape import as_shape
from ._base import Bijector
from ._ours import bijection


class Moving(Constructed, Bijector):
    """What these share: numbers only change their place."""

    @property
    def expectax_bijector(self) -> Any:
        """None: x or y is no single array."""
        return None

    @property
    def dtype(self) -> Any:
        """Not known."""
        return None

    @property
    def is_constant_jacobian(self) -> bool:
        """Always."""
        return True

    def _forward_log_det_jacobian(self, x: Any, **kwargs: Any) -> Array:
        return jnp.zeros((), jnp.result_type(*jax.tree.leaves(x)))

    def _inverse_log_det_jacobian(self, y: Any, **kwargs: Any) -> Array:
        return jnp.zeros((), jnp.result_type(*jax.tree.leaves(y)))


class Cut(Moving):
    """What Split adds: y is a list."""

    @property
    def _count(self) -> int:
        given = self._arguments["num_or_size_splits"]
        return given if isinstance(given, int) else len(given)

    @property
    def forward_min_event_ndims(self) -> int:
        """Axes of one x."""
        return -self._arguments["axis"]

    @property
    def inverse_min_event_ndims(self) -> list[int]:
        """Axes of each part."""
        return [-self._arguments["axis"]] * self._count

    def _sizes(self, total: int) -> tuple[int, ...]:
        """Those of the parts; -1 stands for what is left."""
        given = self._arguments["num_or_size_splits"]
        if isinstance(given, int):
            return (total // given,) * given
        left = total - sum(n for n in given if n >= 0)
        return tuple(left if n < 0 else n for n in given)

    def _forward(self, x: Array, **kwargs: Any) -> list[Array]:
        axis = self._arguments["axis"]
        return list(ex.Split(self._sizes(x.shape[axis]), axis).forward(x))

    def _inverse(self, y: list[Array], **kwargs: Any) -> Array:
        return jnp.concatenate(y, self._arguments["axis"])

    def _forward_event_shape(self, input_shape: Any) -> list[Any]:
        shape, axis = as_shape(input_shape), self._arguments["axis"]
        return [(*shape[:axis], n, *shape[len(shape) + axis + 1 :]) for n in self._sizes(shape[axis])]

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        shape, axis = as_shape(output_shape[0]), self._arguments["axis"]
        total = sum(as_shape(s)[axis] for s in output_shape)
        return (*shape[:axis], total, *shape[len(shape) + axis + 1 :])


@bijection(Cut)
def Split(num_or_size_splits: Static, axis: Static = -1, validate_args=False, name="split"):
    """An array cut into a list: into so many equal parts, or parts of these sizes."""
    if axis >= 0:
        raise ValueError("`axis` must be a negative integer.")


class Restructure(Bijector):
    """Arrays in another structure, which tokens describe. Without parameters it is no pytree: structure, not data."""

    def __init__(self, output_structure: Any, input_structure: Any = None, name: str = "restructure"):
        tokens, structure = jax.tree.flatten(output_structure)
        if len(set(tokens)) != len(tokens):
            raise ValueError(f"Tokens must be unique; saw {tokens}.")
        if input_structure is None:
            input_structure = _default_input(tokens)
        given, input_treedef = jax.tree.flatten(input_structure)
        if set(given) != set(tokens):
            raise ValueError(f"Both structures must have the same tokens; saw {given} and {tokens}.")
        self._tokens, self._structures = (given, tokens), (input_treedef, structure)
        least = [s.unflatten([0] * len(tokens)) for s in self._structures]
        super().__init__(None, True, False, None, least[0], least[1], name=name)

    def _moved(self, value: Any, before: int) -> Any:
        found = dict(zip(self._tokens[before], self._structures[before].flatten_up_to(value), strict=True))
        return self._structures[1 - before].unflatten([found[token] for token in self._tokens[1 - before]])

    def _forward(self, x: Any, **kwargs: Any) -> Any:
        return self._moved(x, 0)

    def _inverse(self, y: Any, **kwargs: Any) -> Any:
        return self._moved(y, 1)

    def _forward_summed(self, x: Any, event_ndims: Any, **kwargs: Any) -> Array:
        return jnp.zeros((), jnp.result_type(*jax.tree.leaves(x)))

    def _inverse_summed(self, y: Any, event_ndims: Any, **kwargs: Any) -> Array:
        return jnp.zeros((), jnp.result_type(*jax.tree.leaves(y)))

    def forward_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that events of so many axes are mapped to, part by part."""
        return self._moved(event_ndims, 0)

    def inverse_event_ndims(self, event_ndims: Any, **kwargs: Any) -> Any:
        """Axes of the events that are mapped to events of so many axes, part by part."""
        return self._moved(event_ndims, 1)

    def _forward_event_shape(self, input_shape: Any) -> Any:
        return self._moved(input_shape, 0)

    def _inverse_event_shape(self, output_shape: Any) -> Any:
        return self._moved(output_shape, 1)


def _default_input(tokens: list[Any]) -> Any:
    """A dict of names, or a list in the order of integers."""
    if all(isinstance(token, str) for token in tokens):
        return {token: token for token in tokens}
    if sorted(tokens) == list(range(len(tokens))):
        return list(range(len(tokens)))
    raise ValueError(f"Without `input_structure` tokens must be strings or the integers from 0; saw {tokens}.")


def pack_sequence_as(example: Any, name: str = "restructure") -> Restructure:
    """From a list of arrays to the structure of an example."""
    leaves, structure = jax.tree.flatten(example)
    return Restructure(structure.unflatten(range(len(leaves))), name=name)


def tree_flatten(example: Any, name: str = "restructure") -> Restructure:
    """From the structure of an example to a list of arrays."""
    leaves, structure = jax.tree.flatten(example)
    tokens = list(range(len(leaves)))
    return Restructure(tokens, structure.unflatten(tokens), name=name)
