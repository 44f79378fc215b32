"""Power spherical distribution of directions.

    p(x; μ, κ) = Γ(α + β) (1 + μᵀx)^κ / (2^(α+β) π^β Γ(α)),   α = β + κ, β = (n-1)/2,   |x| = 1,   x ∈ ℝⁿ

as a density by the sphere's surface.

Sampling   x = cos φ μ + sin φ ξ, tan²(φ/2) = G/H with G ~ Gamma(β, 1), H ~ Gamma(α, 1), formed in log space, ξ uniform
           across μ: pathwise in μ, and in κ through the gamma's implicit derivative.
Accuracy   log_prob through |x - μ|² near μ and |x + μ|² opposite to it, and a difference of log Γ that keeps its digits.
Source     De Cao, Aziz, "The power spherical distribution" (2020).
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import digamma_gap, log1p, log_gamma_difference
from ._distribution import AbstractDistribution, parameter
from ._sphere import around, chord, directional_covariance, directional_variance, unit
from .von_mises_fisher import check_direction


@final
class PowerSpherical(AbstractDistribution):
    """Directions around one, drawn without rejection; the density is 0 opposite to the mean direction.

    Args:
        mean_direction: μ, a vector of length 1 in at least two dimensions.
        concentration: κ; 0 is the uniform law. Not negative.

    Shapes: mean_direction (*batch, n); concentration broadcasts to the batch; event (n,).

    Raises:
        ParameterError: the direction's length is not 1, the concentration negative, or n < 2 (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.PowerSpherical(np.array([0.0, 0.0, 1.0]), 2.0).mean()
        Array([0. , 0. , 0.5], dtype=float32)
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

    @property
    def _beta(self) -> float:
        return 0.5 * (self.event_shape[0] - 1)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        near_key, far_key, tangent_key = jax.random.split(key, 3)
        near = random.gamma(near_key, jnp.full_like(self.concentration, self._beta), shape)[1]
        far = random.gamma(far_key, self._beta + self.concentration, shape)[1]
        return around(tangent_key, self.mean_direction, 2 * jnp.arctan(jnp.exp(0.5 * (near - far))))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        mean, kappa = unit(self.mean_direction), self.concentration
        q, rest = 0.25 * chord(x, mean), 0.25 * chord(x, -mean)  # sin² and cos² of φ/2
        near, opposite = q < 0.5, (rest == 0) & (kappa > 0)
        safe = jnp.where(near | (rest == 0), 1.0, rest)
        log_share = jnp.where(near, log1p(-jnp.where(near, q, 0.0)), jnp.log(safe))
        return jnp.where(opposite, -jnp.inf, kappa * log_share) + self._log_peak()

    def _log_peak(self) -> Array:
        """log p(μ)."""
        beta = jnp.full_like(self.concentration, self._beta)
        return log_gamma_difference(beta + self.concentration, beta) - beta * math.log(4 * math.pi)

    # --- Moments ---
    def _mean(self) -> Array:
        kappa = self.concentration
        return kappa / (kappa + 2 * self._beta) * unit(self.mean_direction)

    def _variance(self) -> Array:
        return directional_variance(self.mean_direction, *self._spreads())

    def _covariance(self) -> Array:
        return directional_covariance(self.mean_direction, *self._spreads())

    def _spreads(self) -> tuple[Array, Array]:
        """The variances along the mean direction and across it."""
        alpha, beta = self._beta + self.concentration, self._beta
        total = alpha + beta
        across = 2 * alpha / (total * (total + 1))
        return across * (2 * beta / total), across

    def _mode(self) -> Array:
        return unit(self.mean_direction)

    def _entropy(self) -> Array:
        beta = jnp.full_like(self.concentration, self._beta)
        return self.concentration * digamma_gap(beta + self.concentration, beta) - self._log_peak()
