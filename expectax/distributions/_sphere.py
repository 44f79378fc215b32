"""What laws of directions share. A parameter that is a direction enters by its direction alone: its length has no derivative."""

import jax.numpy as jnp

from .. import random
from .._typing import Array, Key, Shape


def unit(v: Array) -> Array:
    """v/|v| over the last axis; the first unit vector where v is 0."""
    size = jnp.abs(v).max(-1, keepdims=True)
    zero = size == 0
    scaled = jnp.where(zero, first_axis(v), v / jnp.where(zero, 1.0, size))  # |v|² may overflow or underflow
    return scaled / jnp.sqrt((scaled * scaled).sum(-1, keepdims=True))


def first_axis(v: Array) -> Array:
    """The first unit vector, shaped as v."""
    return jnp.where(jnp.arange(v.shape[-1]).reshape((1,) * (v.ndim - 1) + (-1,)) == 0, 1.0, jnp.zeros_like(v))


def uniform_direction(key: Key, shape: Shape, dtype) -> Array:
    """Unit vectors of any direction, along the last axis of `shape`."""
    return unit(random.normal(key, shape, dtype))


def around(key: Key, mean: Array, angle: Array) -> Array:
    """A direction at the given angle to `mean`, all such alike: pathwise in both.

    The sphere is turned by the Householder reflection that takes ∓e₁ to the mean, whichever is farther from it: its
    derivative in the mean is bounded.
    """
    shape = (*angle.shape, mean.shape[-1])
    mean = jnp.broadcast_to(unit(mean), shape)
    tangent = uniform_direction(key, (*angle.shape, shape[-1] - 1), angle.dtype)
    side = jnp.where(mean[..., :1] < 0, -1.0, 1.0).astype(mean.dtype)
    local = jnp.concatenate([-side * jnp.cos(angle)[..., None], jnp.sin(angle)[..., None] * tangent], -1)
    normal = mean + side * first_axis(mean)
    share = (normal * local).sum(-1, keepdims=True) / (1 + jnp.abs(mean[..., :1]))
    return local - normal * share


def chord(x: Array, y: Array) -> Array:
    """|x - y|²: 2(1 - cos) of the angle between unit vectors, to which rounded lengths add only their error's square."""
    gap = x - y
    return (gap * gap).sum(-1)


def directional_variance(mean: Array, along: Array, across: Array) -> Array:
    """Elementwise variance, given those of the components along the mean direction and across it."""
    square = jnp.square(unit(mean))
    return across * (1 - square) + along * square


def directional_covariance(mean: Array, along: Array, across: Array) -> Array:
    """across (I - μ μᵀ) + along μ μᵀ, likewise, of one event."""
    mu = unit(mean)
    beside = (along - across) * mu[:, None] * mu[None, :]
    return jnp.where(jnp.eye(mu.shape[0], dtype=bool), directional_variance(mean, along, across), beside)
