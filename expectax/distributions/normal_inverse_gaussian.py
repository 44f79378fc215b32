"""Normal inverse Gaussian distribution.

    p(x; μ, δ, α, β) = (a/π) exp(√(a² - b²) + bz) K₁(a r) / (δ r),   z = (x - μ)/δ, r = √(1 + z²), a = αδ, b = βδ,   x ∈ ℝ

Sampling   x = μ + δ (b V + √V ε),  V ~ InverseGaussian of mean 1/√(a² - b²) and shape 1,  ε ~ Normal(0, 1): pathwise in
           μ, δ, α and β, through the implicit derivative of V.
Accuracy   log_prob to 8 ulp of max(1, its derivatives times arguments): its exponent is one square. The tails by a
           quadrature of the density in arsinh z, where it is log-concave, to 50; the quantile inverts them.
Source     Barndorff-Nielsen, "Normal inverse Gaussian distributions and stochastic volatility modelling" (1997).
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    log_ratio,
    normal_inverse_gaussian_entropy,
    normal_inverse_gaussian_log_cdf,
    normal_inverse_gaussian_log_prob,
    normal_inverse_gaussian_mode,
    normal_inverse_gaussian_quantile,
    standardised,
)
from ._distribution import AbstractDistribution, parameter

_LEAST = {4: 1e-18, 8: 1e-150}


@final
class NormalInverseGaussian(AbstractDistribution):
    """A normal whose variance is inverse Gaussian: returns of assets, with tails between Cauchy's and the normal's.

    Args:
        loc: μ, a location; same unit as x. Real.
        scale: δ; same unit as x, not the standard deviation. Positive.
        tailweight: α; the larger the lighter the tails; inverse unit of x. Positive.
        skewness: β, above 0 the upper tail is the longer; smaller than α in size; inverse unit of x. Real.

    Shapes: loc, scale, tailweight, skewness broadcast to the batch; event ().

    Raises:
        ParameterError: scale or tailweight is not positive, skewness not below tailweight in size, or the shapes do not
            broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.NormalInverseGaussian(0.0, 2.0, 5.0, 3.0).mean())
        1.5
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    tailweight: ParameterArray = parameter(supports.positive)
    skewness: ParameterArray = parameter(supports.real, within=supports.smaller_than("tailweight"))

    support = supports.real
    pathwise = True

    def _shape(self) -> tuple[Array, Array, Array]:
        """(a, γ, w*) with b = γ sinh w*; the distances of β from ±α are taken first."""
        right, left = self.tailweight - self.skewness, self.tailweight + self.skewness
        proper = (right > 0) & (left > 0)
        right, left = jnp.where(proper, right, jnp.nan), jnp.where(proper, left, jnp.nan)
        decay = self.scale * jnp.sqrt(right) * jnp.sqrt(left)
        return self.scale * self.tailweight, decay, 0.5 * log_ratio(left, right)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        normal_key, mixing_key = jax.random.split(key)
        _, decay, _ = self._shape()
        # nothing is drawn where so small a γ would show, and 1/γ² is finite
        mean = 1 / (decay + _LEAST[decay.dtype.itemsize])
        v = random.inverse_gaussian(mixing_key, mean, jnp.ones_like(mean), shape)
        drift = self.scale * self.skewness * v
        return self.loc + self.scale * (drift + jnp.sqrt(v) * random.normal(normal_key, shape, self.dtype))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        far = jnp.abs(x) == jnp.inf
        z = standardised(jnp.where(far, self.loc, x), self.loc, self.scale)
        inside = normal_inverse_gaussian_log_prob(z, *self._shape()) - jnp.log(self.scale)
        return jnp.where(far, jnp.where(jnp.isnan(inside), jnp.nan, -jnp.inf), inside)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return normal_inverse_gaussian_log_cdf(standardised(x, self.loc, self.scale), *self._shape())

    def _log_sf(self, x: Array) -> Array:
        a, decay, centre = self._shape()
        return normal_inverse_gaussian_log_cdf(-standardised(x, self.loc, self.scale), a, decay, -centre)

    def _quantile(self, p: Array) -> Array:
        return self.loc + self.scale * jnp.sinh(normal_inverse_gaussian_quantile(p, *self._shape()))

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc + self.scale * jnp.sinh(self._shape()[2])

    def _variance(self) -> Array:
        _, decay, centre = self._shape()
        return self.scale * self.scale * jnp.cosh(centre) ** 2 / decay

    def _mode(self) -> Array:
        shape = jnp.broadcast_arrays(*self._shape())
        return self.loc + self.scale * jnp.sinh(normal_inverse_gaussian_mode(*shape))

    def _entropy(self) -> Array:
        shape = jnp.broadcast_arrays(*self._shape())
        return jnp.log(self.scale) + normal_inverse_gaussian_entropy(*shape)
