"""Cauchy (Lorentz) distribution.

    p(x; x₀, γ) = 1 / (πγ (1 + z²)),   z = (x - x₀)/γ,   x ∈ ℝ

Sampling   x = x₀ ± γ / tan(πu/2),  u ~ Uniform(0, 1) with full precision near 0, so that far tails exist: pathwise in
           x₀ and γ.
Accuracy   log_prob to 2 ulp of max(1, |log p|); tails as arctan(1/z)/π, without cancellation.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 16.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import cauchy_cdf, cauchy_log_prob, cot_pi, log1p
from ._distribution import AbstractDistribution, parameter


@final
class Cauchy(AbstractDistribution):
    """The quotient of two normals: tails so heavy that no mean exists.

    Args:
        loc: x₀, the median and mode; same unit as x. Real.
        scale: γ, half the width at half the height; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Cauchy(0.0, 1.0).log_prob(0.0)), 4)
        -1.1447
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True
    symmetric = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        size = cot_pi(side)
        return self.loc + self.scale * jnp.where(upper, size, -size)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return cauchy_log_prob(x, self.loc, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return cauchy_cdf(x - self.loc, self.scale)

    def _sf(self, x: Array) -> Array:
        return cauchy_cdf(self.loc - x, self.scale)

    def _log_cdf(self, x: Array) -> Array:
        return _log_cdf(x - self.loc, self.scale)

    def _log_sf(self, x: Array) -> Array:
        return _log_cdf(self.loc - x, self.scale)

    def _quantile(self, p: Array) -> Array:
        lower = p < 0.5
        size = cot_pi(jnp.where(lower, p, 1 - p))
        return self.loc + self.scale * jnp.where(lower, -size, size)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.full_like(self.loc, jnp.nan)

    def _variance(self) -> Array:
        return jnp.full_like(self.scale, jnp.nan)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return math.log(4 * math.pi) + jnp.log(self.scale)


def _log_cdf(d: Array, scale: Array) -> Array:
    lower = d <= 0
    tail = cauchy_cdf(jnp.where(lower, d, -d), scale)
    return jnp.where(lower, jnp.log(jnp.where(lower, tail, 0.5)), log1p(-jnp.where(lower, 0.5, tail)))
