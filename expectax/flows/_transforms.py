"""From the numbers that a network gives to a bijector of each entry; zeros give the identity."""

import dataclasses
from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..bijectors import AbstractBijector, RationalQuadraticSpline
from ..numerics import log1pexp, softplus_inverse


@final
class LogAffine(AbstractBijector):
    """y = m + eˢ x, of log-determinant s: an affine map whose factor is given by its logarithm.

    Args:
        loc: m.
        log_scale: s.
    """

    loc: ParameterArray = parameter(supports.real)
    log_scale: ParameterArray = parameter(supports.real)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        return self.loc + jnp.exp(self.log_scale) * x, self.log_scale

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return jnp.exp(-self.log_scale) * (y - self.loc), -self.log_scale

    def _increases(self) -> bool:
        return True


@dataclasses.dataclass(frozen=True)
class Affine:
    """Each entry by a location and a factor between exp(-limit) and exp(limit), of which training cannot run away."""

    limit: float = 3.0

    @property
    def size(self) -> int:
        """How many numbers an entry takes."""
        return 2

    def __call__(self, numbers: Array) -> AbstractBijector:
        loc, raw = jnp.moveaxis(jnp.reshape(numbers, (-1, 2)), -1, 0)
        return LogAffine(loc, self.limit * jnp.tanh(raw / self.limit))


@dataclasses.dataclass(frozen=True)
class Spline:
    """Each entry by a rational quadratic spline from [-bound, bound] onto itself.

    Source: Durkan et al., "Neural spline flows" (2019), section 3.1.
    """

    bins: int = 8
    bound: float = 5.0
    smallest: float = 1e-3
    """Of widths and heights as shares of the range, and of slopes."""

    def __post_init__(self):
        if self.bins < 1 or self.bound <= 0 or not 0 < self.smallest * self.bins < 1:
            raise ValueError(f"expected bins >= 1, bound > 0 and 0 < smallest * bins < 1, got {self}")

    @property
    def size(self) -> int:
        """How many numbers an entry takes."""
        return 3 * self.bins - 1

    def __call__(self, numbers: Array) -> AbstractBijector:
        raw = jnp.reshape(numbers, (-1, self.size))
        widths, heights, slopes = jnp.split(raw, [self.bins, 2 * self.bins], axis=-1)
        one = softplus_inverse(jnp.asarray(1 - self.smallest, raw.dtype))
        return RationalQuadraticSpline(
            self._shares(widths), self._shares(heights), self.smallest + log1pexp(slopes + one), -self.bound
        )

    def _shares(self, raw: Array) -> Array:
        """Positive numbers of sum 2 bound."""
        rest = 1 - self.smallest * self.bins
        return 2 * self.bound * (self.smallest + rest * jax.nn.softmax(raw, axis=-1))
