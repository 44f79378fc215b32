"""Normal distribution squashed by tanh.

    x = tanh(u),  u ~ Normal(μ, σ);   p(x) = φ(z) / (σ (1 - x²)),   z = (artanh x - μ)/σ,   x ∈ (-1, 1)

Sampling   x = tanh(μ + σ ε),  ε ~ Normal(0, 1): pathwise in μ and σ. Draws are kept inside (-1, 1): where tanh rounds to
           ±1, they are the last number before it. ±1 itself has no finite pre-image; its density is taken as 0.
Accuracy   log_prob to 2 ulp of max(1, its derivatives times arguments), given x; `sample_and_log_prob` and
           `log_prob_of_preimage` use u itself and keep all digits where x is saturated.
Source     Haarnoja et al., "Soft actor-critic algorithms and applications" (2018), appendix C.
"""

from typing import Any, final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    artanh,
    divide,
    log1msquare,
    log_cosh,
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
class TanhNormal(AbstractDistribution):
    """A bounded action: a normal squashed into (-1, 1).

    Args:
        loc: μ, the mean of artanh x. Real.
        scale: σ, the standard deviation of artanh x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.TanhNormal(100.0, 1.0).log_prob_of_preimage(100.0)), 2)
        197.69
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.Interval(-1.0, 1.0, closed=False)
    pathwise = True

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return _inside(jnp.tanh(self.loc + self.scale * random.normal(key, shape, self.dtype)))

    def sample_and_log_prob(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """A draw and the log-density at it, by the pre-squash value: a saturated draw has its right density.

        The site is that of the normal behind it, which `gradient` and `name` describe.
        """
        u = Normal(self.loc, self.scale).sample(key, shape, gradient=gradient, name=name)
        return _inside(jnp.tanh(u)), self.log_prob_of_preimage(u)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z = standardised(artanh(x), self.loc, self.scale)
        return -0.5 * z * z - HALF_LOG_2PI - jnp.log(self.scale) - log1msquare(x)

    def log_prob_of_preimage(self, u: ArrayLike) -> Array:
        """Log-density of x = tanh(u) at a given u: log Normal(u) - log(1 - tanh² u), finite for every finite u."""
        log_prob = Normal(self.loc, self.scale).log_prob(u)
        return log_prob + 2 * log_cosh(jnp.asarray(u).astype(log_prob.dtype))

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return normal_cdf(artanh(x), self.loc, self.scale)

    def _sf(self, x: Array) -> Array:
        return normal_cdf(-artanh(x), -self.loc, self.scale)

    def _log_cdf(self, x: Array) -> Array:
        return normal_log_cdf(artanh(x), self.loc, self.scale)

    def _log_sf(self, x: Array) -> Array:
        return normal_log_cdf(-artanh(x), -self.loc, self.scale)

    def _quantile(self, p: Array) -> Array:
        return jnp.tanh(self.loc + self.scale * ndtri(p))

    # --- Moments, by quadrature ---
    def _mean(self) -> Array:
        return jnp.tanh(self.loc) + 2 * self._moments()[0]

    def _variance(self) -> Array:
        return 4 * self._moments()[1]

    def _moments(self) -> tuple[Array, Array]:
        """Those of the logistic function of 2u, as tanh u = 2σ(2u) - 1."""
        return logit_normal_moments(*jnp.broadcast_arrays(2 * self.loc, 2 * self.scale))

    def _entropy(self) -> Array:
        slope = normal_log_cosh_mean(*jnp.broadcast_arrays(self.scale, -divide(self.loc, self.scale)))
        return 0.5 + HALF_LOG_2PI + jnp.log(self.scale) - 2 * slope


def _inside(x: Array) -> Array:
    last = 1 - jnp.finfo(x.dtype).eps / 2
    return jnp.where(x >= 1, last, jnp.where(x <= -1, -last, x))
