"""Gaussian random walk.

    p(x; σ) = Π_k exp(-(x_k - x_{k-1})²/(2σ²)) / (σ √(2π)),   x_0 = 0,   x ∈ ℝⁿ

Sampling   x_k = σ (ε_1 + ... + ε_k),  ε ~ Normal(0, I): pathwise in σ.
Accuracy   log_prob to a few ulp of the sum of its terms; the steps are differences of the values given.
Source     Rue, Held, "Gaussian Markov random fields" (2005), section 1.1.1.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._module import static
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI
from ._count import check_count
from ._distribution import AbstractDistribution, parameter


@final
class GaussianRandomWalk(AbstractDistribution):
    """The places after each of n independent normal steps from 0: a prior for what drifts.

    Args:
        scale: σ, the standard deviation of one step. Positive.
        num_steps: n, an integer >= 1.

    Shapes: scale is the batch; event (num_steps,).

    Raises:
        ParameterError: scale is not positive, or num_steps not a positive integer (eager only).

    Example:
        >>> import expectax as ex
        >>> ex.GaussianRandomWalk(2.0, 3).variance()
        Array([ 4.,  8., 12.], dtype=float32)
    """

    scale: ParameterArray = parameter(supports.positive, default=1.0)
    num_steps: int = static(default=1)

    support = supports.real_vector
    pathwise = True

    def __post_init__(self):
        check_count(self._label, "num_steps", self.num_steps, 1)
        super().__post_init__()

    @property
    def event_shape(self) -> Shape:
        return (self.num_steps,)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        noise = random.normal(key, shape + self.event_shape, self.dtype)
        return jnp.broadcast_to(self.scale, shape)[..., None] * jnp.cumsum(noise, -1)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z = jnp.diff(x, prepend=jnp.zeros_like(x[:1])) / self.scale
        return -0.5 * (z * z).sum() - self.num_steps * (HALF_LOG_2PI + jnp.log(self.scale))

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.zeros(self.num_steps, self.dtype) * self.scale

    def _variance(self) -> Array:
        return self.scale * self.scale * self._steps()

    def _covariance(self) -> Array:
        steps = self._steps()
        return self.scale * self.scale * jnp.minimum(steps[:, None], steps[None, :])

    def _mode(self) -> Array:
        return self._mean()

    def _entropy(self) -> Array:
        return self.num_steps * (0.5 + HALF_LOG_2PI + jnp.log(self.scale))

    def _steps(self) -> Array:
        return jnp.arange(1, self.num_steps + 1, dtype=self.dtype)
