"""Cauchy (Lorentz) distribution.

    p(x; x₀, γ) = 1 / (πγ (1 + z²)),   z = (x - x₀)/γ,   x ∈ ℝ

Sampling   x = x₀ ± γ / tan(πu/2),  u ~ Uniform(0, 1) with full precision near 0, so that far tails exist: pathwise in
           x₀ and γ.
Accuracy   log_prob to 2 ulp of max(1, |log p|); tails as arctan(1/z)/π, without cancellation.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 16.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1p, standardised
from ._distribution import AbstractDistribution, parameter


@final
class Cauchy(AbstractDistribution):
    """The quotient of two normals: tails so heavy that no mean exists.

    Args:
        loc: x₀, the median and mode; same unit as x. Real.
        scale: γ, half the width at half the height; same unit as x. Positive.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Cauchy(0.0, 1.0).log_prob(0.0)), 4)
        -1.1447
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)

    support = supports.real
    pathwise = True

    def _z(self, x: Array) -> Array:
        return standardised(x, self.loc, self.scale)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        size = 1 / jnp.tan(math.pi * side)
        return self.loc + self.scale * jnp.where(upper, size, -size)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        # one logarithm of πγ(1 + z²) where that is an ordinary number, else the sum of its parts
        z, info = self._z(x), jnp.finfo(x.dtype)
        product = math.pi * self.scale * (1 + z * z)
        ordinary = (jnp.abs(z) < info.max**0.4) & (product > info.tiny**0.75) & (product < info.max**0.75)
        whole = math.pi * jnp.where(ordinary, self.scale, 1.0) * (1 + jnp.where(ordinary, z, 0.0) ** 2)
        return -jnp.where(ordinary, jnp.log(whole), self._log_of_parts(x, jnp.where(ordinary, 1.0, z)))

    def _log_of_parts(self, x: Array, z: Array) -> Array:
        far = jnp.abs(z) > 1e10  # 1 + z² is z², which may overflow
        distance = jnp.where(far, jnp.abs(x - self.loc), 1.0)
        distance = jnp.where(distance < jnp.inf, distance, jnp.finfo(x.dtype).max)
        square = jnp.where(far, 0.0, z) ** 2
        log_square = jnp.where(far, 2 * (jnp.log(distance) - jnp.log(self.scale)), log1p(square))
        return math.log(math.pi) + log_square + jnp.log(self.scale)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return _lower_tail(self._z(x))

    def _sf(self, x: Array) -> Array:
        return _lower_tail(-self._z(x))

    def _log_cdf(self, x: Array) -> Array:
        return _log_lower_tail(self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return _log_lower_tail(-self._z(x))

    def _quantile(self, p: Array) -> Array:
        tail = jnp.where(p < 0.5, p, 1 - p)
        middle = tail > 0.25
        outer = 1 / jnp.tan(math.pi * jnp.where(middle, 0.25, tail))
        inner = jnp.tan(math.pi * (0.5 - jnp.where(middle, tail, 0.5)))
        return self.loc + self.scale * jnp.where(p < 0.5, -1.0, 1.0) * jnp.where(middle, inner, outer)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.full_like(self.loc, jnp.nan)

    def _variance(self) -> Array:
        return jnp.full_like(self.scale, jnp.nan)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return math.log(4 * math.pi) + jnp.log(self.scale)


def _lower_tail(z: Array) -> Array:
    outer = jnp.abs(z) > 1
    inverse = 1 / jnp.where(outer, z, 1.0)
    middle = 0.5 + jnp.arctan(jnp.where(outer, 0.0, z)) / math.pi
    tail = jnp.arctan(inverse) / -math.pi  # negative for z > 0: the upper tail taken from 1
    return jnp.where(outer, jnp.where(z < 0, tail, 1 + tail), middle)


def _log_lower_tail(z: Array) -> Array:
    lower = z <= 0
    return jnp.where(
        lower, jnp.log(_lower_tail(jnp.where(lower, z, 0.0))), log1p(-_lower_tail(-jnp.where(lower, 1.0, z)))
    )
