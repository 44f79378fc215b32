"""Masked distribution: a law of which some lanes are not there.

    log p(x) = log p_base(x) where the mask is true, 0 where it is false, whatever x is

Sampling   where the mask is false, a fixed inner point of the base's support, on which nothing depends: as log_prob = 0
           says, so that pathwise and score gradients both get nothing from there. Else as the base, pathwise where it is.
Accuracy   exact: the base's or 0.
Source     as `Masked` of TensorFlow Probability and `mask` of Pyro, which draws the base in masked lanes too.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from . import _shapes
from ._distribution import AbstractDistribution, _widened, parameter
from ._shapes import shown_missing
from ._wrapper import AbstractWrapper


class _Truth(supports.IntegerRange):
    """True and false, as numbers too."""

    def contains(self, value):
        if getattr(value, "dtype", None) == jnp.bool_:
            return value == value  # noqa: PLR0124
        return supports.IntegerRange.contains(self, value)


@final
class Masked(AbstractWrapper):
    """Observations of which some are missing: their log-density is 0, and so is the gradient of it, NaN values included.

    Args:
        base: any distribution.
        mask: which lanes are there: booleans, or 0 and 1.

    Shapes: the base's batch and mask broadcast to the batch; event: the base's.

    Raises:
        ParameterError: mask is not boolean (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> seen = np.array([True, False])
        >>> ex.Masked(ex.Laplace(0.0, 0.5), seen).log_prob(np.array([0.0, np.nan], np.float32)) == 0
        Array([ True,  True], dtype=bool)
    """

    base: AbstractDistribution
    mask: ParameterArray = parameter(_Truth(), moves_support=True)

    finite = False  # pyright: ignore[reportAssignmentType]  in a masked lane log-densities of 0 are no probabilities to sum over

    @property
    def atomic(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.atomic

    def _has(self, method: str) -> bool:
        return self.base._has(method)

    def _chosen(self, seen: Array, masked: Array | float) -> Array:
        """One number or array an event, by the mask; NaN where that is."""
        mask = jnp.asarray(self.mask, self.dtype)
        mask = mask.reshape(mask.shape + (1,) * (jnp.ndim(seen) - mask.ndim))
        masked = jnp.asarray(masked, seen.dtype)
        return shown_missing(jnp.where(mask == 1, seen, masked), ~jnp.isnan(mask))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        draws = jnp.broadcast_to(self.base._sample(key, shape), shape + self.event_shape)
        return self._chosen(draws, self.base.support.interior(draws))

    # --- Density ---
    def _batched_log_prob(self, value: Array) -> Array:
        return _shapes.lift(self, lambda d, x: d._log_prob(_widened(d, x)), "log_prob", (value, self.event_rank))

    def _log_prob(self, x: Array) -> Array:
        seen = jnp.asarray(self.mask, self.dtype) == 1
        inner = jnp.where(seen.reshape(seen.shape + (1,) * (x.ndim - seen.ndim)), x, self.base.support.interior(x))
        return self._chosen(self.base._batched_log_prob(inner), 0.0)

    # --- Cumulative: of a masked lane that of its fixed point ---
    def _by_mask(self, method: str, x: Array, below: float, at: float) -> Array:
        point = self.base.support.interior(x)
        value = self.base._batched(f"_masked_{method}", x)
        return self._chosen(value, jnp.where(x >= point, at, below))

    def _masked_cdf(self, x: Array) -> Array:
        return self._by_mask("cdf", x, 0.0, 1.0)

    def _masked_sf(self, x: Array) -> Array:
        return self._by_mask("sf", x, 1.0, 0.0)

    def _masked_log_cdf(self, x: Array) -> Array:
        return self._by_mask("log_cdf", x, -jnp.inf, 0.0)

    def _masked_log_sf(self, x: Array) -> Array:
        return self._by_mask("log_sf", x, 0.0, -jnp.inf)

    def _masked_quantile(self, p: Array) -> Array:
        x = self.base._batched("_masked_quantile", p)
        return self._chosen(x, jnp.where(jnp.isnan(x), jnp.nan, self.base.support.interior(x)))

    # --- Moments ---
    def _mean(self) -> Array:
        mean = self.base._batched("_mean")
        return self._chosen(mean, self.base.support.interior(mean))

    def _mode(self) -> Array:
        mode = self.base._batched("_mode")
        return self._chosen(mode, self.base.support.interior(mode))

    def _variance(self) -> Array:
        return self._chosen(self.base._batched("_variance"), 0.0)

    def _covariance(self) -> Array:
        return self._chosen(self.base._batched("_covariance"), 0.0)

    def _entropy(self) -> Array:
        return self._chosen(self.base._batched("_entropy"), 0.0)
