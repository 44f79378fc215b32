"""Angles."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ._real import Real


class Circle(Real):
    """Angles in radians: every real is one, and draws are written in the turn [centre - π, centre + π]."""

    centre: Any = 0.0
    description = "an angle in radians"

    @property
    def bounds(self):
        return self.centre - math.pi, self.centre + math.pi

    def constrain(self, unconstrained):
        return self.centre + 2 * jnp.arctan(unconstrained)

    def unconstrain(self, value):
        return jnp.tan(0.5 * (value - self.centre))

    def interior(self, value):
        return jnp.zeros_like(value) + self.centre

    def random_point(self, key: Key, shape: Shape = (), dtype: Any = jnp.float32) -> Array:
        return self.centre + jax.random.uniform(key, shape, dtype, -3.0, 3.0)
