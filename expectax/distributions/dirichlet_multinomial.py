"""Dirichlet-multinomial distribution.

    P(x) = n!/Π x_i! · Γ(A)/Γ(n + A) Π Γ(x_i + α_i)/Γ(α_i),   A = Σ α_i,  Σ x_i = n

Sampling   x ~ Multinomial(n, P),  P ~ Dirichlet(α), in log space: no derivative along the draw.
Density    as the product of beta-binomial masses of each count, given those before it, of what is left of n and A.
Accuracy   log_prob to a few ulp of the sum of those masses' own conditions, for α from 10⁻¹⁰ to 10¹⁰.
Source     Johnson, Kotz, Balakrishnan, "Discrete multivariate distributions" (1997), section 35.13.1 (Mosimann 1962).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import dirichlet_multinomial_entropy, log_beta_binomial_mass
from ._distribution import AbstractDistribution, parameter
from ._logits import one_draw_covariance
from .multinomial import Multinomial


@final
class DirichletMultinomial(AbstractDistribution):
    """How often each of several outcomes came in n trials whose common probabilities are a Dirichlet variable; as floats.

    Args:
        total_count: n, the number of trials. A count; its derivative is that of the gamma functions.
        concentration: α; the mean is n α/Σα, and Σα says how close probabilities are to α/Σα. Positive vector.

    Shapes: total_count broadcasts against the batch of concentration (*batch, k); event (k,).

    Raises:
        ParameterError: a parameter is outside its set, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.DirichletMultinomial(2.0, np.ones(2)).prob(np.array([1.0, 1.0]))), 4)
        0.3333
    """

    total_count: ParameterArray = parameter(supports.counts, moves_support=True)
    concentration: ParameterArray = parameter(supports.positive_vector)

    @property
    def support(self):
        return supports.CountsOf(self.total_count)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.concentration)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gamma_key, count_key = jax.random.split(key)
        log_gammas = random.gamma(gamma_key, self.concentration, shape + self.event_shape)[1]
        return Multinomial(self.total_count, logits=log_gammas)._sample(count_key, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        a = self.concentration
        masses = log_beta_binomial_mass(x[:-1], _behind(x), a[:-1], _behind(a))
        return jnp.where(jnp.isnan(self.total_count), jnp.nan, masses.sum() + 0 * a[-1])

    # --- Moments ---
    def _p(self) -> Array:
        return self.concentration / self.concentration.sum()

    def _spread(self) -> Array:
        """By how much variances exceed those of one draw."""
        total = self.concentration.sum()
        return self.total_count * ((total + self.total_count) / (total + 1))

    def _mean(self) -> Array:
        return self.total_count * self._p()

    def _variance(self) -> Array:
        return self._spread() * self._p() * (1 - self._p())

    def _covariance(self) -> Array:
        return self._spread() * one_draw_covariance(self._p())

    def _entropy(self) -> Array:
        return dirichlet_multinomial_entropy(self.total_count, self.concentration)


def _behind(x: Array) -> Array:
    """The sum of what comes after each element but the last."""
    return jnp.flip(jnp.cumsum(jnp.flip(x[1:], -1), -1), -1)
