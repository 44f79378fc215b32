"""Batches: which axes of parameters and values they are, and code for one event over all of them."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import _errors
from ._typing import Array, Shape


def batch_shape(parameters: list) -> Shape:
    return np.broadcast_shapes(*(batch_of(np.shape(p.value), p.rank) for p in parameters))


def batch_of(shape: Shape, event_rank: int) -> Shape:
    """The batch axes of a shape; a leaf of a wrapped distribution may have fewer axes than the event."""
    return shape[: max(len(shape) - event_rank, 0)]


def check_batches(family: str, parameters: list) -> None:
    try:
        batch_shape(parameters)
    except ValueError:
        described = "; ".join(
            f"{p.name}: batch {(batch := batch_of(np.shape(p.value), p.rank))} + "
            f"event {np.shape(p.value)[len(batch) :]}"
            for p in parameters
        )
        raise _errors.incompatible_shapes(family, described) from None


def float_dtype(leaves: list) -> Any:
    """The common float type: Python numbers and integers do not decide it."""
    floats = [v for v in leaves if jnp.issubdtype(jnp.result_type(v), jnp.floating)]
    return jnp.result_type(*floats, float) if floats else jnp.result_type(float)


def working(dtype: Any) -> Any:
    """The type formulas run in: half precision is widened, and only results are rounded back to it."""
    return jnp.dtype(jnp.float32) if jnp.finfo(dtype).bits < 32 else dtype


def with_batch_rank(x: Array, batch_rank: int, event_rank: int) -> Array:
    """`x` with axes of size 1 put in front until it has `batch_rank` batch axes."""
    missing = batch_rank + event_rank - x.ndim
    return x if missing <= 0 else jnp.reshape(x, (1,) * missing + x.shape)


def nested_vmap(apply: Callable, operands: list[Array], ranks: list[int], lanes: Shape) -> Array:
    """One `vmap` a batch axis, outermost first; an operand of size 1 along an axis is shared, not copied."""
    if not lanes:
        return apply(*operands)
    shared = [v.shape[0] == 1 and lanes[0] != 1 for v in operands]
    inner = [v[0] if s else v for v, s in zip(operands, shared, strict=True)]
    in_axes = tuple(None if s else 0 for s in shared)

    def row(*flat: Array) -> Array:
        return nested_vmap(apply, list(flat), ranks, lanes[1:])

    return jax.vmap(row, in_axes, axis_size=lanes[0])(*inner)
