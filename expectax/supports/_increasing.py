"""Vectors whose elements increase."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import from_steps, softplus_inverse
from ._real import step_of
from ._support import AbstractSupport


class IncreasingVector(AbstractSupport):
    """Vectors whose elements increase."""

    event_rank = 1
    description = "a vector of increasing numbers"

    def contains(self, value):
        return (value[..., 1:] > value[..., :-1]).all(-1) & (value == value).all(-1)  # noqa: PLR0124

    def constrain(self, unconstrained):
        steps = jax.nn.softplus(unconstrained[..., 1:])
        return from_steps(unconstrained[..., :1], steps)

    def unconstrain(self, value):
        return jnp.concatenate([value[..., :1], softplus_inverse(jnp.diff(value, axis=-1))], -1)

    def inside(self, value):
        def after(before: Array, own: Array) -> tuple[Array, Array]:
            own = jnp.maximum(own, before + step_of(before))
            return own, own

        rows = jnp.moveaxis(value, -1, 0)
        return jnp.moveaxis(jnp.concatenate([rows[:1], lax.scan(after, rows[0], rows[1:])[1]]), 0, -1)

    def interior(self, value):
        return jax.lax.broadcasted_iota(value.dtype, value.shape, value.ndim - 1)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))
