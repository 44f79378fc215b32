"""Sample distribution: several independent draws of one law as one event.

    p(x) = Π_i p_base(x_i)   over all indices of an array of the given shape

Everything is the base's, summed (log-density, entropy) or repeated (moments).
"""

import itertools
import math
from typing import Any, final

import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import block_diag

from .. import supports
from .._module import static
from .._typing import Array, Key, Shape
from . import _shapes
from ._distribution import AbstractDistribution
from ._parts import covariance_of, with_axes
from ._wrapper import CUMULATIVE, AbstractWrapper


@final
class Sample(AbstractWrapper):
    """Independent draws with the same parameters, so that `log_prob` is their joint density.

    Args:
        base: the distribution of one draw.
        shape: shape of the array of draws.

    Shapes: the base's batch; event: shape, then the base's event.

    Raises:
        ShapeError: shape is not a tuple of integers >= 0.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.Sample(ex.Normal(np.zeros(4), 1.0), (2, 3)).log_prob(np.zeros((2, 3))).shape
        (4,)
    """

    base: AbstractDistribution
    shape: Shape = static()

    def __post_init__(self):
        object.__setattr__(self, "shape", _shapes.check_sample_shape(self.shape))
        super().__post_init__()

    @property
    def support(self):
        return supports.Product(self.base.support, len(self.shape))

    @property
    def event_shape(self) -> Shape:
        return self.shape + self.base.event_shape

    def _has(self, method: str) -> bool:
        if method == "_covariance" and not self.base.event_shape:
            return bool(self.shape) and self.base._has("_variance")
        return method not in CUMULATIVE and super()._has(method)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        full = shape + self.shape
        draws = with_axes(self.base, len(self.shape))._sample(key, full)
        return jnp.broadcast_to(draws, full + self.base.event_shape)

    def sample_and_log_prob(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """A draw and the log-density at it. The site is that of the base, one lane a draw of it."""
        wide = with_axes(_shapes.broadcast_leaves(self.base, self.batch_shape), len(self.shape))
        wide = _shapes.broadcast_leaves(wide, self.batch_shape + self.shape)
        x, log_prob = wide.sample_and_log_prob(key, shape, gradient=gradient, name=name)
        return x, log_prob.sum(tuple(range(-len(self.shape), 0)))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self.base._batched_log_prob(x).sum()

    # --- Moments. Not here: cdf and quantile, which an array does not have ---
    def _repeated(self, method: str) -> Array:
        return jnp.broadcast_to(self.base._batched(method), self.event_shape)

    def _mean(self) -> Array:
        return self._repeated("_mean")

    def _variance(self) -> Array:
        return self._repeated("_variance")

    def _mode(self) -> Array:
        return self._repeated("_mode")

    def _covariance(self) -> Array:
        """Zero between draws."""
        if not self.event_shape:
            raise self._missing("covariance")
        return block_diag(*[covariance_of(self.base)] * math.prod(self.shape)).reshape(self.event_shape * 2)

    def _entropy(self) -> Array:
        return math.prod(self.shape) * self.base._batched("_entropy")

    def _support_values(self) -> Array:
        """Every combination of the base's values, the last draw changing fastest."""
        values, count = self.base._support_values(), math.prod(self.shape)
        choices = np.array(list(itertools.product(range(values.shape[0]), repeat=count)), np.int32)
        return values[choices.reshape(-1, count)].reshape(-1, *self.event_shape)
