"""Sinh-arcsinh transformation.

    y = c sinh(τ (arsinh x + s)),   c = 2/sinh(τ arsinh 2)
    log |dy/dx| = log cosh(τ (arsinh x + s)) - log cosh(arsinh x) + log τc

Without skewness 2 is mapped to 2, and with τ = 1 too the map is the identity.

Accuracy   4 ulp of the value plus its derivatives times arguments, both ways; log-determinants 4 ulp of that or 1.
           The inverse overflows for a tailweight above 60 (490 in double precision).
Source     Jones, Pewsey, "Sinh-arcsinh distributions" (2009), with the scale of TensorFlow Probability.
"""

import math
from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import arsinh, divide, log_cosh, log_sinhc, sinh_ratio
from ._bijector import AbstractBijector

_ARSINH_2 = math.asinh(2)
_LOG_RATIO_AT_0 = math.log(2 / _ARSINH_2)


@final
class SinhArcsinh(AbstractBijector):
    """The reals onto themselves: sets skewness and the weight of both tails.

    Args:
        skewness: s; above 0 the upper tail is the longer. Real.
        tailweight: τ; above 1 the tails of y are heavier than those of x. Positive.

    Shapes: skewness, tailweight broadcast to the batch; event ().

    Raises:
        ParameterError: tailweight is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.SinhArcsinh(tailweight=3.0).forward(2.0)), 4)
        2.0
    """

    skewness: ParameterArray = parameter(supports.real, default=0.0)

    smoothness = 9
    tailweight: ParameterArray = parameter(supports.positive, default=1.0)

    def _log_unit(self) -> Array:
        """log τc = log(2/arsinh 2) - log(sinh(a)/a) with a = τ arsinh 2."""
        return _LOG_RATIO_AT_0 - log_sinhc(_ARSINH_2 * self.tailweight)

    def _at_end(self, side: Array) -> Array:
        """The limit of log cosh(τ (t + s)) - log cosh t as t grows to the given side."""
        grown = jnp.where(self.tailweight > 1, jnp.inf, -jnp.inf)
        return jnp.where(self.tailweight == 1, jnp.sign(side) * self.skewness, grown)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        far = jnp.abs(x) == jnp.inf
        t = arsinh(jnp.where(far, 0.0, x))
        bent = self.tailweight * (t + self.skewness)
        y = 2 * sinh_ratio(bent, _ARSINH_2 * self.tailweight)
        log_det = jnp.where(far, self._at_end(x), log_cosh(bent) - log_cosh(t))
        return jnp.where(far, x, y), log_det + self._log_unit()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        far = jnp.abs(y) == jnp.inf
        bent = arsinh(0.5 * jnp.where(far, 0.0, y) * jnp.sinh(_ARSINH_2 * self.tailweight))
        t = divide(bent, self.tailweight) - self.skewness
        log_det = jnp.where(far, -self._at_end(y), log_cosh(t) - log_cosh(bent))
        return jnp.where(far, y, jnp.sinh(t)), log_det - self._log_unit()

    def _increases(self) -> bool:
        return True
