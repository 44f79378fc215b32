"""The walk over a joint model: it yields its parts one by one, and is sent their values."""

import abc
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...._typing import Array, Key
from .._shape import TensorShape
from ._base import DensityOnly, Distribution


class Root(NamedTuple):
    """A part of a coroutine's model that depends on no other: the sample shape is put in front of its draws."""

    distribution: Any


class Attributes(NamedTuple):
    """What is known of a part without numbers."""

    name: str | None
    batch_shape: Any
    event_shape: Any
    dtype: Any
    reparameterization_type: Any
    like: Any
    """One draw, as shapes and types."""

    @property
    def batch_rank(self) -> int:
        """Axes of the batch: the most of any of its parts, if it is a joint distribution itself."""
        shapes = jax.tree.leaves(self.batch_shape, is_leaf=lambda s: isinstance(s, TensorShape))
        return max(map(len, shapes))


class Walked(DensityOnly, abc.ABC):
    """A distribution of several parts. A subclass yields them."""

    # --- What a subclass writes ---

    @abc.abstractmethod
    def _yield_parts(self) -> Generator[Any, Any, None]:
        """A generator of distributions, to which the value of each is sent."""

    @abc.abstractmethod
    def _packed(self, parts: list[Any]) -> Any:
        """A list in the structure of the model."""

    @abc.abstractmethod
    def _flat(self, value: Any) -> list[Any]:
        """A value as a list, with None for what it leaves out."""

    @abc.abstractmethod
    def _names(self) -> list[str]:
        """Names of the parts."""

    # --- The walk ---

    def _walk(self, shape: tuple[int, ...], key: Key | None, values: list[Any] | None) -> list[tuple[Any, Any]]:
        """Each part's distribution and its value: given, or drawn."""
        found: list[tuple[Any, Any]] = []
        parts = self._yield_parts()
        part = next(parts)
        if shape and not isinstance(part, Root):
            raise ValueError(f"The first part must be a Root for a sample shape of {shape}.")
        while True:
            dist = part.distribution if isinstance(part, Root) else part
            value = None if values is None else values[len(found)]
            if key is not None:
                key, own = jax.random.split(key)
                if value is None:
                    value = dist.sample(shape if isinstance(part, Root) else (), seed=own)
            if value is None:
                raise ValueError("No `value` part can be `None`.")
            found.append((dist, jax.tree.map(as_array, value)))
            try:
                part = parts.send(found[-1][1])
            except StopIteration:
                return found

    def _attributes(self) -> list[Attributes]:
        """Of each part in one draw."""
        seen = []

        def draw() -> Any:
            walked = self._walk((), jax.random.key(0), None)
            seen.extend(
                (_given_name(d), d.batch_shape, d.event_shape, d.dtype, d.reparameterization_type) for d, _ in walked
            )
            return [value for _, value in walked]

        likes = jax.eval_shape(draw)
        return [Attributes(*known, like=like) for like, known in zip(likes, seen, strict=True)]

    def _mapped(self, values: list[Any], visit: Callable[[list[Any]], Any]) -> Any:
        """`visit`, written for the values of one draw, over their further axes."""
        like = [a.like for a in self._attributes()]
        known = {n: jax.tree.map(as_array, v) for n, v in enumerate(values) if v is not None}
        ranks = [one.ndim for n in known for one in jax.tree.leaves(like[n])]
        arrays, structure = jax.tree.flatten(known)
        lanes = np.broadcast_shapes(*(v.shape[: v.ndim - r] for v, r in zip(arrays, ranks, strict=True)))
        wide = [jnp.broadcast_to(v, lanes + v.shape[v.ndim - r :]) for v, r in zip(arrays, ranks, strict=True)]

        def one(some: list[Any]) -> Any:
            given = structure.unflatten(some)
            return visit([given.get(n) for n in range(len(values))])

        for _ in lanes:
            one = jax.vmap(one)
        return one(wide)


def _given_name(dist: Distribution) -> str | None:
    """The name that the user gave, or None."""
    name = dist._arguments.get("name")
    return None if name == dist._signature.parameters["name"].default else name


def as_array(value: Any) -> Array:
    """Numbers and lists in single precision, as TFP reads them."""
    if hasattr(value, "dtype"):
        return jnp.asarray(value)
    array = np.asarray(value)
    return jnp.asarray(array, {"f": jnp.float32, "i": jnp.int32}.get(array.dtype.kind))
