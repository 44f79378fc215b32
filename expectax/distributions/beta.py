"""Beta distribution.

    p(x; α, β) = x^(α-1) (1 - x)^(β-1) / B(α, β),   x ∈ [0, 1]

Sampling   x = A/(A + B),  A ~ Gamma(α, 1), B ~ Gamma(β, 1), formed in log space: pathwise in α and β through both
           gammas' implicit derivatives. Draws are kept inside (0, 1): at or above the smallest normal number, and at or
           below the largest number under 1.
Accuracy   log_prob through Stirling's error and the deviance: a few ulp of its largest derivative times argument.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), chapter 25; Loader (2000).
"""

from typing import Any, final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    beta_log_density,
    betainc,
    betainc_inverse,
    digamma_error,
    floored_exp,
    log_betainc,
    log_sigmoid,
    stirling_error,
)
from ._distribution import AbstractDistribution, parameter
from .dirichlet import Dirichlet


@final
class Beta(AbstractDistribution):
    """A proportion or a probability; the conjugate prior of Bernoulli's.

    Args:
        concentration1: α, pulls x towards 1. Positive.
        concentration0: β, pulls x towards 0. Positive.

    Shapes: concentration1, concentration0 broadcast to the batch; event ().

    Raises:
        ParameterError: a concentration is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Beta(2.0, 6.0).mean())
        0.25
    """

    concentration1: ParameterArray = parameter(supports.positive)
    concentration0: ParameterArray = parameter(supports.positive)

    support = supports.unit_interval
    pathwise = True

    def _total(self) -> Array:
        return self.concentration1 + self.concentration0

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        key1, key0 = jax.random.split(key)
        log_odds = random.gamma(key1, self.concentration1, shape)[1] - random.gamma(key0, self.concentration0, shape)[1]
        draw = floored_exp(log_sigmoid(log_odds))
        return jnp.where(draw == 1, 1 - jnp.finfo(self.dtype).eps / 2, draw)

    def sample_log(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """Draws of (log x, log(1 - x)), both precise where x rounds to 0 or 1: those of Dirichlet(α, β).

        Example:
            >>> import expectax as ex, jax, jax.numpy as jnp
            >>> log_x, log_rest = ex.Beta(1e-4, 1e-4).sample_log(jax.random.key(0), (9,))
            >>> bool(jnp.isfinite(log_x + log_rest).all())
            True
        """
        pair = jnp.stack(jnp.broadcast_arrays(self.concentration1, self.concentration0), -1)
        log_x = Dirichlet(pair).sample_log(key, shape, gradient=gradient, name=name)
        return log_x[..., 0], log_x[..., 1]

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return beta_log_density(self.concentration1, self.concentration0, x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return betainc(self.concentration1, self.concentration0, x, 1 - x)

    def _sf(self, x: Array) -> Array:
        return betainc(self.concentration0, self.concentration1, 1 - x, x)

    def _log_cdf(self, x: Array) -> Array:
        return log_betainc(self.concentration1, self.concentration0, x, 1 - x)

    def _log_sf(self, x: Array) -> Array:
        return log_betainc(self.concentration0, self.concentration1, 1 - x, x)

    def _quantile(self, p: Array) -> Array:
        return betainc_inverse(self.concentration1, self.concentration0, p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.concentration1 / self._total()

    def _variance(self) -> Array:
        n = self._total()
        return (self.concentration1 / n) * (self.concentration0 / n) / (n + 1)

    def _mode(self) -> Array:
        a, b, n = self.concentration1, self.concentration0, self._total()
        spiked = jnp.where(a < b, 0.0, 1.0)  # both below 1: the higher of the two spikes
        inner = (jnp.maximum(a, 1.0) - 1) / jnp.where(n > 2, n - 2, 1.0)
        one_sided = jnp.where(a < 1, 0.0, jnp.where(b < 1, 1.0, jnp.where((a == 1) & (b == 1), 0.5, inner)))
        return jnp.where((a < 1) & (b < 1), spiked, one_sided)

    def _entropy(self) -> Array:
        a, b, n = self.concentration1, self.concentration0, self._total()
        logs = 0.5 * (jnp.log(a) + jnp.log(b)) - 1.5 * jnp.log(n)
        corrections = stirling_error(a) + stirling_error(b) - stirling_error(n)
        slopes = (1 - a) * digamma_error(a) + (1 - b) * digamma_error(b) + (n - 2) * digamma_error(n)
        return logs + HALF_LOG_2PI + corrections + slopes
