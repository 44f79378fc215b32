"""Lévy distribution.

    p(x; μ, c) = √(c/2π) exp(-c/(2(x - μ))) / (x - μ)^(3/2),   x > μ

Sampling   x = μ + c/ε²,  ε ~ Normal(0, 1): pathwise in μ and c. The support moves with μ, so the score function is not
           valid for it. Draws are kept at or below the largest number.
Accuracy   log_prob to 4 ulp of max(1, its largest derivative times argument); both tails in log space, as HalfNormal's.
Source     Feller, "An introduction to probability theory and its applications", vol. 2 (1971), section II.4.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import EULER_GAMMA, HALF_LOG_2PI, divide, ndtri
from ._distribution import AbstractDistribution, parameter
from .half_normal import HalfNormal


@final
class Levy(AbstractDistribution):
    """When a Brownian motion first reaches a level: a one-sided stable law, so heavy-tailed that it has no mean.

    Args:
        loc: μ, the lower end; same unit as x. Real.
        scale: c; same unit as x; the mode is at μ + c/3. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Levy(1.0, 6.0).mode())
        3.0
    """

    loc: ParameterArray = parameter(supports.real, moves_support=True)
    scale: ParameterArray = parameter(supports.positive)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.loc, jnp.inf)

    def _inner(self, x: Array) -> tuple[Array, Array]:
        """(x - μ, or c at the end, whether it is the end)."""
        edge = x == self.loc
        return jnp.where(edge, self.scale, x - self.loc), edge

    def _noise(self) -> HalfNormal:
        """|ε|, of which x falls."""
        return HalfNormal(jnp.ones_like(self.scale))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        x = self.loc + self.scale / self._noise_at(side, ~upper) ** 2
        top = jnp.finfo(self.dtype).max
        return jnp.where(x > top, top, x)

    def _noise_at(self, side: Array, upper: Array) -> Array:
        """The size of ε whose probability from the `upper` end, or else from 0, is `side`."""
        far = -ndtri(0.5 * jnp.where(upper, side, 0.5))
        return jnp.where(upper, far, self._noise()._quantile(jnp.where(upper, 0.25, side)))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        d, edge = self._inner(x)
        inside = 0.5 * jnp.log(self.scale) - 1.5 * jnp.log(d) - HALF_LOG_2PI - 0.5 * divide(self.scale, d)
        return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124  NaN: a bad scale

    # --- Cumulative: P(X <= x) = P(|ε| >= √(c/(x - μ))) ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        d, edge = self._inner(x)
        inside = self._noise()._log_sf(jnp.sqrt(divide(self.scale, d)))
        return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124

    def _log_sf(self, x: Array) -> Array:
        d, edge = self._inner(x)
        inside = self._noise()._log_cdf(jnp.sqrt(divide(self.scale, d)))
        return jnp.where(edge & (inside == inside), 0.0, inside)  # noqa: PLR0124

    def _quantile(self, p: Array) -> Array:
        low, edge = p < 0.5, (p == 0) | (p == 1)
        q = jnp.where(edge, 0.25, jnp.where(low, p, 1 - p))
        x = self.loc + self.scale / self._noise_at(q, low) ** 2
        return jnp.where(edge & ~jnp.isnan(x), jnp.where(p == 0, self.loc, jnp.inf), x)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.where(self.scale > 0, jnp.inf, jnp.nan)

    def _variance(self) -> Array:
        return jnp.full_like(self.scale, jnp.nan)

    def _mode(self) -> Array:
        return self.loc + self.scale / 3

    def _entropy(self) -> Array:
        return 0.5 + 1.5 * EULER_GAMMA + 0.5 * math.log(16 * math.pi) + jnp.log(self.scale)
