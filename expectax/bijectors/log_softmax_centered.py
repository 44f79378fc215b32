"""Logarithms of probabilities, by a softmax with a last logit 0.

    y = [x, 0] - log Σ_k exp [x, 0]_k,   log |det| = 0

by the differences y_k - y_n, of which the density of ExpRelaxedOneHotCategorical is one: it is that of the first n - 1
entries times exp y_n.

Accuracy   y to a few ulp of max(1, |x|); the inverse to 1 ulp of |y|.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Shape
from ..numerics import log_sum_exp
from ._bijector import check_event
from ._volume_preserving import AbstractVolumePreserving


@final
class LogSoftmaxCentered(AbstractVolumePreserving):
    """R^(n-1) onto vectors of n log-probabilities.

    Shapes: event (n - 1,), of y (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> [round(v, 4) for v in ex.bijectors.LogSoftmaxCentered().forward(np.zeros(1)).tolist()]
        [-0.6931, -0.6931]
    """

    domain = supports.real_vector
    codomain = supports.log_simplex

    def _moved(self, x: Array) -> Array:
        logits = jnp.append(x, jnp.zeros(1, x.dtype))
        return logits - log_sum_exp(logits)

    def _moved_back(self, y: Array) -> Array:
        return y[:-1] - y[-1]

    def _forward_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1,)

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, shape[0] > 0, "at least 1 entry")
        return (shape[0] - 1,)
