"""Zero-sum normal distribution.

    p(x; σ) = exp(-|x|²/(2σ²)) / (σ √(2π))^d,   x with zero sum along each of its axes,   d = Π (n_k - 1)

a density on the d-dimensional subspace: a normal array less its means along the axes.

Sampling   x = σ P ε,  ε ~ Normal(0, I), P the projection onto the subspace: pathwise in σ.
Accuracy   log_prob to a few ulp of the sum of its terms; draws sum to 0 up to the rounding of their own type.
Source     Rue, Held, "Gaussian Markov random fields" (2005), section 2.3.3 (conditioning on sums).
"""

import math
from typing import final

import jax.numpy as jnp

from .. import _errors, random, supports
from .._module import static
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI
from ._distribution import AbstractDistribution, parameter


@final
class ZeroSumNormal(AbstractDistribution):
    """Normal effects that add up to 0 along each axis: deviations from a mean that stands elsewhere in the model.

    Args:
        scale: σ, the standard deviation before the means are taken off. Positive.
        event_shape: the sizes of the axes along which values add up to 0; a tuple of integers >= 1, not empty.

    Shapes: scale is the batch; event event_shape.

    Raises:
        ParameterError: scale is not positive, or event_shape is not such a tuple (eager only).

    Example:
        >>> import expectax as ex
        >>> ex.ZeroSumNormal(2.0, (4,)).variance()
        Array([3., 3., 3., 3.], dtype=float32)
    """

    scale: ParameterArray = parameter(supports.positive)
    event_shape: Shape = static(default=())  # pyright: ignore[reportIncompatibleVariableOverride, reportAssignmentType]

    pathwise = True

    def __post_init__(self):
        shape = self.event_shape
        whole = isinstance(shape, tuple) and all(
            isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in shape
        )
        if not whole or not shape:
            wanted = "a tuple of integers >= 1, not empty"
            raise _errors.bad_parameter(self._label, "event_shape", repr(shape), wanted)
        super().__post_init__()

    @property
    def support(self):
        return supports.ZeroSum(len(self.event_shape))

    @property
    def _dimension(self) -> int:
        return math.prod(n - 1 for n in self.event_shape)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        noise = random.normal(key, shape + self.event_shape, self.dtype)
        scale = jnp.broadcast_to(self.scale, shape).reshape(shape + (1,) * len(self.event_shape))
        return scale * self.support.constrain(noise)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z = x / self.scale
        return -0.5 * (z * z).sum() - self._dimension * (HALF_LOG_2PI + jnp.log(self.scale))

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.zeros(self.event_shape, self.dtype) * self.scale

    def _variance(self) -> Array:
        share = self._dimension / math.prod(self.event_shape)
        return jnp.full(self.event_shape, share, self.dtype) * self.scale * self.scale

    def _covariance(self) -> Array:
        """σ² times the projection onto zero sums: of each axis, I - 11ᵀ/n."""
        rank = len(self.event_shape)
        product = self.scale * self.scale
        for axis, n in enumerate(self.event_shape):
            shape = tuple(n if k in (axis, axis + rank) else 1 for k in range(2 * rank))
            product = product * (jnp.eye(n, dtype=self.dtype) - 1 / n).reshape(shape)
        return product

    def _mode(self) -> Array:
        return self._mean()

    def _entropy(self) -> Array:
        return self._dimension * (0.5 + HALF_LOG_2PI + jnp.log(self.scale))
