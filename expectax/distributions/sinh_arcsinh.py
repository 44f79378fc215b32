"""Sinh-arcsinh distribution.

    x = μ + c sinh(τ (arsinh ε + s)),  ε ~ Normal(0, 1),  c = 2σ/sinh(τ arsinh 2);
    p(x; μ, σ, s, τ) = φ(sinh t) cosh t / (τ c √(1 + z²)),   t = arsinh(z)/τ - s,   z = (x - μ)/c,   x ∈ ℝ

Sampling   by the formula above: pathwise in μ, σ, s and τ. A sinh within e⁻¹⁰ of the largest number is cut there, so that
           draws stay finite.
Accuracy   log_prob to 8 ulp of max(1, its derivatives times arguments); tails by the normal's of sinh t; mean and
           variance by the trapezoidal rule, as precise.
Source     Jones, Pewsey, "Sinh-arcsinh distributions" (2009), with the scale of TensorFlow Probability: without skewness
           the law has the mass of a Normal(μ, σ) within 2σ of μ.
"""

import math
from typing import final

import jax.numpy as jnp
from jax import lax

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    arsinh,
    arsinh_normal_log_cosh_mean,
    divide,
    log_cosh,
    log_ndtr,
    ndtr,
    ndtri,
    root_of,
    sinh_normal_log_density,
    standardised,
)
from ._distribution import AbstractDistribution, parameter

_ARSINH_2 = math.asinh(2)
_MEAN_LOG_ROOT = 0.266726589922067416
"""½ E log(1 + ε²)."""
_REACH, _STEPS = 5.0, 64
"""Where the density of t = arsinh ε has ended, and the steps of the trapezoidal rule up to there."""


@final
class SinhArcsinh(AbstractDistribution):
    """A normal with its skewness and the weight of its tails set at will, lighter tails included.

    Args:
        loc: μ, a location, the median if s = 0; same unit as x. Real.
        scale: σ; same unit as x. Positive.
        skewness: s; above 0 the upper tail is the longer. Real.
        tailweight: τ; above 1 the tails are heavier than the normal's. Positive.

    Shapes: loc, scale, skewness, tailweight broadcast to the batch; event ().

    Raises:
        ParameterError: scale or tailweight is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.SinhArcsinh(0.0, 1.0, 0.0, 2.0).cdf(2.0)), 4)
        0.9772
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    skewness: ParameterArray = parameter(supports.real, default=0.0)
    tailweight: ParameterArray = parameter(supports.positive, default=1.0)

    support = supports.real
    pathwise = True

    def _unit(self) -> Array:
        """c."""
        return divide(2 * self.scale, jnp.sinh(_ARSINH_2 * self.tailweight))

    def _t(self, bent: Array) -> Array:
        """t, cut where the square of its sinh nears the largest number: nothing lies beyond."""
        t, top = divide(bent, self.tailweight) - self.skewness, 0.49 * math.log(jnp.finfo(self.dtype).max)
        return jnp.where(t > top, top, jnp.where(t < -top, -top, t))

    def _bent(self, x: Array) -> Array:
        """arsinh z."""
        return arsinh(standardised(x, self.loc, self._unit()))

    def _at(self, normal: Array) -> Array:
        return self.loc + self._unit() * jnp.sinh(self.tailweight * (arsinh(normal) + self.skewness))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        bent = self.tailweight * (arsinh(random.normal(key, shape, self.dtype)) + self.skewness)
        top = math.log(jnp.finfo(self.dtype).max) - 10
        return self.loc + self._unit() * jnp.sinh(jnp.where(bent > top, top, jnp.where(bent < -top, -top, bent)))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        far = jnp.abs(x) == jnp.inf
        bent = self._bent(jnp.where(far, self.loc, x))
        inside = sinh_normal_log_density(self._t(bent)) - log_cosh(bent) - jnp.log(self.tailweight * self._unit())
        return jnp.where(far, jnp.where(jnp.isnan(inside), jnp.nan, -jnp.inf), inside)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return ndtr(jnp.sinh(self._t(self._bent(x))))

    def _sf(self, x: Array) -> Array:
        return ndtr(-jnp.sinh(self._t(self._bent(x))))

    def _log_cdf(self, x: Array) -> Array:
        return log_ndtr(jnp.sinh(self._t(self._bent(x))))

    def _log_sf(self, x: Array) -> Array:
        return log_ndtr(-jnp.sinh(self._t(self._bent(x))))

    def _quantile(self, p: Array) -> Array:
        return self._at(ndtri(p))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + self._unit() * self._expectation(jnp.sinh)

    def _variance(self) -> Array:
        unit = self._unit()
        mean = unit * self._expectation(jnp.sinh)
        return self._expectation(lambda bent: (unit * jnp.sinh(bent) - mean) ** 2)

    def _expectation(self, of) -> Array:
        """E[of(τ (arsinh ε + s))]."""
        s, tailweight = jnp.broadcast_arrays(self.skewness, self.tailweight)

        def add(j, total):
            t = jnp.full_like(s, _REACH / _STEPS) * lax.convert_element_type(j - _STEPS, s.dtype)
            weight = jnp.exp(sinh_normal_log_density(t)) * (_REACH / _STEPS)
            return total + weight * of(tailweight * (t + s))

        return lax.fori_loop(0, 2 * _STEPS + 1, add, jnp.zeros_like(s))

    def _mode(self) -> Array:
        bent = _mode_by_arsinh(*jnp.broadcast_arrays(self.skewness, self.tailweight))
        return self.loc + self._unit() * jnp.sinh(bent)

    def _entropy(self) -> Array:
        slope = arsinh_normal_log_cosh_mean(*jnp.broadcast_arrays(self.tailweight, -self.skewness))
        return 0.5 + HALF_LOG_2PI - _MEAN_LOG_ROOT + jnp.log(self.tailweight * self._unit()) + slope


def _balance(bent: Array, skewness: Array, tailweight: Array) -> Array:
    """-d log p/d(arsinh z), at a fixed measure of x."""
    t = divide(bent, tailweight) - skewness
    return tailweight * jnp.tanh(bent) + jnp.sinh(t) * jnp.cosh(t) - jnp.tanh(t)


_mode_by_arsinh = root_of(_balance, lambda skewness, tailweight: (tailweight * skewness, tailweight, tailweight))
