"""LKJ distribution of correlation matrices.

    p(R; η) = c |R|^(η-1),   log c = Σ_i log Γ(β_i + i/2) - log Γ(β_i) - i/2 log π,   β_i = η + (n - 1 - i)/2,  i = 1, ..., n - 1

as a density of the entries below the diagonal.

Sampling   R = L Lᵀ with L ~ LKJCholesky: pathwise in η.
Accuracy   log_prob as backward stable as the Cholesky factor; the constant keeps its digits for a large η.
Source     Lewandowski, Kurowicka, Joe, "Generating random correlation matrices based on vines and extended onion
           method" (2009), sections 2.3 and 3.2.
"""

from typing import Any, final

import jax.numpy as jnp

from .. import supports
from .._module import static
from .._typing import Array, Key, ParameterArray, Shape
from . import _shapes
from ._count import check_count
from ._distribution import AbstractDistribution, _widened, parameter
from ._positive_definite import checked_factor, gram, masked
from .lkj_cholesky import log_constant, log_square_means, rows


@final
class LKJ(AbstractDistribution):
    """Random correlation matrices. Their Cholesky factors are better conditioned: see LKJCholesky.

    Args:
        dimension: n, the number of variables; an integer >= 1.
        concentration: η; 1 makes all correlation matrices alike, more pulls them to the identity. Positive.

    Shapes: concentration is the batch; event (n, n).

    Raises:
        ParameterError: the dimension is not a positive integer, or the concentration not positive (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> float(ex.LKJ(2, 1.0).prob(np.eye(2)))
        0.5
    """

    dimension: int = static()
    concentration: ParameterArray = parameter(supports.positive)

    support = supports.correlation
    pathwise = True

    def __post_init__(self):
        check_count(self._label, "dimension", self.dimension, 1)
        super().__post_init__()

    @property
    def event_shape(self) -> Shape:
        return (self.dimension, self.dimension)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        draw = gram(rows(key, self.concentration, self.dimension, shape))
        eye = jnp.eye(self.dimension, dtype=bool).reshape((1,) * len(shape) + self.event_shape)
        return jnp.where(eye & ~jnp.isnan(draw), 1.0, draw)

    # --- Density ---
    def _batched_log_prob(self, value: Array) -> Array:
        def guarded(dist: Any, x: Array) -> Array:
            ones = (jnp.abs(jnp.diagonal(x) - 1) <= 8 * jnp.finfo(x.dtype).eps).all()
            x = _widened(dist, x)
            factor, ok = checked_factor(x)
            return masked(dist._at_factor(factor), ok & ones, x)

        return _shapes.lift(self, guarded, "log_prob", (value, 2))

    def _log_prob(self, x: Array) -> Array:
        return self._at_factor(jnp.linalg.cholesky(x))

    def _at_factor(self, factor: Array) -> Array:
        log_det = 2 * jnp.log(jnp.diagonal(factor)).sum()
        return (self.concentration - 1) * log_det + log_constant(self.concentration, self.dimension)

    # --- Moments ---
    def _mean(self) -> Array:
        return jnp.eye(self.dimension, dtype=self.dtype) + 0 * self.concentration

    def _variance(self) -> Array:
        # each r ~ 2 Beta(b, b) - 1, b = η - 1 + n/2
        variance = 1 / (2 * self.concentration + self.dimension - 1)
        return jnp.where(jnp.eye(self.dimension, dtype=bool), 0.0, variance)

    def _covariance(self) -> Array:
        """Of an entry with itself and its mirror image alone: a change of one variable's sign changes that of others."""
        n, eye = self.dimension, jnp.eye(self.dimension, dtype=self.dtype)
        same = eye[:, None, :, None] * eye[None, :, None, :]
        off_diagonal = (1 - eye).reshape(n, n, 1, 1)
        return off_diagonal * (same + jnp.swapaxes(same, -1, -2)) / (2 * self.concentration + n - 1)

    def _entropy(self) -> Array:
        mean_log_det = log_square_means(self.concentration, self.dimension).sum(-1)
        return -log_constant(self.concentration, self.dimension) - (self.concentration - 1) * mean_log_det

    def _mode(self) -> Array:
        flat_or_peaked = self.concentration >= 1  # below, the density is unbounded at the edge
        return jnp.where(flat_or_peaked, jnp.eye(self.dimension, dtype=self.dtype), jnp.nan)
