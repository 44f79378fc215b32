"""Symmetric multivariate Laplace distribution.

    p(x; μ, L) = 2 (r/2)^v K_v(r) / ((2π)^(n/2) det L),   r = √2 |z|,   z = L⁻¹ (x - μ),   v = 1 - n/2,   x ∈ ℝⁿ

K_v the modified Bessel function of the second kind. In one dimension it is the Laplace law of scale L/√2; from two on
the density has a pole at μ. The covariance is L Lᵀ.

Sampling   x = μ + √W L ε,  W ~ Exponential(1), ε ~ Normal(0, I): pathwise in μ and L.
Accuracy   log_prob a few ulp of max(1, r, |v| log(r/2)), as log K is.
Source     Kotz, Kozubowski, Podgórski, "The Laplace distribution and generalizations" (2001), section 5.2.
"""

import math
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI, log_kv
from ._distribution import AbstractDistribution, parameter
from ._positive_definite import gram

_LEAST = 1e-30
"""r from which log K is right; nothing is drawn below."""
_HALF_LOG_QUARTER_PI = 0.5 * math.log(0.25 * math.pi)


@final
class MultivariateLaplace(AbstractDistribution):
    """A multivariate normal whose variance is exponentially distributed: a sharp peak and tails that fall exponentially.

    Args:
        loc: μ, the mean and mode; real vector.
        scale_tril: L, lower triangular with a positive diagonal; the covariance is L Lᵀ.

    Shapes: loc (*batch, n); scale_tril (*batch, n, n); event (n,).

    Raises:
        ParameterError: the matrix breaks its constraint, or shapes do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.MultivariateLaplace(np.zeros(2), np.array([[1.0, 0.0], [2.0, 1.0]])).variance()
        Array([1., 5.], dtype=float32)
    """

    loc: ParameterArray = parameter(supports.real_vector)
    scale_tril: ParameterArray = parameter(supports.lower_cholesky)

    support = supports.real_vector
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        loc, tril = jnp.shape(self.loc), jnp.shape(self.scale_tril)
        if tril[-2:] != (loc[-1], loc[-1]):
            raise _errors.mismatched_events(self._label, f"loc: {loc[-1:]}; scale_tril: {tril[-2:]}")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        normal_key, mixing_key = jax.random.split(key)
        noise = random.normal(normal_key, shape + self.event_shape, self.dtype)
        log_u, _ = random.tails(mixing_key, shape, self.dtype)
        noise = noise * jnp.sqrt(-log_u)[..., None]
        return self.loc + jnp.matmul(self.scale_tril, noise[..., None], precision=lax.Precision.HIGHEST)[..., 0]

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        n = x.shape[-1]
        z = solve_triangular(self.scale_tril, x - self.loc, lower=True)
        size = jnp.abs(z).max()
        centre = size < _LEAST
        # |z|² may overflow; XLA multiplies by 1/part, which must not be subnormal
        part = jnp.where(centre, 1.0, size) * 2.0**-8
        unit = jnp.where(centre, 1.0, z) * 2.0**-8 / part
        r = 2.0**8 * part * jnp.sqrt(2 * (unit * unit).sum())
        finite = jnp.where(r < jnp.inf, r, 1.0)
        shape = _log_shape(finite, n)
        shape = jnp.where(r < jnp.inf, shape, jnp.where(jnp.isnan(r), jnp.nan, -jnp.inf))
        at_centre = _HALF_LOG_QUARTER_PI if n == 1 else jnp.inf
        peak = math.log(2) - n * HALF_LOG_2PI - jnp.log(jnp.diagonal(self.scale_tril)).sum()
        log_prob = peak + jnp.where(centre, at_centre, shape)
        return jnp.where(jnp.isnan(z).any(), jnp.nan, log_prob)  # the maximum may hide it

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return (self.scale_tril * self.scale_tril).sum(-1)

    def _covariance(self) -> Array:
        return gram(self.scale_tril)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        n = self.event_shape[0]
        return _standard_entropy(n, self.dtype) + jnp.log(jnp.diagonal(self.scale_tril)).sum()


def _log_shape(r: Array, n: int) -> Array:
    """log of (r/2)^v K_v(r); in one dimension ½√π e^(-r), where the logarithms' poles would cancel."""
    if n == 1:
        return _HALF_LOG_QUARTER_PI - r
    order = 1 - 0.5 * n
    return order * (jnp.log(r) - math.log(2)) + log_kv(jnp.full_like(r, order), r)


def _standard_entropy(n: int, dtype) -> Array:
    """That of L = I: by the trapezoidal rule in log r, of density r^(n/2+1) K_v(r)/(2^(n/2-1) Γ(n/2))."""
    if n == 1:
        return jnp.full((), 1 + 0.5 * math.log(2), dtype)
    y = jnp.asarray(np.arange(0.5 * math.log(n) - 20, 0.5 * math.log(n + 20) + 4, 0.125).astype(dtype))
    shape = _log_shape(jnp.exp(y), n)
    log_mass = n * y - (n - 2) * math.log(2) - math.lgamma(0.5 * n) + shape
    return n * HALF_LOG_2PI - math.log(2) - 0.125 * (jnp.exp(log_mass) * shape).sum()
