"""Gompertz distribution.

    p(x; c, λ) = c λ exp(λx - c (e^(λx) - 1)),   x >= 0

Sampling   x = log(1 + E/c)/λ,  E ~ Exponential(1): pathwise in c and λ.
Accuracy   log_prob to 4 ulp of max(1, its largest derivative times argument); both tails in log space.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), section 22.8 of vol. 2 (1995);
           Lenart, "The moments of the Gompertz distribution and maximum likelihood estimation of its parameters" (2014).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import expint_variance, expm1, log1mexp, log1p, scaled_expint
from ._distribution import AbstractDistribution, parameter


@final
class Gompertz(AbstractDistribution):
    """Times to death or failure whose hazard grows exponentially: c λ exp(λx).

    Args:
        concentration: c, the shape; the hazard at 0 in units of the rate. Positive.
        rate: λ, at which the hazard grows; its inverse has the unit of x. Positive.

    Shapes: concentration, rate broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Gompertz(1.0, 2.0).prob(0.0)), 4)
        2.0
    """

    concentration: ParameterArray = parameter(supports.positive)
    rate: ParameterArray = parameter(supports.positive, default=1.0)

    support = supports.nonnegative
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        _, log_rest = random.tails(key, shape, self.dtype)
        return log1p(-log_rest / self.concentration) / self.rate

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return jnp.log(self.concentration) + jnp.log(self.rate) + self.rate * x + self._log_sf(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        return -self.concentration * expm1(self.rate * x)

    def _quantile(self, p: Array) -> Array:
        return log1p(-log1p(-p) / self.concentration) / self.rate

    # --- Moments ---
    def _mean(self) -> Array:
        return scaled_expint(self.concentration) / self.rate

    def _variance(self) -> Array:
        return expint_variance(self.concentration) / (self.rate * self.rate)

    def _mode(self) -> Array:
        early = self.concentration < 1
        return (
            jnp.where(early, -jnp.log(jnp.where(early, self.concentration, 0.5)), 0.0 * self.concentration) / self.rate
        )

    def _entropy(self) -> Array:
        c = self.concentration
        return 1 - scaled_expint(c) - jnp.log(c) - jnp.log(self.rate)
