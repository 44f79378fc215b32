"""Logistic distribution.

    p(x; μ, s) = σ(z) σ(-z) / s,   z = (x - μ)/s,   σ(z) = 1/(1 + e⁻ᶻ),   x ∈ ℝ

Sampling   x = μ + s (log U - log(1 - U)), with U and 1 - U precise in both tails: pathwise in μ and s.
Accuracy   log_prob to 2 ulp of max(1, |log p|); both tails in log space.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 23.
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import location_scale, log1pexp, log_logistic_density, standardised
from ._distribution import AbstractDistribution, parameter

_log_prob = location_scale(log_logistic_density, lambda z: -jnp.tanh(0.5 * z))


@final
class Logistic(AbstractDistribution):
    """The difference of two Gumbels: the noise behind logistic regression.

    Args:
        loc: μ, the mean, median and mode; same unit as x. Real.
        scale: s; same unit as x; the standard deviation is πs/√3. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Logistic(0.0, 1.0).prob(0.0)), 4)
        0.25
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True
    nan_by_itself = ("log_prob",)
    symmetric = True

    def _z(self, x: Array) -> Array:
        return standardised(x, self.loc, self.scale)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, log_rest = random.tails(key, shape, self.dtype)
        return self.loc + self.scale * (log_u - log_rest)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_prob(x, self.loc, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jax.nn.sigmoid(self._z(x))

    def _sf(self, x: Array) -> Array:
        return jax.nn.sigmoid(-self._z(x))

    def _log_cdf(self, x: Array) -> Array:
        return -log1pexp(-self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return -log1pexp(self._z(x))

    def _quantile(self, p: Array) -> Array:
        return self.loc + self.scale * (jnp.log(p) - jnp.log1p(-p))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return math.pi**2 / 3 * self.scale * self.scale

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return 2 + jnp.log(self.scale)
