"""Arguments along the batch axes: slices, broadcasting, reshaping."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from ...._typing import Array, Shape


def sliced(dist: Any, index: Any) -> Any:
    """`dist[index]`: every argument broadcast to the batch, then indexed along it."""
    full = _explicit(index if isinstance(index, tuple) else (index,), len(dist.batch_shape))
    return over_batch(dist, dist.batch_shape, lambda v: v[(*full, ...)])


def broadcast(dist: Any, shape: Shape) -> Any:
    """The distribution with every argument broadcast to a batch shape."""
    return over_batch(dist, shape, lambda v: v)


def reshaped(dist: Any, shape: Shape) -> Any:
    """The distribution with its batch axes in another shape."""
    batch = len(dist.batch_shape)
    return over_batch(dist, dist.batch_shape, lambda v: jnp.reshape(v, (*shape, *v.shape[batch:])))


def over_batch(dist: Any, shape: Shape, fn: Callable[[Array], Array]) -> Any:
    """`fn` of every array argument, broadcast to a batch shape first."""
    changed = {}
    for name in dist._ranks:
        value, axes = dist._arguments[name], dist._own_axes(name)
        if value is None:
            continue
        if hasattr(value, "_own_axes"):
            changed[name] = over_batch(value, (*shape, *value.batch_shape[len(value.batch_shape) - axes :]), fn)
        else:
            tail = jnp.shape(value)[jnp.ndim(value) - axes :]
            changed[name] = fn(jnp.broadcast_to(value, (*shape, *tail)))
    return dist.copy(**changed)


def _explicit(index: tuple, rank: int) -> tuple:
    """An index without an ellipsis, one entry a batch axis besides new axes."""
    taken = sum(i is not None and i is not Ellipsis for i in index)
    if taken > rank:
        raise IndexError(f"too many indices: the batch has {rank} axes, the index {taken}")
    fill = (slice(None),) * (rank - taken)
    where = next((n for n, i in enumerate(index) if i is Ellipsis), len(index))
    return (*index[:where], *fill, *index[where + 1 :])
