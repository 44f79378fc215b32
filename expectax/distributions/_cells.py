"""Integers that stand for cells of a law with a density: P(k) = P(k - w < z <= k - w + 1), w by family."""

from typing import Any, ClassVar

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, Shape
from ..numerics import log1m
from ._mass import log_above, log_below, log_mass
from ._wrapper import CUMULATIVE, AbstractWrapper, has_cdf, require


class AbstractCells(AbstractWrapper):
    """What quantised and rounded laws share."""

    back: ClassVar[float]
    """w, how far below its integer a cell begins."""

    pathwise = False  # pyright: ignore[reportAssignmentType]
    finite = False  # pyright: ignore[reportAssignmentType]

    def __post_init__(self):
        super().__post_init__()
        fits = has_cdf(self.base) and not self.base.support.discrete and not self.base.mixed
        require(fits, type(self).__name__, "a law of reals that has a cdf", self.base)

    @property
    def support(self):
        return supports.integers

    @property
    def draw_dtype(self) -> Any:
        return self.dtype

    def _has(self, method: str) -> bool:
        return method in CUMULATIVE

    def _top(self, k: Array) -> Array:
        """Where the cell of k ends."""
        return k + (1 - self.back)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return jnp.ceil(self.base._sample(key, shape) - (1 - self.back))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return log_mass(self.base, x - self.back, self._top(x))

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return log_below(self.base, self._top(x))

    def _log_sf(self, x: Array) -> Array:
        return log_above(self.base, self._top(x))

    def _quantile(self, p: Array) -> Array:
        """By the base's; a p that is the rounded cdf of an integer gives that integer."""
        k = jnp.ceil(self.base._batched("_masked_quantile", p) - (1 - self.back))
        upper, slack = p > 0.5, 4 * jnp.finfo(p.dtype).eps
        below, above = self._log_cdf(k - 1), self._log_sf(k - 1)
        enough = jnp.where(upper, above <= log1m(jnp.where(upper, p, 0.5)) + slack, below >= jnp.log(p) - slack)
        return jnp.where(enough & (jnp.abs(k) < jnp.inf), k - 1, k)
