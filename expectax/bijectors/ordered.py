"""Increasing vectors, by a first entry and steps.

    y_0 = x_0,   y_i = y_(i-1) + g(x_i),   log |det ∂y/∂x| = Σ_(i>0) log g'(x_i)

g is increasing from the reals onto the positive numbers: the exponential unless another is given.

Accuracy   forward to 1 ulp of the sum of its terms' sizes; the inverse sees the steps as y holds them, to 1 ulp of y.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import Parameter
from .._typing import Array
from ..numerics import from_steps
from ._bijector import AbstractBijector
from .block import Block
from .exp import Exp


@final
class Ordered(AbstractBijector):
    """Vectors onto increasing vectors. With the exponential it is TFP's `Ascending` and NumPyro's `OrderedTransform`.

    Steps that are small beside y are lost to rounding in y itself: entries may then be equal and the inverse -inf.

    Args:
        steps: g, a bijector of numbers from the reals onto the positive numbers; one for all steps.

    Shapes: event (n,); the batch is that of `steps`.

    Example:
        >>> import expectax as ex, numpy as np
        >>> ex.bijectors.Ordered().forward(np.zeros(3)).tolist()
        [0.0, 1.0, 2.0]
    """

    steps: AbstractBijector = Exp()

    domain = supports.real_vector
    codomain = supports.increasing_vector

    def _parameters(self) -> list[Parameter]:
        return self.steps._parameters()

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        steps, log_det = Block(self.steps, 1).forward_and_log_det(x[1:])
        return from_steps(x[:1], steps), log_det

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        x, log_det = Block(self.steps, 1).inverse_and_log_det(jnp.diff(y))
        return jnp.concatenate([y[:1], x]), log_det
