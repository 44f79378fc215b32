"""Gamma distribution.

    p(x; α, λ) = λ^α x^(α-1) exp(-λ x) / Γ(α),   x >= 0

Sampling   x = G/λ,  G ~ Gamma(α, 1) (Marsaglia & Tsang 2000), in log space where G is small: pathwise in λ, and in α by
           the implicit derivative -F_α(x)/p(x). Draws are kept at or above the smallest normal number.
Accuracy   log_prob through Stirling's error and the deviance: a few ulp of its largest derivative times argument,
           also at α = 10⁹; log_cdf and log_sf in log space, both tails.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 17; Loader (2000).
"""

from typing import Any, final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..estimators import WeakDerivative
from ..numerics import (
    HALF_LOG_2PI,
    digamma_error,
    floored_exp,
    gamma_log_density,
    gammainc_inverse,
    log_gammainc,
    log_gammaincc,
    stirling_error,
)
from ._distribution import AbstractDistribution, parameter
from .exp_gamma import ExpGamma


@final
class Gamma(AbstractDistribution):
    """Positive quantities with a free coefficient of variation: waiting times, rates, precisions.

    Args:
        concentration: α, the shape; 1/√α is the coefficient of variation. Positive.
        rate: λ, the inverse scale; the mean is α/λ. Positive.

    Shapes: concentration, rate broadcast to the batch; event ().

    Raises:
        ParameterError: a parameter is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Gamma(3.0, 2.0).log_prob(1.0)), 4)
        -0.6137
    """

    concentration: ParameterArray = parameter(supports.positive)
    rate: ParameterArray = parameter(supports.positive, default=1.0)

    support = supports.nonnegative
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gamma, log_gamma = random.gamma(key, self.concentration, shape)
        small = floored_exp(log_gamma - jnp.log(self.rate))  # a large one would lose digits on the way
        return jnp.where(gamma < 1e-3, small, gamma / self.rate)

    def sample_log(self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None) -> Array:
        """Draws of log x, finite where x itself underflows: a site of ExpGamma, with the arguments of `sample`.

        Example:
            >>> import expectax as ex, jax, jax.numpy as jnp
            >>> bool(jnp.isfinite(ex.Gamma(1e-4).sample_log(jax.random.key(0), (9,))).all())
            True
        """
        return ExpGamma(self.concentration, self.rate).sample(key, shape, gradient=gradient, name=name)

    # --- Weak derivatives ---
    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> WeakDerivative | None:
        """In β: the law itself less that of one more event, by α/β; none is known in α."""
        if parameter != "rate":
            return None
        further = -random.tails(key, draw.shape, self.dtype)[0] / self.rate
        return WeakDerivative(self.concentration / self.rate, draw, draw + further)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return gamma_log_density(self.concentration, self.rate, x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log_gammainc(self.concentration, self.rate * x)

    def _log_sf(self, x: Array) -> Array:
        return log_gammaincc(self.concentration, self.rate * x)

    def _quantile(self, p: Array) -> Array:
        return gammainc_inverse(self.concentration, p) / self.rate

    # --- Moments ---
    def _mean(self) -> Array:
        return self.concentration / self.rate

    def _variance(self) -> Array:
        return self.concentration / (self.rate * self.rate)

    def _mode(self) -> Array:
        return jnp.maximum(self.concentration - 1, 0.0) / self.rate

    def _entropy(self) -> Array:
        a = self.concentration
        rest = stirling_error(a) + (1 - a) * digamma_error(a)
        return 0.5 * jnp.log(a) + HALF_LOG_2PI + rest - jnp.log(self.rate)
