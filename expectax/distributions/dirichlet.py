"""Dirichlet distribution.

    p(x; α) = Γ(Σ αᵢ) Π xᵢ^(αᵢ-1) / Γ(αᵢ),   x in the simplex; density in the first n - 1 coordinates

Sampling   x = softmax(log G),  Gᵢ ~ Gamma(αᵢ, 1): pathwise in α through the gammas' implicit derivatives. Draws
           are kept at or above the smallest normal number, so that their log-density is finite.
Accuracy   log_prob through Stirling's error and the deviance: a few ulp of its largest derivative times argument.
Source     Kotz, Balakrishnan, Johnson, "Continuous multivariate distributions", vol. 1 (2000), chapter 49.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    digamma_error,
    log_gamma_kernel,
    log_gamma_kernel_of_product,
    log_ratio,
    stirling_error,
    sum_minus_one,
)
from ._distribution import AbstractDistribution, parameter


@final
class Dirichlet(AbstractDistribution):
    """A vector of proportions that sum to 1; the conjugate prior of Categorical's probabilities.

    Args:
        concentration: α; the mean is α/Σα, and Σα says how close draws are to it. Positive vector.

    Shapes: concentration (*batch, n); event (n,).

    Raises:
        ParameterError: a concentration is not positive, or it has no axis (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.Dirichlet(np.array([1.0, 3.0])).mean()
        Array([0.25, 0.75], dtype=float32)
    """

    concentration: ParameterArray = parameter(supports.positive_vector)

    support = supports.simplex
    pathwise = True

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.concentration)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_gammas = random.gamma(key, self.concentration, shape + self.event_shape)[1]
        draw = jnp.maximum(jax.nn.softmax(log_gammas, axis=-1), jnp.finfo(self.dtype).tiny)
        known = (self.concentration > 0).all(-1, keepdims=True)  # maximum hides a NaN once it is fused
        return jnp.where(known, draw, jnp.nan)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return _log_density(self.concentration, x)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.concentration / self.concentration.sum()

    def _variance(self) -> Array:
        mean = self._mean()
        return mean * (1 - mean) / (self.concentration.sum() + 1)

    def _mode(self) -> Array:
        # NaN unless every αᵢ >= 1: otherwise the density has no maximum
        a = self.concentration
        excess = a.sum() - a.shape[-1]
        inner = (a - 1) / jnp.where(excess > 0, excess, 1.0)
        return jnp.where((a >= 1).all() & (excess > 0), inner, jnp.nan)

    def _entropy(self) -> Array:
        a = self.concentration
        n, total = a.shape[-1], a.sum()
        own = (0.5 * jnp.log(a) + stirling_error(a) + (1 - a) * digamma_error(a)).sum()
        joint = (0.5 - n) * jnp.log(total) - stirling_error(total) + (total - n) * digamma_error(total)
        return own + joint + (n - 1) * HALF_LOG_2PI


@jax.custom_jvp
def _log_density(a: Array, x: Array) -> Array:
    total = a.sum()
    edge = x == 0
    inner = jnp.where(edge, 0.5, x)
    terms = log_gamma_kernel_of_product(a, total, inner) - jnp.log(inner)
    # x → 0 of the kernel: a factor x^(a-1)/Γ(a); n^a and e^(-nx) belong to the normaliser
    at_zero = jnp.where(a < 1, jnp.inf, jnp.where(a > 1, -jnp.inf, jnp.log(total)))
    excess = total * sum_minus_one(x)  # a sum off by one ulp would cost Σα ulp
    return jnp.where(edge, at_zero, terms).sum() - log_gamma_kernel(total, total) + excess


@_log_density.defjvp
def _log_density_jvp(primals, tangents):
    # the parts of size Σα that stand in the value cancel: (α - 1)/x and log x - ψ(α) + ψ(Σα)
    (a, x), (da, dx) = primals, tangents
    total = a.sum()
    edge = x == 0
    inner = jnp.where(edge, 1.0, x)
    by_x = jnp.where(edge & (a == 1), 0.0, (a - 1) / x)
    by_a = log_ratio(inner, a / total) - digamma_error(a) + digamma_error(total)
    return _log_density(a, x), (by_x * dx).sum() + (jnp.where(edge, 0.0, by_a) * da).sum()
