"""A smooth staircase.

    y = n + (tanh(r/2t)/tanh(1/4t) - tanh(1/4t))/2,   n = round(x),   r = x - n ∈ [-½, ½]
    log |dy/dx| = log σ(r/t) σ(-r/t) - log(t tanh(1/4t))

Steps of a logistic function at the integers, joined half way with equal slopes: the floor of x as t falls to 0, x itself as
t grows. The log-determinant has a kink at the joints.


Accuracy   ACC
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import divide, log_logistic_density, log_ratio
from ._bijector import AbstractBijector


@final
class Softfloor(AbstractBijector):
    """The reals onto themselves.

    Args:
        temperature: t, the width of a step. Positive.

    Shapes: temperature has the batch shape; event ().

    Raises:
        ParameterError: temperature is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.bijectors.Softfloor(0.01).forward(2.75)), 4)
        2.0
    """

    temperature: ParameterArray = parameter(supports.positive)

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        t = self.temperature
        far, height = jnp.abs(x) == jnp.inf, jnp.tanh(divide(0.25, t))
        inner = jnp.where(far, 0.0, x)
        step = jnp.round(inner)
        r = divide(inner - step, t)
        y = step + 0.5 * (divide(jnp.tanh(0.5 * r), height) - height)
        return jnp.where(far, x, y), log_logistic_density(r) - jnp.log(t * height)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        # with q = σ(-1/2t) and u the height of y in its step, 0 <= u - q <= 1, both of σ(±r/t) are sums of positive numbers
        t = self.temperature
        far, height, q = jnp.abs(y) == jnp.inf, jnp.tanh(divide(0.25, t)), jax.nn.sigmoid(-divide(0.5, t))
        inner = jnp.where(far, 0.0, y)
        step = jnp.ceil(inner - q)
        rest = step - inner
        below, above = 2 * q * q + (1 - rest) * height, 2 * q * (1 - q) + rest * height
        r = t * log_ratio(below, above)
        x = step + jnp.where(r > 0.5, 0.5, jnp.where(r < -0.5, -0.5, r))
        return jnp.where(far, y, x), jnp.log(t * height) - jnp.log(below) - jnp.log(above)

    def _increases(self) -> bool:
        return True
