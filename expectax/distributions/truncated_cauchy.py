"""Truncated Cauchy distribution.

    p(x; x₀, γ, l, h) = 1 / (γ (1 + z²) A),   z = (x - x₀)/γ,   A = arctan((h - x₀)/γ) - arctan((l - x₀)/γ),   x ∈ [l, h]

Sampling   x = F⁻¹(U) in closed form, with U and 1 - U precise in both tails: pathwise in x₀, γ, l and h. The support
           moves with l and h, so the score function is not valid for them.
Accuracy   log_prob and both tails to a few ulp of max(1, its derivatives times arguments), on narrow intervals and far
           out too: A and its parts are angles between vectors.
Source     Nadarajah, Kotz, "A truncated Cauchy distribution" (2006).
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    cauchy_angle,
    cauchy_log_prob,
    log1p,
    truncated_cauchy_entropy,
    truncated_cauchy_moments,
    truncated_cauchy_quantile,
)
from ._distribution import AbstractDistribution, parameter


@final
class TruncatedCauchy(AbstractDistribution):
    """A Cauchy known to lie between two ends, either of which may be infinite.

    Args:
        loc: x₀, the mode before truncation; same unit as x. Real.
        scale: γ, half the width at half the height before truncation; same unit as x. Positive.
        low: l, the lower end; same unit as x. Real or -inf.
        high: h, the upper end, above `low`; same unit as x. Real or inf.

    Shapes: loc, scale, low, high broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, high is not above low, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.TruncatedCauchy(0.0, 1.0, -1.0, 1.0).prob(0.0)), 4)
        0.6366
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    low: ParameterArray = parameter(supports.real, moves_support=True)
    high: ParameterArray = parameter(supports.real, moves_support=True, within=supports.above("low"))

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        return self._at(jnp.where(upper, -side, side))

    def _at(self, signed: Array) -> Array:
        return truncated_cauchy_quantile(*jnp.broadcast_arrays(signed, *self._ends(), self.loc, self.scale))

    def _ends(self) -> tuple[Array, Array]:
        """Both ends, NaN where they are no interval."""
        return jnp.where(self.low < self.high, self.low, jnp.nan), self.high

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return cauchy_log_prob(x, self.loc, self.scale) + math.log(math.pi) - jnp.log(self._angle(*self._ends()))

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return self._angle(self.low, x) / self._angle(*self._ends())

    def _sf(self, x: Array) -> Array:
        return self._angle(x, self.high) / self._angle(*self._ends())

    def _log_cdf(self, x: Array) -> Array:
        return _log_share(self._angle(self.low, x), self._angle(x, self.high), self._angle(*self._ends()))

    def _log_sf(self, x: Array) -> Array:
        return _log_share(self._angle(x, self.high), self._angle(self.low, x), self._angle(*self._ends()))

    def _angle(self, low: Array, high: Array) -> Array:
        return cauchy_angle(*jnp.broadcast_arrays(low, high, self.loc, self.scale))

    def _quantile(self, p: Array) -> Array:
        x = self._at(jnp.where(p > 0.5, p - 1, p))
        return jnp.where((p == 1) & ~jnp.isnan(x), self.high, x)

    # --- Moments ---
    def _mean(self) -> Array:
        return self._moments()[0]

    def _variance(self) -> Array:
        return self._moments()[1]

    def _moments(self) -> tuple[Array, Array]:
        return truncated_cauchy_moments(*jnp.broadcast_arrays(*self._ends(), self.loc, self.scale))

    def _mode(self) -> Array:
        return jnp.where(self.loc < self.low, self.low, jnp.where(self.loc > self.high, self.high, self.loc))

    def _entropy(self) -> Array:
        return truncated_cauchy_entropy(*jnp.broadcast_arrays(*self._ends(), self.loc, self.scale))


def _log_share(part: Array, rest: Array, whole: Array) -> Array:
    """log(part/whole), from the smaller of part and rest."""
    empty, small = part == 0, part < rest
    own = jnp.log(jnp.where(small & ~empty, part, whole)) - jnp.log(whole)
    return jnp.where(empty, -jnp.inf, jnp.where(small, own, log1p(-jnp.where(small, 0.0, rest) / whole)))
