"""Marginal of a Gaussian process at given points.

    p(x; m, K, σ²) = Normal(x; m, K + (σ² + j) I),   K_ab = k(t_a, t_b),   x ∈ ℝⁿ

Sampling   x = m + L ε,  L Lᵀ = K + (σ² + j) I,  ε ~ Normal(0, I): pathwise in m, K (and with it in whatever the kernel
           was made of) and σ².
Accuracy   log_prob as backward stable as the Cholesky factor; the jitter j keeps that possible in single precision.
Source     Rasmussen, Williams, "Gaussian processes for machine learning" (2006), section 2.2.
"""

from collections.abc import Callable
from typing import Any, final

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._module import static
from .._parameter import exactly_one
from .._typing import Array, ArrayLike, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI
from ._distribution import AbstractDistribution, parameter


@final
class GaussianProcess(AbstractDistribution):
    """The values of a random function at n points, observed with noise.

    The covariance is given as a matrix, or as a kernel with the points: k(s, t) -> covariance of two points' values,
    evaluated when the distribution is made. A kernel may use traced arrays; derivatives pass through the matrix.

    Args:
        loc: m, the mean function's values; real vector, or one number for all points.
        covariance: K, symmetric, positive semidefinite; kept as `kernel_matrix`.
        kernel: k, instead of `covariance`; takes two points, one index each.
        index_points: the n points t, (*batch, n, features) or (n,) of numbers; with `kernel`.
        observation_noise_variance: σ². Not negative.
        jitter: j, added to the diagonal. A Python number >= 0.

    Shapes: loc (*batch, n); covariance (*batch, n, n); observation_noise_variance broadcasts to the batch; event (n,).

    Raises:
        ParameterError: neither or both of covariance and kernel, or shapes that do not fit (eager only).

    Example:
        >>> import expectax as ex, jax.numpy as jnp
        >>> d = ex.GaussianProcess(kernel=lambda s, t: jnp.exp(-((s - t) ** 2)), index_points=jnp.arange(3.0))
        >>> d.event_shape
        (3,)
    """

    loc: ParameterArray = parameter(supports.real_vector)
    kernel_matrix: ParameterArray = parameter(supports.real_matrix)
    observation_noise_variance: ParameterArray = parameter(supports.nonnegative, default=0.0)
    jitter: float = static(default=1e-6)

    support = supports.real_vector
    pathwise = True

    def __init__(
        self,
        loc: ArrayLike = 0.0,
        covariance: ArrayLike | None = None,
        *,
        kernel: Callable[[Any, Any], Any] | None = None,
        index_points: ArrayLike | None = None,
        observation_noise_variance: ArrayLike = 0.0,
        jitter: float = 1e-6,
    ):
        exactly_one(self._label, {"covariance": covariance, "kernel": kernel})
        exactly_one(self._label, {"covariance": covariance, "index_points": index_points})
        if kernel is not None:
            covariance = _matrix(kernel, jnp.asarray(index_points))
        if jnp.ndim(loc) == 0:
            like = jnp.asarray(covariance)
            loc = jnp.broadcast_to(jnp.asarray(loc, like.dtype), like.shape[-1:])
        object.__setattr__(self, "loc", loc)
        object.__setattr__(self, "kernel_matrix", covariance)
        object.__setattr__(self, "observation_noise_variance", observation_noise_variance)
        object.__setattr__(self, "jitter", jitter)
        self.__post_init__()

    def __post_init__(self):
        super().__post_init__()
        loc, matrix = jnp.shape(self.loc), jnp.shape(self.kernel_matrix)
        if matrix[-2:] != (loc[-1], loc[-1]):
            raise _errors.mismatched_events(self._label, f"loc: {loc[-1:]}; covariance: {matrix[-2:]}")
        if not self.jitter >= 0:
            raise _errors.bad_parameter(self._label, "jitter", repr(self.jitter), "a number >= 0")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-1:]

    def _factor(self) -> Array:
        """L, lower triangular with L Lᵀ = K + (σ² + j) I."""
        return jnp.linalg.cholesky(self._covariance())

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        noise = random.normal(key, shape + self.event_shape, self.dtype)
        return self.loc + jnp.matmul(self._factor(), noise[..., None], precision=lax.Precision.HIGHEST)[..., 0]

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        factor = self._factor()
        z = solve_triangular(factor, x - self.loc, lower=True)
        return -0.5 * (z * z).sum() - x.shape[-1] * HALF_LOG_2PI - _half_log_det(factor)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        return jnp.diagonal(self.kernel_matrix) + self.observation_noise_variance + self.jitter

    def _covariance(self) -> Array:
        k = self.kernel_matrix
        eye = jnp.eye(k.shape[-1], dtype=k.dtype).reshape((1,) * (k.ndim - 2) + k.shape[-2:])
        return k + (self.observation_noise_variance[..., None, None] + self.jitter) * eye

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return self.event_shape[0] * (0.5 + HALF_LOG_2PI) + _half_log_det(self._factor())


def _half_log_det(factor: Array) -> Array:
    return jnp.log(jnp.diagonal(factor)).sum()


def _matrix(kernel: Callable, points: Array) -> Array:
    """k at every pair of points; leading axes beyond (n, features) are batches."""
    pairs = jax.vmap(jax.vmap(kernel, (None, 0)), (0, None))
    for _ in range(points.ndim - 2):
        pairs = jax.vmap(pairs)
    return pairs(points, points)
