"""Generalised normal (exponential power) distribution.

    p(x; μ, α, β) = β exp(-|z|^β) / (2α Γ(1/β)),   z = (x - μ)/α,   x ∈ ℝ

Sampling   x = μ ± α G^(1/β),  G ~ Gamma(1/β, 1), in log space: pathwise in μ, α and, through the gamma's implicit
           derivative, in β.
Accuracy   log_prob to 2 ulp of max(1, its largest derivative times argument); tails by the incomplete gamma function.
Source     Nadarajah, "A generalized normal distribution" (2005).
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import gammaincc_inverse, log1mexp, log_gamma1p_any, log_gammaincc, power_ratio
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)


@final
class GeneralizedNormal(AbstractDistribution):
    """Laplace at power 1, normal at power 2, nearly uniform for large powers.

    Args:
        loc: μ, the mean, median and mode; same unit as x. Real.
        scale: α; same unit as x; √2 times the standard deviation at power 2. Positive.
        power: β, the larger the lighter the tails. Positive.

    Shapes: loc, scale, power broadcast to the batch; event ().

    Raises:
        ParameterError: scale or power is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.GeneralizedNormal(0.0, 1.0, 2.0).prob(0.0)), 4)
        0.5642
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    power: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True

    def _power_of_distance(self, x: Array) -> Array:
        """|z|^β, with derivative 0 in x and μ at x = μ (a kink or cusp if β <= 1)."""
        zero = x == self.loc
        distance = jnp.where(zero, self.scale, jnp.abs(x - self.loc))
        return jnp.where(zero, 0.0, power_ratio(distance, self.scale, self.power))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gamma_key, sign_key = jax.random.split(key)
        log_gamma = random.gamma(gamma_key, 1 / self.power, shape)[1]
        sign = random.signs(sign_key, shape, self.dtype)
        return self.loc + self.scale * sign * jnp.exp(log_gamma / self.power)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return -self._power_of_distance(x) - log_gamma1p_any(1 / self.power) - _LOG_2 - jnp.log(self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tail(x, x < self.loc)

    def _log_sf(self, x: Array) -> Array:
        return self._log_tail(x, x > self.loc)

    def _log_tail(self, x: Array, outer: Array) -> Array:
        tail = log_gammaincc(1 / self.power, self._power_of_distance(x)) - _LOG_2
        tail = jnp.where(jnp.isnan(self.scale), jnp.nan, tail)
        return jnp.where(outer, tail, log1mexp(jnp.where(outer, -1.0, tail)))

    def _quantile(self, p: Array) -> Array:
        tail = jnp.where(p < 0.5, p, 1 - p)
        size = gammaincc_inverse(1 / self.power, 2 * tail) ** (1 / self.power)
        return self.loc + self.scale * jnp.where(p < 0.5, -size, size)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        # Γ(3/β)/Γ(1/β) = Γ(1 + 3/β)/Γ(1 + 1/β)/3
        log_moment = log_gamma1p_any(3 / self.power) - log_gamma1p_any(1 / self.power) - math.log(3)
        return self.scale * self.scale * jnp.exp(log_moment)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return 1 / self.power + _LOG_2 + jnp.log(self.scale) + log_gamma1p_any(1 / self.power)
