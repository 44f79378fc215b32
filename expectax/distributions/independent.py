"""Independent: batch axes of a distribution read as event axes.

    p(x) = Π_i p_i(x_i)   over the last `event_ranks` batch axes of the base

Everything is the base's, summed (log-density, entropy) or stacked (draws, moments) over those axes.
"""

import dataclasses
import itertools
import math
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from .. import _errors, supports
from .._module import static
from .._parameter import Parameter
from .._typing import Array, Key, Shape
from ._distribution import AbstractDistribution


@final
class Independent(AbstractDistribution):
    """Several independent variables as one event, so that `log_prob` is their joint density.

    Args:
        base: the distribution whose batch axes are read as event axes.
        event_ranks: how many of them, counted from the last.

    Shapes: batch: the base's batch without its last `event_ranks` axes; event: these axes, then the base's event.

    Raises:
        ParameterError: event_ranks is not an integer from 0 to the number of the base's batch axes.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.Independent(ex.Normal(np.zeros((4, 3)), 1.0), 1).log_prob(np.zeros(3)).shape
        (4,)
    """

    base: AbstractDistribution
    event_ranks: int = static()

    def __post_init__(self):
        rank, batch = self.event_ranks, self.base.batch_shape
        if isinstance(rank, bool) or not isinstance(rank, int) or not 0 <= rank <= len(batch):
            raise _errors.bad_event_ranks(self.base._label, rank, batch)

    # --- What the base decides ---
    @property
    def _label(self) -> str:
        return f"Independent({self.base._label})"

    def _parameters(self) -> list[Parameter]:
        return [dataclasses.replace(p, rank=p.rank + self.event_ranks) for p in self.base._parameters()]

    @property
    def support(self):
        return supports.Product(self.base.support, self.event_ranks)

    @property
    def pathwise(self) -> bool:
        return self.base.pathwise

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.mixed

    @property
    def finite(self) -> bool:
        return self.base.finite

    @property
    def dtype(self) -> Any:
        return self.base.dtype

    @property
    def draw_dtype(self) -> Any:
        return self.base.draw_dtype

    @property
    def event_shape(self) -> Shape:
        return self._lanes + self.base.event_shape

    @property
    def _lanes(self) -> Shape:
        """The base's batch axes that are event axes here."""
        batch = self.base.batch_shape
        return batch[len(batch) - self.event_ranks :]

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        full = shape + self._lanes
        return jnp.broadcast_to(self.base._sample(key, full), full + self.base.event_shape)

    @property
    def has_quantiles(self) -> bool:
        return self.base.has_quantiles

    def _from_uniforms(self, u: Array) -> Array:
        return self.base._from_uniforms(u)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self.base._batched_log_prob(x).sum()

    # --- Moments. Not here: cdf and quantile, which a vector does not have ---
    def _mean(self) -> Array:
        return self.base._batched("_mean")

    def _variance(self) -> Array:
        return self.base._batched("_variance")

    def _covariance(self) -> Array:
        """Zero between lanes."""
        lanes, size = math.prod(self._lanes), math.prod(self.base.event_shape)
        if not self.event_shape:
            raise self._missing("covariance")
        own = self.base._batched("_covariance" if self.base.event_shape else "_variance").reshape(lanes, size, 1, size)
        same = jnp.eye(lanes, dtype=bool).reshape(lanes, 1, lanes, 1)
        return jnp.where(same, own, 0.0).reshape(self.event_shape * 2)

    def _mode(self) -> Array:
        return self.base._batched("_mode")

    def _entropy(self) -> Array:
        return self.base._batched("_entropy").sum()

    def _support_values(self) -> Array:
        """Every combination of the base's values, the last lane changing fastest."""
        values = self.base._support_values()
        count, lanes = values.shape[0], math.prod(self._lanes)
        choices = np.array(list(itertools.product(range(count), repeat=lanes)), np.int32).reshape(-1, lanes)
        return values[choices].reshape(-1, *self.event_shape)
