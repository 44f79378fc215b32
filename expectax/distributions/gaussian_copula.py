"""Gaussian copula.

    p(x; F, R) = Π_i f_i(x_i) · exp(-(|L⁻¹z|² - |z|²)/2) / det L,   z_i = Φ⁻¹(F_i(x_i)),   R = L Lᵀ a correlation matrix

Sampling   x_i = F_i⁻¹(Φ(z_i)),  z = L ε,  ε ~ Normal(0, I): pathwise in L and in the marginals' parameters, through the
           derivative of their quantile. Φ(z) is kept off 0 and 1 by one rounding, which cuts the upper tail at 2⁻²⁴ (2⁻⁵³).
Accuracy   log_prob takes z from log F below the median and from log(1 - F) above it: no tail is lost.
Source     Nelsen, "An introduction to copulas" (2006), section 2.3; Song, "Multivariate dispersion models" (2000).
"""

import dataclasses
import math
from typing import final

import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._parameter import Parameter, check_value, exactly_one, leaf_parameters
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import ndtr, ndtri_exp
from ._distribution import AbstractDistribution, parameter
from .multivariate_normal import _factor


@final
class GaussianCopula(AbstractDistribution):
    """Several variables of any continuous laws, joined by the dependence of a normal vector.

    Exactly one of `correlation_matrix` and `correlation_cholesky` is given; the factor is what is kept.

    Args:
        marginal_dist: the laws of the components: a continuous scalar family with cdf and quantile, whose last batch axis
            has their number n.
        correlation_matrix: R, of the normal vector; positive definite with ones on its diagonal.
        correlation_cholesky: L, lower triangular with a positive diagonal and rows of length 1.

    Shapes: marginal_dist with the batch (*batch, n); the matrix (*batch, n, n); event (n,).

    Raises:
        ParameterError: not exactly one matrix, one that breaks its constraint, or marginals that do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> rates = ex.Exponential(np.array([1.0, 2.0]))
        >>> ex.GaussianCopula(rates, correlation_matrix=np.array([[1.0, 0.5], [0.5, 1.0]])).mean()
        Array([1. , 0.5], dtype=float32)
    """

    marginal_dist: AbstractDistribution
    correlation_cholesky: ParameterArray = parameter(supports.correlation_cholesky)

    pathwise = True

    def __init__(
        self,
        marginal_dist: AbstractDistribution,
        *,
        correlation_matrix: ArrayLike | None = None,
        correlation_cholesky: ArrayLike | None = None,
    ):
        choices = {"correlation_matrix": correlation_matrix, "correlation_cholesky": correlation_cholesky}
        if exactly_one(self._label, choices) == "correlation_matrix" and correlation_matrix is not None:
            check_value(self._label, "correlation_matrix", correlation_matrix, supports.correlation)
            correlation_cholesky = _factor(correlation_matrix)
        object.__setattr__(self, "marginal_dist", marginal_dist)
        object.__setattr__(self, "correlation_cholesky", correlation_cholesky)
        self.__post_init__()

    def __post_init__(self):
        super().__post_init__()
        base, n = self.marginal_dist, self.event_shape[0]
        if base.event_rank or base.support.discrete or base.batch_shape[-1:] != (n,):
            described = f"{base._label} with batch {base.batch_shape} and event {base.event_shape}"
            wanted = f"a continuous scalar family whose last batch axis has the size {n} of the correlation matrix"
            raise _errors.bad_parameter(self._label, "marginal_dist", described, wanted)

    def _parameters(self) -> list[Parameter]:
        own = leaf_parameters(self)[-1]
        return [*(dataclasses.replace(p, rank=1) for p in self.marginal_dist._parameters()), own]

    @property
    def support(self):
        return supports.Product(self.marginal_dist.support, 1)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.correlation_cholesky)[-1:]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        noise = random.normal(key, shape + self.event_shape, self.dtype)
        z = jnp.matmul(self.correlation_cholesky, noise[..., None], precision=lax.Precision.HIGHEST)[..., 0]
        p, info = ndtr(z), jnp.finfo(self.dtype)
        p = jnp.where(p < info.tiny, info.tiny, jnp.where(p >= 1, 1 - info.eps / 2, p))
        return self.marginal_dist._batched("_masked_quantile", p)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z = self._scores(x)
        finite = (jnp.abs(z) < jnp.inf).all()  # a marginal's density has vanished
        z = jnp.where(finite, z, 0.0)
        y = solve_triangular(self.correlation_cholesky, z, lower=True)
        square = ((y - z) * (y + z)).sum()
        log_prob = self.marginal_dist._batched_log_prob(x).sum() - 0.5 * square - self._half_log_det()
        return jnp.where(finite | jnp.isnan(log_prob), log_prob, -jnp.inf)

    def _half_log_det(self) -> Array:
        return jnp.log(jnp.diagonal(self.correlation_cholesky)).sum()

    def _scores(self, x: Array) -> Array:
        """Φ⁻¹(F(x)), from the smaller tail."""
        log_cdf, log_sf = (self.marginal_dist._batched(m, x) for m in ("_masked_log_cdf", "_masked_log_sf"))
        lower = log_cdf < log_sf
        half = -math.log(2)
        below, above = jnp.where(lower, log_cdf, half), jnp.where(lower, half, log_sf)
        return jnp.where(lower, ndtri_exp(below), -ndtri_exp(above))

    # --- Moments, the marginals'; their dependence takes entropy away ---
    def _mean(self) -> Array:
        return self.marginal_dist._batched("_mean")

    def _variance(self) -> Array:
        return self.marginal_dist._batched("_variance")

    def _entropy(self) -> Array:
        return self.marginal_dist._batched("_entropy").sum() + self._half_log_det()
