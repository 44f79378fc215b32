"""Pareto (type I) distribution.

    p(x; α, m) = α m^α / x^(α+1),   x >= m

Sampling   x = m exp(E/α),  E ~ Exponential(1): pathwise in α and m. The support moves with m, so the score function is
           not valid for it.
Accuracy   log_prob to 2 ulp of max(1, its largest derivative times argument): log(m/x) without cancellation near x = m.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 20.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import expm1, log1m, log1mexp, log_ratio
from ._distribution import AbstractDistribution, parameter


@final
class Pareto(AbstractDistribution):
    """Quantities above a threshold with a power law: incomes, sizes, losses.

    Args:
        concentration: α, the tail's exponent; moments of order α and above are infinite. Positive.
        scale: m, the lower end; same unit as x. Positive.

    Shapes: concentration, scale broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Pareto(3.0, 2.0).mean())
        3.0
    """

    concentration: ParameterArray = parameter(supports.positive)
    scale: ParameterArray = parameter(supports.positive, moves_support=True)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.scale, jnp.inf)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        _, log_rest = random.tails(key, shape, self.dtype)
        return self.scale * jnp.exp(-log_rest / self.concentration)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        a = self.concentration
        return log_ratio(a, x) + a * log_ratio(self.scale, x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        return self.concentration * log_ratio(self.scale, x)

    def _quantile(self, p: Array) -> Array:
        return self.scale * jnp.exp(-log1m(p) / self.concentration)

    # --- Moments ---
    def _mean(self) -> Array:
        excess = self.concentration - 1
        return jnp.where(excess > 0, self.scale * (1 + 1 / jnp.where(excess > 0, excess, 1.0)), jnp.inf)

    def _variance(self) -> Array:
        a = jnp.where(self.concentration > 2, self.concentration, 3.0)
        finite = (self.scale / (a - 1)) ** 2 * (a / (a - 2))
        return jnp.where(self.concentration > 2, finite, jnp.where(self.concentration > 1, jnp.inf, jnp.nan))

    def _mode(self) -> Array:
        return self.scale

    def _entropy(self) -> Array:
        return jnp.log(self.scale) - jnp.log(self.concentration) + 1 / self.concentration + 1
