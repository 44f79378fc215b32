"""Asymmetric Laplace distribution, by the quantile at its mode.

    p(x; μ, σ, q) = q (1 - q)/σ · exp(-|x - μ|/s),   s = σ/(1 - q) below μ and s = σ/q above,   x ∈ ℝ

Sampling   x = F⁻¹(U) in closed form, with U and 1 - U precise in both tails: pathwise in μ, σ and q.
Accuracy   all methods to a few ulp of max(1, |result|), for any q, both tails in log space.
Source     Yu, Moyeed, "Bayesian quantile regression" (2001).
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
class AsymmetricLaplaceQuantile(AbstractDistribution):
    """The law behind quantile regression: its mode is its quantile of order q.

    Args:
        loc: μ, the mode and quantile of order q; same unit as x. Real.
        scale: σ, in which the check loss is measured; same unit as x. Positive.
        quantile_level: q, the mass below μ. In (0, 1).

    Shapes: loc, scale, quantile_level broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, quantile_level not in (0, 1), or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.AsymmetricLaplaceQuantile(0.0, 1.0, 0.9).cdf(0.0)), 4)
        0.9
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    quantile_level: ParameterArray = parameter(supports.open_unit_interval)

    support = supports.real
    pathwise = True

    def _sides(self) -> tuple[Array, Array]:
        return divide(self.scale, 1 - self.quantile_level), divide(self.scale, self.quantile_level)

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
