"""Dirichlet distribution.

    p(x; α) = Γ(Σ αᵢ) Π xᵢ^(αᵢ-1) / Γ(αᵢ),   x in the simplex; density in the first n - 1 coordinates

Sampling   x = softmax(log G),  Gᵢ ~ Gamma(αᵢ, 1): pathwise in α through the gammas' implicit derivatives. Draws
           are kept at or above the smallest normal number, so that their log-density is finite.
Accuracy   log_prob through Stirling's error and the deviance: a few ulp of its largest derivative times argument.
Source     Kotz, Balakrishnan, Johnson, "Continuous multivariate distributions", vol. 1 (2000), chapter 49.
"""

from typing import Any, final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    digamma_error,
    dirichlet_log_density,
    stirling_error,
)
from ._distribution import AbstractDistribution, parameter
from ._logits import one_draw_covariance
from .exp_gamma import ExpGamma
from .independent import Independent


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

    def sample_log(self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None) -> Array:
        """Draws of log x, finite where an entry of x underflows: a function of a site of ExpGamma, which has the arguments.

        Example:
            >>> import expectax as ex, jax, jax.numpy as jnp
            >>> log_x = ex.Dirichlet(jnp.full(3, 1e-4)).sample_log(jax.random.key(0), (9,))
            >>> log_x.shape, bool(jnp.isfinite(log_x).all())
            ((9, 3), True)
        """
        log_gammas = Independent(ExpGamma(self.concentration), 1)
        return jax.nn.log_softmax(log_gammas.sample(key, shape, gradient=gradient, name=name), axis=-1)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return dirichlet_log_density(self.concentration, x)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.concentration / self.concentration.sum()

    def _variance(self) -> Array:
        mean = self._mean()
        return mean * (1 - mean) / (self.concentration.sum() + 1)

    def _covariance(self) -> Array:
        return one_draw_covariance(self._mean()) / (self.concentration.sum() + 1)

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
