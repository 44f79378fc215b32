"""Von Mises-Fisher distribution of directions.

    p(x; μ, κ) = κ^v exp(κ μᵀx) / ((2π)^(n/2) I_v(κ)),   v = n/2 - 1,   |x| = 1,   x ∈ ℝⁿ

as a density by the sphere's surface. On the circle (n = 2) it is von Mises' law, on S² Fisher's.

Sampling   x = cos φ μ + sin φ ξ, φ by rejection (Wood 1994), ξ uniform across μ: pathwise in μ, and in κ by the implicit
           derivative of φ.
Accuracy   log_prob through |x - μ|² and the slowly varying factor of I_v: few ulp of max(1, |log p|, n), at any κ.
Source     Mardia, Jupp, "Directional statistics" (2000), section 9.3.2.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import mean_deficit, von_mises_fisher_log_peak
from ._distribution import AbstractDistribution, parameter
from ._sphere import around, chord, directional_covariance, directional_variance, unit


@final
class VonMisesFisher(AbstractDistribution):
    """Directions around one: the normal law's counterpart on a sphere.

    Args:
        mean_direction: μ, a vector of length 1 in at least two dimensions.
        concentration: κ, about the inverse variance of each component across μ; 0 is the uniform law. Not negative.

    Shapes: mean_direction (*batch, n); concentration broadcasts to the batch; event (n,).

    Raises:
        ParameterError: the direction's length is not 1, the concentration negative, or n < 2 (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> d = ex.VonMisesFisher(np.array([0.0, 0.0, 1.0]), 2.0)
        >>> round(float(d.mean()[2]), 4)  # coth 2 - 1/2
        0.5373
    """

    mean_direction: ParameterArray = parameter(supports.sphere)
    concentration: ParameterArray = parameter(supports.nonnegative)

    support = supports.sphere
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        check_direction(self._label, self.event_shape)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.mean_direction)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        angle_key, tangent_key = jax.random.split(key)
        angle = random.polar_angle(angle_key, self.concentration, self.event_shape[0], shape)
        return around(tangent_key, self.mean_direction, angle)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        drop = 0.5 * self.concentration * chord(x, unit(self.mean_direction))
        return von_mises_fisher_log_peak(self.concentration, x.shape[-1]) - drop

    # --- Moments ---
    def _mean(self) -> Array:
        return (1 - self._deficit()) * unit(self.mean_direction)

    def _variance(self) -> Array:
        return directional_variance(self.mean_direction, *self._spreads())

    def _covariance(self) -> Array:
        return directional_covariance(self.mean_direction, *self._spreads())

    def _spreads(self) -> tuple[Array, Array]:
        """The variances along the mean direction and across it."""
        n, kappa = self.event_shape[0], self.concentration
        deficit, slope = jax.jvp(lambda k: mean_deficit(k, n), (kappa,), (jnp.ones_like(kappa),))
        across = jnp.where(kappa > 0, (1 - deficit) / jnp.where(kappa > 0, kappa, 1.0), 1 / n)
        return -slope, across

    def _mode(self) -> Array:
        return unit(self.mean_direction)

    def _entropy(self) -> Array:
        peak = von_mises_fisher_log_peak(self.concentration, self.event_shape[0])
        return self.concentration * self._deficit() - peak

    def _deficit(self) -> Array:
        return mean_deficit(self.concentration, self.event_shape[0])


def check_direction(family: str, event_shape: Shape) -> None:
    """Raise unless there are at least two dimensions."""
    if event_shape[0] < 2:
        described = f"a vector of size {event_shape[0]}"
        raise _errors.bad_parameter(family, "mean_direction", described, "a vector in at least two dimensions")
