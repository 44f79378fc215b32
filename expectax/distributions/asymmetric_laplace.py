"""Asymmetric Laplace distribution.

    p(x; μ, σ, κ) = exp(-|x - μ|/s) / (l + r),   s = l = σκ below μ and s = r = σ/κ above,   x ∈ ℝ

Sampling   x = F⁻¹(U) in closed form, with U and 1 - U precise in both tails: pathwise in μ, σ and κ.
Accuracy   all methods to a few ulp of max(1, |result|), for any asymmetry, both tails in log space.
Source     Kotz, Kozubowski, Podgórski, "The Laplace distribution and generalizations" (2001), section 3.1.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    asymmetric_laplace_log_cdf,
    asymmetric_laplace_log_prob,
    asymmetric_laplace_quantile,
    divide,
    log1p,
)
from ._distribution import AbstractDistribution, parameter


@final
class AsymmetricLaplace(AbstractDistribution):
    """Two exponential tails of different length: errors that cost more on one side.

    Args:
        loc: μ, the mode; same unit as x. Real.
        scale: σ, the geometric mean of the tails' lengths σκ (below) and σ/κ (above); same unit as x. Positive.
        asymmetry: κ; above 1 the lower tail is the longer. Positive.

    Shapes: loc, scale, asymmetry broadcast to the batch; event ().

    Raises:
        ParameterError: scale or asymmetry is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.AsymmetricLaplace(0.0, 1.0, 2.0).cdf(0.0)), 4)
        0.8
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    asymmetry: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True

    def _sides(self) -> tuple[Array, Array]:
        return self.scale * self.asymmetry, divide(self.scale, self.asymmetry)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.loc + asymmetric_laplace_quantile(*random.tails(key, shape, self.dtype), *self._sides())

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return asymmetric_laplace_log_prob(x - self.loc, *self._sides())

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return asymmetric_laplace_log_cdf(x - self.loc, *self._sides())

    def _log_sf(self, x: Array) -> Array:
        return asymmetric_laplace_log_cdf(self.loc - x, *self._sides()[::-1])

    def _quantile(self, p: Array) -> Array:
        return self.loc + asymmetric_laplace_quantile(jnp.log(p), log1p(-p), *self._sides())

    # --- Moments ---
    def _mean(self) -> Array:
        left, right = self._sides()
        return self.loc + (right - left)

    def _variance(self) -> Array:
        left, right = self._sides()
        return left * left + right * right

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        left, right = self._sides()
        return 1 + jnp.log(left + right)
