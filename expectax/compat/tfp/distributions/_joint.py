"""Joint distributions: one walk over a model that yields its parts, for draws and densities, with TFP's batches.

Without `batch_ndims` every part keeps its batch, and log-densities broadcast. With it, batch axes beyond so many belong to
the event. An auto-batched model is written for one draw, and mapped over all others.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ...._typing import Array, Key
from .._shape import TensorShape, added, as_shape
from ._walk import Root, Walked


class JointDistribution(Walked):
    """Several variables, of which later ones may depend on earlier ones."""

    Root = Root

    # --- What was given ---

    @property
    def model(self) -> Any:
        """The model."""
        return self._arguments["model"]

    @property
    def batch_ndims(self) -> int | None:
        """How many leading batch axes are those of the joint distribution; None if each part keeps its own."""
        return self._arguments["batch_ndims"]

    @property
    def use_vectorized_map(self) -> bool:
        """Whether the model is written for one draw."""
        return self._arguments["use_vectorized_map"]

    @property
    def expectax_distribution(self) -> Any:
        """None: an `expectax.Joint` is alike, but reads the batches of its parts as part of the event."""
        return None

    @property
    def reparameterization_type(self) -> Any:
        """That of each part."""
        return self._packed([a.reparameterization_type for a in self._attributes()])

    @property
    def batch_shape(self) -> Any:
        """Shape of the batch; without `batch_ndims`, part by part."""
        parts = [a.batch_shape for a in self._attributes()]
        if self.batch_ndims is None:
            return self._packed(parts)
        return TensorShape(np.broadcast_shapes(*(p[: self.batch_ndims] for p in parts)))

    @property
    def event_shape(self) -> Any:
        """Shape of one draw, part by part."""
        kept, parts = self.batch_ndims, self._attributes()
        if kept is None:
            return self._packed([a.event_shape for a in parts])
        return self._packed([jax.tree.map(lambda v: TensorShape(v.shape[kept:]), a.like) for a in parts])

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Any:
        """The batch shape as arrays."""
        return _as_arrays(self.batch_shape)

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Any:
        """The event shape as arrays."""
        return _as_arrays(self.event_shape)

    @property
    def dtype(self) -> Any:
        """The types of draws, part by part."""
        return self._packed([a.dtype for a in self._attributes()])

    # --- Draws ---

    def sample(
        self, sample_shape: Any = (), seed: Any = None, value: Any = None, name: str = "sample", **kwargs: Any
    ) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draws in the structure of the model; parts that are given by `value` or by name are not drawn."""
        return self._packed(self._drawn(sample_shape, seed, {"value": value, **kwargs}, _values_of))

    def sample_distributions(
        self,
        sample_shape: Any = (),
        seed: Any = None,
        value: Any = None,
        name: str = "sample_distributions",
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        """The parts' distributions, and draws."""
        walked = self._drawn(sample_shape, seed, {"value": value, **kwargs}, list)
        return self._packed([dist for dist, _ in walked]), self._packed(_values_of(walked))

    def _drawn(self, sample_shape: Any, seed: Any, known: dict[str, Any], keep: Callable) -> Any:
        """What is to be kept of a walk that draws."""
        if seed is None:
            raise ValueError("Must provide JAX PRNGKey as `dist.sample(seed=.)`")
        values, shape = self._resolved((), known, partial=True), as_shape(sample_shape)
        if not self.use_vectorized_map:
            return keep(self._walk(shape, seed, values))

        def draw(key: Key) -> Any:
            if values is None:
                return keep(self._walk((), key, None))
            return self._mapped(values, lambda some: keep(self._walk((), key, some)))

        for _ in shape:
            draw = jax.vmap(draw)
        return draw(jax.random.split(seed, math.prod(shape)).reshape(shape) if shape else seed)

    def experimental_sample_and_log_prob(
        self, sample_shape: Any = (), seed: Any = None, name: str = "sample_and_log_prob", **kwargs: Any
    ) -> tuple[Any, Array]:
        """Draws and the log-density at them."""
        draws = self.sample(sample_shape, seed, **kwargs)
        return draws, self.log_prob(draws)

    # --- Densities ---

    def log_prob(self, *args: Any, **kwargs: Any) -> Array:
        """Log-density of a value, given as one structure, by position or by name."""
        return added(self._parts_at("log_prob", args, kwargs))

    def prob(self, *args: Any, **kwargs: Any) -> Array:
        """Density of a value."""
        return jnp.exp(self.log_prob(*args, **kwargs))

    def unnormalized_log_prob(self, *args: Any, **kwargs: Any) -> Array:
        """Log-density up to a constant; here the constant is 0."""
        return self.log_prob(*args, **kwargs)

    def log_prob_parts(self, *args: Any, **kwargs: Any) -> Any:
        """The log-density of each part, in the structure of the model."""
        return self._packed(self._parts_at("log_prob", args, kwargs))

    def prob_parts(self, *args: Any, **kwargs: Any) -> Any:
        """The density of each part, in the structure of the model."""
        return jax.tree.map(jnp.exp, self.log_prob_parts(*args, **kwargs))

    unnormalized_log_prob_parts = log_prob_parts
    unnormalized_prob_parts = prob_parts

    def _parts_at(self, method: str, args: tuple, kwargs: dict[str, Any]) -> list[Array]:
        kwargs = {n: v for n, v in kwargs.items() if n != "name"}
        values = self._resolved(args, kwargs, partial=False)
        if values is None:
            raise ValueError(f"{method}: no value is given")

        def visit(some: list[Any]) -> list[Array]:
            return [getattr(dist, method)(value) for dist, value in self._walk((), None, some)]

        found = self._mapped(values, visit) if self.use_vectorized_map else visit(values)
        if self.batch_ndims is None:
            return found
        extra = [a.batch_rank - self.batch_ndims for a in self._attributes()]
        return [part.sum(tuple(range(-n, 0))) for part, n in zip(found, extra, strict=True)]

    def _resolved(self, args: tuple, kwargs: dict[str, Any], partial: bool) -> list[Any] | None:
        """The values of the parts, as a list."""
        kwargs = dict(kwargs)
        value = kwargs.pop("value", None)
        if value is not None and (args or kwargs):
            raise ValueError("Supplied both `value` and other arguments for values.")
        if value is not None or not (args or kwargs):
            return None if value is None else self._flat(value)
        names = self._names()
        if len(args) == 1 and not kwargs and (len(names) > 1 or isinstance(args[0], tuple | list | dict)):
            return self._flat(args[0])
        unknown = kwargs.keys() - set(names)
        if unknown:
            raise ValueError(
                f"Found unexpected keyword arguments. Names are {names}; these were invalid: {sorted(unknown)}"
            )
        if not partial and len(args) + len(kwargs) != len(names):
            came = len(args) + len(kwargs)
            raise ValueError(f"Joint distribution expected values for {len(names)} components {names}; saw {came}.")
        return [args[n] if n < len(args) else kwargs.get(name) for n, name in enumerate(names)]

    # --- The rest ---

    def _moment(self, method: str) -> Any:
        """Part by part, of parts that depend on no other; the entropy is their sum."""
        found = [getattr(dist, method)() for dist in self._independent(method)]
        return added(found) if method == "entropy" else self._packed(found)

    def _independent(self, method: str) -> list[Any]:
        raise NotImplementedError(f"{method} is not implemented: {type(self).__name__}")

    def experimental_default_event_space_bijector(self) -> Any:
        """Maps of the reals onto the supports of parts that depend on no other."""
        from ..bijectors import JointMap  # bijectors are a later stage

        parts = self._independent("experimental_default_event_space_bijector")
        return JointMap(self._packed([d.experimental_default_event_space_bijector() for d in parts]))

    def __repr__(self) -> str:
        shapes = f"batch_shape={self.batch_shape} event_shape={self.event_shape}"
        return f"<tfp.distributions.{type(self).__name__} {self.name!r} {shapes}>"

    __str__ = __repr__


def _values_of(walked: list[tuple[Any, Any]]) -> list[Any]:
    return [value for _, value in walked]


def _as_arrays(shapes: Any) -> Any:
    return jax.tree.map(lambda s: jnp.asarray(s, jnp.int32), shapes, is_leaf=lambda s: isinstance(s, TensorShape))
