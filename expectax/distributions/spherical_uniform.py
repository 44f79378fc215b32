"""Uniform distribution of directions.

    p(x) = Γ(n/2) / (2 π^(n/2)),   |x| = 1,   x ∈ ℝⁿ

as a density by the sphere's surface.

Sampling   x = ε/|ε|,  ε ~ Normal(0, I).
Accuracy   log_prob is one constant.
Source     Mardia, Jupp, "Directional statistics" (2000), section 9.3.1.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._module import static
from .._typing import Array, Key, Shape
from ._count import check_count
from ._distribution import AbstractDistribution
from ._sphere import uniform_direction


@final
class SphericalUniform(AbstractDistribution):
    """Any direction alike. It has no parameters: draws are of JAX's default float type.

    Args:
        dimension: n, of the space; an integer >= 2.

    Shapes: batch (); event (n,).

    Raises:
        ParameterError: the dimension is not such an integer.

    Example:
        >>> import expectax as ex
        >>> round(float(ex.SphericalUniform(3).entropy()), 4)  # log 4π
        2.531
    """

    dimension: int = static()

    support = supports.sphere
    pathwise = True

    def __post_init__(self):
        check_count(self._label, "dimension", self.dimension, 2)

    @property
    def event_shape(self) -> Shape:
        return (self.dimension,)

    @property
    def _log_area(self) -> float:
        half = 0.5 * self.dimension
        return math.log(2) + half * math.log(math.pi) - math.lgamma(half)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return uniform_direction(key, shape + self.event_shape, self.dtype)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return jnp.full((), -self._log_area, x.dtype)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.zeros(self.event_shape, self.dtype)

    def _variance(self) -> Array:
        return jnp.full(self.event_shape, 1 / self.dimension, self.dtype)

    def _covariance(self) -> Array:
        return jnp.eye(self.dimension, dtype=self.dtype) / self.dimension

    def _mode(self) -> Array:
        """The first axis: all directions are as likely."""
        return jnp.eye(1, self.dimension, dtype=self.dtype)[0]

    def _entropy(self) -> Array:
        return jnp.full((), self._log_area, self.dtype)
