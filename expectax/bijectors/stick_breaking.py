"""The simplex by breaking a stick.

    y_k = z_k Π_(j<k) (1 - z_j),   z_k = sigmoid(x_k - log(n - k)),   k = 1, ..., n - 1,   y_n = Π_j (1 - z_j)
    log |det ∂y/∂x| = Σ_(k<=n) log y_k

Equal entries stand for x = 0.

Accuracy   y to half an ulp of 1 + Σ (|x_k| + log n) times each entry, however small; log-determinants likewise of their terms.
Source     Stan Development Team, "Reference manual" (2024), unit simplex transform.
"""

import math
from typing import final

import jax
import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array, Shape
from ..numerics import log_ratio, log_sigmoid
from ._bijector import AbstractBijector, check_event


@final
class StickBreaking(AbstractBijector):
    """R^(n-1) onto probability vectors of length n: TFP's `IteratedSigmoidCentered`, NumPyro's `StickBreakingTransform`.

    The log-determinant is that of the first n - 1 entries, of which Dirichlet densities are densities.

    Shapes: event (n - 1,), of y (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> [round(p, 4) for p in ex.bijectors.StickBreaking().forward(np.zeros(3)).tolist()]
        [0.25, 0.25, 0.25, 0.25]
    """

    domain = supports.real_vector
    codomain = supports.simplex

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        t = x - _centre(x)
        taken, left = log_sigmoid(t), log_sigmoid(-t)
        remaining = jnp.cumprod(jnp.concatenate([jnp.ones(1, x.dtype), jax.nn.sigmoid(-t)]))
        y = jnp.append(remaining[:-1] * jax.nn.sigmoid(t), remaining[-1])
        later = np.arange(len(x), 0, -1).astype(x.dtype)  # how many entries each part that is left is a factor of
        return y, (taken + later * left).sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        left = jnp.cumsum(y[:0:-1])[::-1]  # from the end: sums, not differences
        return log_ratio(y[:-1], left) + _centre(y[:-1]), -jnp.log(y).sum()

    def _forward_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1,)

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, shape[0] > 0, "at least 1 entry")
        return (shape[0] - 1,)


def _centre(x: Array) -> np.ndarray:
    return np.array([math.log(n) for n in range(len(x), 0, -1)], x.dtype)
