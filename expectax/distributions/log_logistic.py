"""Log-logistic (Fisk) distribution.

    p(x; μ, s) = σ(z) σ(-z) / (s x),   z = (log x - μ)/s,   σ(z) = 1/(1 + e⁻ᶻ),   x > 0

Sampling   x = exp(μ + s (log U - log(1 - U))), with U and 1 - U precise in both tails: pathwise in μ and s. Draws are
           kept between the smallest normal number and e⁻¹⁰ of the largest.
Accuracy   log_prob to a few ulp of its largest term; both tails in log space.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), section 23.11.
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import floored_exp, horner, log1p, log1pexp, log_logistic_density, standardised
from ._distribution import AbstractDistribution, parameter

# (sin x - x cos x)/x³ in powers of x²
_SERIES = tuple((-1) ** k * 2 * (k + 1) / math.factorial(2 * k + 3) for k in range(12))


@final
class LogLogistic(AbstractDistribution):
    """A variable whose logarithm is logistic: times to failure whose hazard first grows and then falls.

    Args:
        loc: μ, the median of log x. Real.
        scale: s, the scale of log x; moments of order 1/s and above are infinite. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.LogLogistic(0.0, 0.5).mean()), 4)
        1.5708
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.positive
    pathwise = True

    def _z(self, x: Array) -> Array:
        edge = x == 0
        return jnp.where(edge, -jnp.inf, standardised(jnp.log(jnp.where(edge, 1.0, x)), self.loc, self.scale))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, log_rest = random.tails(key, shape, self.dtype)
        log_x = self.loc + self.scale * (log_u - log_rest)
        top = math.log(jnp.finfo(self.dtype).max) - 10
        return floored_exp(jnp.where(log_x > top, top, log_x))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_logistic_density(self._z(x)) - jnp.log(self.scale) - jnp.log(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jax.nn.sigmoid(self._z(x))

    def _sf(self, x: Array) -> Array:
        return jax.nn.sigmoid(-self._z(x))

    def _log_cdf(self, x: Array) -> Array:
        return -log1pexp(-self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return -log1pexp(self._z(x))

    def _quantile(self, p: Array) -> Array:
        return jnp.exp(self.loc + self.scale * (jnp.log(p) - log1p(-p)))

    # --- Moments ---
    def _mean(self) -> Array:
        finite = self.scale < 1
        s = jnp.where(finite, self.scale, 0.5)
        return jnp.exp(self.loc) * jnp.where(finite, math.pi * s / _sin_pi(s), _infinite(self.scale))

    def _variance(self) -> Array:
        """e^(2μ) a (tan a - a)/sin² a with a = πs."""
        finite = self.scale < 0.5
        s = jnp.where(finite, self.scale, 0.25)
        a, sine = math.pi * s, _sin_pi(s)
        excess = horner(_SERIES, a * a) * (a / sine) ** 2 * a * a / _sin_pi(0.5 - s)
        return jnp.exp(2 * self.loc) * jnp.where(finite, excess, _infinite(self.scale))

    def _mode(self) -> Array:
        inner = self.scale < 1
        s = jnp.where(inner, self.scale, 0.5)
        return jnp.where(inner, jnp.exp(self.loc + s * (log1p(-s) - log1p(s))), 0.0)

    def _entropy(self) -> Array:
        return 2 + jnp.log(self.scale) + self.loc


def _sin_pi(s: Array) -> Array:
    """sin(πs) for s in [0, 1]."""
    return jnp.sin(math.pi * jnp.where(s > 0.5, 1 - s, s))


def _infinite(scale: Array) -> Array:
    return jnp.where(jnp.isnan(scale), jnp.nan, jnp.inf)
