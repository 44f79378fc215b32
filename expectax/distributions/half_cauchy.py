"""Half-Cauchy distribution.

    p(x; x₀, γ) = 2 / (πγ (1 + z²)),   z = (x - x₀)/γ,   x >= x₀

Sampling   x = x₀ + γ tan(πU/2), with U and 1 - U precise near 0, so that far tails exist: pathwise in x₀ and γ. The
           support moves with x₀, so the score function is not valid for it.
Accuracy   log_prob to 2 ulp of max(1, |log p|); both tails as arctan without cancellation.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 16.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import cauchy_cdf, cauchy_log_prob, cot_pi, divide, log1p, tan_pi
from ._distribution import AbstractDistribution, parameter

_LOG_2 = math.log(2)


@final
class HalfCauchy(AbstractDistribution):
    """The size of a Cauchy deviation: a prior of scales with a heavy tail.

    Args:
        loc: x₀, the lower end and mode; same unit as x. Real.
        scale: γ, the median above x₀; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.HalfCauchy(0.0, 2.0).cdf(2.0)), 4)
        0.5
    """

    loc: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.loc, jnp.inf)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        return self.loc + self.scale * jnp.where(upper, cot_pi(0.5 * side), tan_pi(0.5 * side))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return cauchy_log_prob(x, self.loc, self.scale) + _LOG_2

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        below, above = self._masses(x)
        return jnp.where(x - self.loc < self.scale, below, 1 - above)

    def _sf(self, x: Array) -> Array:
        return 2 * cauchy_cdf(self.loc - x, self.scale)

    def _log_cdf(self, x: Array) -> Array:
        edge, near = x == self.loc, x - self.loc < self.scale
        below, above = self._masses(x)
        inner = jnp.log(jnp.where(near & ~edge, below, 0.5))
        return jnp.where(edge, -jnp.inf, jnp.where(near, inner, log1p(-jnp.where(near, 0.5, above))))

    def _log_sf(self, x: Array) -> Array:
        near = x - self.loc < self.scale
        below, above = self._masses(x)
        return jnp.where(near, log1p(-jnp.where(near, below, 0.5)), jnp.log(jnp.where(near, 0.5, above)))

    def _masses(self, x: Array) -> tuple[Array, Array]:
        """P(X <= x), right for x < x₀ + γ, and P(X > x)."""
        d = x - self.loc
        near = d < self.scale
        inner = jnp.arctan(divide(jnp.where(near, d, 0.0), self.scale))
        return 2 / math.pi * inner, 2 * cauchy_cdf(-jnp.where(near, 0.0, d), self.scale)

    def _quantile(self, p: Array) -> Array:
        lower = p < 0.5
        size = jnp.where(lower, tan_pi(0.5 * jnp.where(lower, p, 0.5)), cot_pi(0.5 * (1 - jnp.where(lower, 0.5, p))))
        return self.loc + self.scale * size

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + self.scale * jnp.inf

    def _variance(self) -> Array:
        return jnp.full_like(self.scale, jnp.nan)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return math.log(2 * math.pi) + jnp.log(self.scale)
