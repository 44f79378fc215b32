"""Weibull distribution.

    p(x; k, λ) = (k/λ) (x/λ)^(k-1) exp(-(x/λ)^k),   x >= 0

Sampling   x = λ E^(1/k),  E ~ Exponential(1), in log space: pathwise in k and λ.
Accuracy   log_prob to 8 ulp of max(1, its largest derivative times argument): log(x/λ) without cancellation near x = λ.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 21.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import EULER_GAMMA, expm1, floored_exp, log1m, log1mexp, log_gamma1p_any, power_gap, power_ratio, xlogy
from ._distribution import AbstractDistribution, parameter


@final
class Weibull(AbstractDistribution):
    """Times to failure whose hazard grows or falls as a power of time.

    Args:
        concentration: k, the shape; the hazard falls below 1 and grows above. Positive.
        scale: λ, the 63 % quantile; same unit as x. Positive.

    Shapes: concentration, scale broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Weibull(2.0, 3.0).log_sf(3.0))
        -1.0
    """

    concentration: ParameterArray = parameter(supports.positive)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.nonnegative
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        _, log_rest = random.tails(key, shape, self.dtype)
        return floored_exp(jnp.log(self.scale) + jnp.log(-log_rest) / self.concentration)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative | None:
        """In s: by (x/s)^k ~ Gamma(2) and Gamma(1); none is known in k."""
        if parameter != "scale":
            return None
        once = (draw / self.scale) ** self.concentration
        twice = once - random.tails(key, draw.shape, self.dtype)[0]
        return WeakDerivative(self.concentration / self.scale, self.scale * twice ** (1 / self.concentration), draw)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        k, edge = self.concentration, x == 0
        inner = jnp.where(edge, self.scale, x)
        inside = power_gap(inner, self.scale, k) - jnp.log(inner)
        at_zero = xlogy(k - 1, jnp.where(edge, 0.0, 1.0).astype(x.dtype)) - jnp.log(self.scale)
        return jnp.where(edge, at_zero, inside) + jnp.log(k)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        edge = x == 0
        return jnp.where(edge, 0.0, -power_ratio(jnp.where(edge, self.scale, x), self.scale, self.concentration))

    def _quantile(self, p: Array) -> Array:
        edge = p == 0
        return jnp.where(edge, 0.0, self.scale * (-log1m(jnp.where(edge, 0.5, p))) ** (1 / self.concentration))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.scale * jnp.exp(log_gamma1p_any(1 / self.concentration))

    def _variance(self) -> Array:
        first, second = (log_gamma1p_any(n / self.concentration) for n in (1, 2))
        return self.scale * self.scale * jnp.exp(second) * -expm1(2 * first - second)

    def _mode(self) -> Array:
        k = jnp.where(self.concentration > 1, self.concentration, 2.0)
        return jnp.where(self.concentration > 1, self.scale * (1 - 1 / k) ** (1 / k), 0.0)

    def _entropy(self) -> Array:
        k = self.concentration
        return EULER_GAMMA * (1 - 1 / k) + jnp.log(self.scale) - jnp.log(k) + 1
