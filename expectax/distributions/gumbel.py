"""Gumbel (type-I extreme value) distribution, of maxima.

    p(x; μ, β) = exp(-(z + e⁻ᶻ)) / β,   z = (x - μ)/β,   x ∈ ℝ

Sampling   x = μ - β log(-log U), with U and 1 - U precise in both tails: pathwise in μ and β.
Accuracy   log_prob to 2 ulp of max(1, |log p|, |z|); both tails in log space.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 22.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import EULER_GAMMA, expm1, location_scale, log1mexp_exp, standardised
from ._distribution import AbstractDistribution, parameter

# of u = -z, (loc, x) for (x, loc); at u = ∞ the bounded term lets the other decide
_log_prob = location_scale(lambda u: jnp.minimum(u, 1e30) - jnp.exp(u), lambda u: -expm1(u))


@final
class Gumbel(AbstractDistribution):
    """The largest of many independent values with light tails.

    Args:
        loc: μ, the mode; same unit as x. Real.
        scale: β; same unit as x; the standard deviation is πβ/√6. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Gumbel(0.0, 1.0).log_prob(0.0))
        -1.0
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True
    nan_by_itself = ("log_prob",)

    def _z(self, x: Array) -> Array:
        return standardised(x, self.loc, self.scale)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, _ = random.tails(key, shape, self.dtype)
        return self.loc - self.scale * jnp.log(-log_u)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_prob(self.loc, x, self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return -jnp.exp(-self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return log1mexp_exp(-self._z(x))

    def _quantile(self, p: Array) -> Array:
        return self.loc - self.scale * jnp.log(-jnp.log(p))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + EULER_GAMMA * self.scale

    def _variance(self) -> Array:
        return math.pi**2 / 6 * self.scale * self.scale

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return 1 + EULER_GAMMA + jnp.log(self.scale)
