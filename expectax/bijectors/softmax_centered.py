"""Softmax with a last logit 0.

    y = softmax([x, 0]),   log |det ∂y/∂x| = Σ_(k<=n) log y_k

Accuracy   y to 2 ulp of 1 + max |x_k| times each entry, log-determinants to 2 ulp of Σ |log y_k|.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Shape
from ..numerics import log_ratio, log_sum_exp, shares
from ._bijector import AbstractBijector, check_event


@final
class SoftmaxCentered(AbstractBijector):
    """R^(n-1) onto probability vectors of length n.

    The log-determinant is that of the first n - 1 entries, of which Dirichlet densities are densities; TFP's is larger by
    ½ log n, the change of surface.

    Shapes: event (n - 1,), of y (n,).

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.SoftmaxCentered().forward(np.zeros(3)).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """

    domain = supports.real_vector
    codomain = supports.simplex

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        logits = jnp.append(x, jnp.zeros(1, x.dtype))
        total = log_sum_exp(logits)
        return shares(logits, total), (logits - total).sum()

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        return log_ratio(y[:-1], y[-1:]), -jnp.log(y).sum()

    def _forward_shape(self, shape: Shape) -> Shape:
        return (shape[0] + 1,)

    def _inverse_shape(self, shape: Shape) -> Shape:
        check_event(self, shape, shape[0] > 0, "at least 1 entry")
        return (shape[0] - 1,)
