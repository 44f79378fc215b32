"""Half-Student's t distribution.

    p(x; ν, μ, σ) = 2 t_ν(z) / σ,   z = (x - μ)/σ,   x >= μ,   with Student's density t_ν

Sampling   x = μ + σ |T|,  T a Student's t variate: pathwise in μ, σ and ν. The support moves with μ, so the score
           function is not valid for it.
Accuracy   log_prob to a few ulp for every ν, inf (the half-normal) included; both tails to a few ulp.
Source     Gelman, "Prior distributions for variance parameters in hierarchical models" (2006).
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    half_student_t_cdf,
    half_student_t_log_cdf,
    half_student_t_log_sf,
    half_student_t_quantile,
    standardised,
    student_t_log_prob,
)
from ._distribution import AbstractDistribution, parameter
from .student_t import StudentT

_LOG_2 = math.log(2)


@final
class HalfStudentT(AbstractDistribution):
    """The size of a Student's t deviation: a prior of scales between the half-normal and the half-Cauchy.

    Args:
        df: ν, degrees of freedom; moments of order ν and above are infinite; inf is the half-normal. Positive.
        loc: μ, the lower end and mode; same unit as x. Real.
        scale: σ; same unit as x. Positive.

    Shapes: df, loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: df or scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.HalfStudentT(1.0, 0.0, 2.0).cdf(2.0)), 4)
        0.5
    """

    df: ParameterArray = parameter(supports.positive)
    loc: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.loc, jnp.inf)

    def _whole(self) -> StudentT:
        """Around 0, of both signs."""
        return StudentT(self.df, jnp.zeros_like(self.loc), self.scale)

    def _with(self, x: Array) -> tuple[Array, ...]:
        return tuple(jnp.broadcast_arrays(self.df, standardised(x, self.loc, self.scale)))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self.loc + jnp.abs(self._whole()._sample(key, shape))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return student_t_log_prob(self.df, x, self.loc, self.scale) + _LOG_2

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return half_student_t_cdf(*self._with(x))

    def _log_cdf(self, x: Array) -> Array:
        return half_student_t_log_cdf(*self._with(x))

    def _log_sf(self, x: Array) -> Array:
        return half_student_t_log_sf(*self._with(x))

    def _quantile(self, p: Array) -> Array:
        return self.loc + self.scale * half_student_t_quantile(self.df, p, 1 - p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + self.scale * self._first_moment()

    def _variance(self) -> Array:
        excess = jnp.where(self.df > 2, self.df - 2, 1.0)
        finite = self.scale * self.scale * (1 + 2 / excess - self._first_moment() ** 2)
        return jnp.where(self.df > 2, finite, jnp.where(self.df > 1, jnp.inf, jnp.nan))

    def _first_moment(self) -> Array:
        """E|T| = 2 t_ν(0) ν/(ν - 1)."""
        finite = self.df > 1
        df = jnp.where(finite, self.df, 2.0)
        zero = jnp.zeros_like(df)
        peak = jnp.exp(student_t_log_prob(df, zero, zero, zero + 1))
        return jnp.where(finite, 2 * peak * (1 + 1 / (df - 1)), jnp.where(jnp.isnan(self.df), jnp.nan, jnp.inf))

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return self._whole()._entropy() - _LOG_2
