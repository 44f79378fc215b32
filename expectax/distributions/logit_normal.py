"""Logit-normal distribution.

    x = σ(u),  u ~ Normal(μ, σ);   p(x) = φ(z) / (σ x (1 - x)),   z = (log(x/(1 - x)) - μ)/σ,   x ∈ (0, 1)

Sampling   x = 1/(1 + exp(-(μ + σ ε))),  ε ~ Normal(0, 1): pathwise in μ and σ. Draws are kept inside (0, 1).
Accuracy   log_prob to 4 ulp of max(1, its derivatives times arguments), given x; `sample_and_log_prob` and
           `log_prob_of_preimage` use u itself and keep all digits where x is saturated.
Source     Atchison, Shen, "Logistic-normal distributions: some properties and uses" (1980).
"""

import math
from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    divide,
    log1p,
    log_logistic_density,
    logit,
    logit_normal_moments,
    ndtri,
    normal_cdf,
    normal_log_cdf,
    normal_log_cosh_mean,
    standardised,
)
from ._distribution import AbstractDistribution, parameter
from .normal import Normal


@final
class LogitNormal(AbstractDistribution):
    """A proportion whose log-odds are normal.

    Args:
        loc: μ, the mean of log(x/(1 - x)). Real.
        scale: σ, the standard deviation of log(x/(1 - x)). Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.LogitNormal(0.0, 1.5).cdf(0.5))
        0.5
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.open_unit_interval
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return _squashed(self.loc + self.scale * random.normal(key, shape, self.dtype))

    def sample_and_log_prob(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """A draw and the log-density at it, by the pre-squash value: a saturated draw has its right density.

        The site is that of the normal behind it, which `gradient` and `name` describe.
        """
        u = Normal(self.loc, self.scale).sample(key, shape, gradient=gradient, name=name)
        return _squashed(u), self.log_prob_of_preimage(u)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z = standardised(logit(x), self.loc, self.scale)
        return -0.5 * z * z - HALF_LOG_2PI - jnp.log(self.scale) - jnp.log(x) - log1p(-x)

    def log_prob_of_preimage(self, u: ArrayLike) -> Array:
        """Log-density of x = σ(u) at a given u: log Normal(u) - log σ(u) σ(-u), finite for every finite u."""
        log_prob = Normal(self.loc, self.scale).log_prob(u)
        return log_prob - log_logistic_density(jnp.asarray(u).astype(log_prob.dtype))

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return self._of_logit(x, lambda u: normal_cdf(u, self.loc, self.scale), 0.0)

    def _sf(self, x: Array) -> Array:
        return self._of_logit(x, lambda u: normal_cdf(-u, -self.loc, self.scale), 1.0)

    def _log_cdf(self, x: Array) -> Array:
        return self._of_logit(x, lambda u: normal_log_cdf(u, self.loc, self.scale), -jnp.inf)

    def _log_sf(self, x: Array) -> Array:
        return self._of_logit(x, lambda u: normal_log_cdf(-u, -self.loc, self.scale), 0.0)

    def _of_logit(self, x: Array, of: Callable, at_zero: float) -> Array:
        edge = x == 0
        return jnp.where(edge, at_zero, of(logit(jnp.where(edge, 0.5, x))))

    def _quantile(self, p: Array) -> Array:
        return jax.nn.sigmoid(self.loc + self.scale * ndtri(p))

    # --- Moments, by quadrature ---
    def _mean(self) -> Array:
        return jax.nn.sigmoid(self.loc) + self._moments()[0]

    def _variance(self) -> Array:
        return self._moments()[1]

    def _moments(self) -> tuple[Array, Array]:
        return logit_normal_moments(*jnp.broadcast_arrays(self.loc, self.scale))

    def _entropy(self) -> Array:
        centre = -divide(self.loc, self.scale)
        slope = normal_log_cosh_mean(*jnp.broadcast_arrays(0.5 * self.scale, centre))
        return 0.5 + HALF_LOG_2PI - 2 * math.log(2) + jnp.log(self.scale) - 2 * slope


def _squashed(u: Array) -> Array:
    x, info = jax.nn.sigmoid(u), jnp.finfo(u.dtype)
    return jnp.where(x < info.tiny, info.tiny, jnp.where(x >= 1, 1 - info.eps / 2, x))
