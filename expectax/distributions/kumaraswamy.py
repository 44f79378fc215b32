"""Kumaraswamy distribution.

    p(x; a, b) = a b x^(a-1) (1 - x^a)^(b-1),   x ∈ [0, 1]

Sampling   x = (1 - U^(1/b))^(1/a), in log space: pathwise in a and b. Draws are kept inside (0, 1), as those of Beta.
Accuracy   log_prob to 8 ulp of max(1, its largest derivative times argument): 1 - x^a through log(1 - e^(a log x)).
Source     Jones, "Kumaraswamy's distribution: a beta-type distribution with some tractability advantages" (2009).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import EULER_GAMMA, expm1, floored_exp, kumaraswamy_log_density, log1mexp, log1p, log_beta, polygamma
from ._distribution import AbstractDistribution, parameter


@final
class Kumaraswamy(AbstractDistribution):
    """A proportion, much like Beta's, with a distribution function in closed form.

    Args:
        concentration1: a, pulls x towards 1. Positive.
        concentration0: b, pulls x towards 0. Positive.

    Shapes: concentration1, concentration0 broadcast to the batch; event ().

    Raises:
        ParameterError: a concentration is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Kumaraswamy(2.0, 1.0).cdf(0.5)), 4)
        0.25
    """

    concentration1: ParameterArray = parameter(supports.positive)
    concentration0: ParameterArray = parameter(supports.positive)

    support = supports.unit_interval
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        _, log_rest = random.tails(key, shape, self.dtype)
        x = floored_exp(log1mexp(log_rest / self.concentration0) / self.concentration1)
        return jnp.where(x >= 1, 1 - jnp.finfo(self.dtype).eps / 2, x)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        a, b = self.concentration1, self.concentration0
        edge = (x == 0) | (x == 1)
        log_x = jnp.log(jnp.where(edge, 0.5, x))
        inside = kumaraswamy_log_density(a, b, log_x)
        own = jnp.where(x == 0, a, b)  # the exponent that meets log 0
        at_edge = jnp.where(own < 1, jnp.inf, jnp.where(own > 1, -jnp.inf, 0.0))
        return jnp.where(edge, at_edge + jnp.log(a) + jnp.log(b), inside)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return -expm1(self._log_sf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log1mexp(self._log_sf(x))

    def _log_sf(self, x: Array) -> Array:
        edge = x == 0
        log_power = self.concentration1 * jnp.log(jnp.where(edge, 0.5, x))
        return jnp.where(edge, 0.0, self.concentration0 * log1mexp(log_power))

    def _quantile(self, p: Array) -> Array:
        return jnp.exp(log1mexp(log1p(-p) / self.concentration0) / self.concentration1)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.exp(self._log_moment(1))

    def _variance(self) -> Array:
        second = self._log_moment(2)
        return jnp.exp(second) * -expm1(2 * self._log_moment(1) - second)

    def _log_moment(self, n: int) -> Array:
        """log E[xⁿ] = log(b B(1 + n/a, b))."""
        return jnp.log(self.concentration0) + log_beta(1 + n / self.concentration1, self.concentration0)

    def _mode(self) -> Array:
        a, b = self.concentration1, self.concentration0
        inner = (a > 1) & (b > 1)
        safe_a, safe_b = jnp.where(inner, a, 2.0), jnp.where(inner, b, 2.0)
        within = ((safe_a - 1) / (safe_a * safe_b - 1)) ** (1 / safe_a)
        flat = jnp.where((a == 1) & (b == 1), 0.5, jnp.where((b < 1) | (a >= 1) & (b == 1), 1.0, 0.0))
        return jnp.where(inner, within, flat)

    def _entropy(self) -> Array:
        a, b = self.concentration1, self.concentration0
        harmonic = polygamma(0, b + 1) + EULER_GAMMA
        return (1 - 1 / b) + (1 - 1 / a) * harmonic - jnp.log(a) - jnp.log(b)
