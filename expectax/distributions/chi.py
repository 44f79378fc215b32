"""Chi distribution.

    p(x; ν) = x^(ν-1) exp(-x²/2) / (2^(ν/2-1) Γ(ν/2)),   x >= 0

Sampling   x = √(2G),  G ~ Gamma(ν/2, 1), in log space where G is small: pathwise in ν by the gamma's implicit
           derivative. Draws are kept at or above the smallest normal number.
Accuracy   log_prob to a few ulp of its largest derivative times argument, as Gamma's, which x²/2 has; the tails too
           where x² underflows; the variance to 8 ulp, also at ν = 10⁹ where it is the difference of two large numbers.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 18.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    digamma_error,
    expm1,
    expm1_rest,
    floored_exp,
    gamma_log_density,
    log1p,
    log_gamma_difference,
    log_gammainc_exp,
    log_gammainc_inverse,
    log_gammaincc_exp,
    stirling_error,
)
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)


@final
class Chi(AbstractDistribution):
    """The length of a vector of ν standard normals; ν need not be whole.

    Args:
        df: ν, degrees of freedom; HalfNormal at 1, Rayleigh at 2, Maxwell's law of speeds at 3. Positive.

    Shapes: df has the batch shape; event ().

    Raises:
        ParameterError: df is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Chi(2.0).log_sf(2.0))
        -2.0
    """

    df: ParameterArray = parameter(supports.positive)

    support = supports.nonnegative
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gamma, log_gamma = random.gamma(key, 0.5 * self.df, shape)
        small = gamma < 1e-3  # a large one would lose digits on the way
        root = jnp.sqrt(2 * jnp.where(small, 1.0, gamma))
        return jnp.where(small, floored_exp(0.5 * (log_gamma + _LOG_2)), root)

    # --- Density: x²/2 is a gamma variable, and its logarithm's density twice that of log x ---
    def _log_prob(self, x: Array) -> Array:
        edge = x == 0
        inner = jnp.where(edge, 1.0, x)
        inside = gamma_log_density(0.5 * self.df, 0.5 * inner, inner) + _LOG_2
        at_zero = jnp.where(
            self.df < 1, jnp.inf, jnp.where(self.df > 1, -jnp.inf, 0.5 * _LOG_2 - 0.5 * math.log(math.pi))
        )
        return jnp.where(edge & (inside == inside), at_zero, inside)  # noqa: PLR0124  NaN: a bad parameter

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        edge = x == 0
        inside = log_gammainc_exp(0.5 * self.df, 2 * jnp.log(jnp.where(edge, 1.0, x)) - _LOG_2)
        return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124

    def _log_sf(self, x: Array) -> Array:
        edge = x == 0
        inside = log_gammaincc_exp(0.5 * self.df, 2 * jnp.log(jnp.where(edge, 1.0, x)) - _LOG_2)
        return jnp.where(edge & (inside == inside), 0.0, inside)  # noqa: PLR0124

    def _quantile(self, p: Array) -> Array:
        return jnp.exp(0.5 * (log_gammainc_inverse(0.5 * self.df, p) + _LOG_2))

    # --- Moments ---
    def _mean(self) -> Array:
        return math.sqrt(2) * jnp.exp(log_gamma_difference(0.5 * self.df, jnp.full_like(self.df, 0.5)))

    def _variance(self) -> Array:
        """ν - mean² = -ν expm1(2 log(Γ(a + ½)/Γ(a)) - log a) at a = ν/2, by Stirling's formula."""
        a = 0.5 * self.df
        stirling = -self.df * expm1_rest(log1p(1 / self.df))  # 2a log(1 + 1/(2a)) - 1
        return -self.df * expm1(stirling + 2 * (stirling_error(a + 0.5) - stirling_error(a)))

    def _mode(self) -> Array:
        above = self.df > 1
        return jnp.where(above, jnp.sqrt(jnp.where(above, self.df - 1, 1.0)), 0.0)

    def _entropy(self) -> Array:
        a = 0.5 * self.df
        return HALF_LOG_2PI - 0.5 * _LOG_2 + stirling_error(a) + (0.5 - a) * digamma_error(a)
