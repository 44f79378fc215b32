"""The entries of small vectors and matrices one by one: XLA vectorises what is done with each along the lanes, but no reduction."""

import functools
import math
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array

_FEW = 100


def are_few(x: Array, rank: int) -> bool:
    """Whether the last `rank` axes hold few entries."""
    return math.prod(x.shape[x.ndim - rank :]) <= _FEW


def entries(x: Array, rank: int) -> list[Array]:
    """All entries along the last `rank` axes, in the order of their places."""
    shape = x.shape[: x.ndim - rank]
    flat = x.reshape(*shape, math.prod(x.shape[x.ndim - rank :]))
    return [lax.index_in_dim(flat, k, flat.ndim - 1, keepdims=False) for k in range(flat.shape[-1])]


def every(test: Callable[[Array], Array], x: Array, rank: int) -> Array:
    """Whether all entries along the last `rank` axes pass an elementwise test."""
    if not are_few(x, rank) or 0 in x.shape:
        return test(x).all(tuple(range(-rank, 0)))
    return functools.reduce(jnp.logical_and, map(test, entries(x, rank)))


def diagonal(x: Array) -> Array:
    """The diagonals of square matrices, as a strided slice: quicker than a gather, and so is its derivative."""
    n = x.shape[-1]
    return x.reshape(*x.shape[:-2], n * n)[..., :: n + 1]


def with_diagonal(x: Array, diagonal: Array) -> Array:
    """Square matrices with other diagonals."""
    n = x.shape[-1]
    place = np.eye(n, dtype=bool).reshape((1,) * (x.ndim - 2) + (n, n))
    return jnp.where(place, diagonal[..., None], x)
