"""Projected normal distribution of directions.

    x = y/|y|,   y ~ Normal(c, I),   x ∈ ℝⁿ:   p(x; c) = (2π)^(-n/2) ∫₀^∞ r^(n-1) exp(-|r x - c|²/2) dr

as a density by the sphere's surface, in any dimension.

Sampling   x = y/|y|: pathwise in c.
Accuracy   The integral by Gauss-Legendre on both sides of its peak, the peak in closed form: log_prob within 30 ulp of
           max(1, |log p|, |c|²). Moments by the same quadrature, absolute error a few ulp.
Source     Mardia, Jupp, "Directional statistics" (2000), section 9.3.3; moments from 1/|y|² = ∫₀^∞ exp(-s|y|²) ds.
"""

from typing import final

import jax.numpy as jnp

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, log_projected_normal, projected_normal_moments
from ._distribution import AbstractDistribution, parameter
from ._sphere import unit


@final
class ProjectedNormal(AbstractDistribution):
    """Directions of normal vectors: any real vector is a valid parameter, which suits an unconstrained optimiser.

    Args:
        concentration: c, the mean of the vector that is projected; 0 is the uniform law. Real vector, n >= 2.

    Shapes: concentration (*batch, n); event (n,).

    Raises:
        ParameterError: the vector has less than two components (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.ProjectedNormal(np.zeros(2)).prob(np.array([0.6, 0.8]))), 4)  # 1/(2π)
        0.1592
    """

    concentration: ParameterArray = parameter(supports.real_vector)

    support = supports.sphere
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        if self.event_shape[0] < 2:
            wanted = "a vector in at least two dimensions"
            raise _errors.bad_parameter(self._label, "concentration", f"a vector of size {self.event_shape[0]}", wanted)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.concentration)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return unit(self.concentration + random.normal(key, shape + self.event_shape, self.dtype))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        c = self.concentration
        along = (c * x).sum()
        across = c - along * x
        return log_projected_normal(along, x.shape[-1]) - 0.5 * (across * across).sum() - x.shape[-1] * HALF_LOG_2PI

    # --- Moments ---
    def _mean(self) -> Array:
        return self._moments()[0] * self.concentration

    def _variance(self) -> Array:
        by_mean, free, by_square = self._moments()
        return free + (by_square - by_mean * by_mean) * jnp.square(self.concentration)

    def _covariance(self) -> Array:
        by_mean, free, by_square = self._moments()
        c = self.concentration
        return free * jnp.eye(c.shape[0], dtype=c.dtype) + (by_square - by_mean * by_mean) * c[:, None] * c[None, :]

    def _moments(self) -> tuple[Array, Array, Array]:
        c = self.concentration
        return projected_normal_moments((c * c).sum(), self.event_shape[0])

    def _mode(self) -> Array:
        return unit(self.concentration)
