"""A smooth staircase.

    y = n + (tanh(r/2t)/tanh(1/4t) - tanh(1/4t))/2,   n = round(x),   r = x - n ∈ [-½, ½]
    log |dy/dx| = log σ(r/t) σ(-r/t) - log(t tanh(1/4t))

Steps of a logistic function at the integers, joined half way with equal slopes: the floor of x as t falls to 0, x itself as
t grows. The log-determinant has a kink at the joints.

Accuracy   4 ulp of the value plus its derivatives times arguments, both ways; log-determinants 4 ulp of that or 1.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import artanh, divide, expm1, log_logistic_density, log_ratio
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

    smoothness = 1

    def _heights(self) -> tuple[Array, Array]:
        """(h, q): 1 - 2q = h = tanh(1/4t), q = σ(-1/2t)."""
        return jnp.tanh(divide(0.25, self.temperature)), jax.nn.sigmoid(-divide(0.5, self.temperature))

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        t, (h, q) = self.temperature, self._heights()
        far = jnp.abs(x) == jnp.inf
        inner = jnp.where(far, 0.0, x)
        step = jnp.round(inner)
        r, lower = divide(inner - step, t), inner < step
        size = jnp.where(lower, -r, r)
        gap = divide(0.5 - jnp.where(lower, step - inner, inner - step), t)
        beside = gap < 16  # σ(-|r|/t) - q beside a joint, as a multiple of q
        multiple = q * expm1(jnp.where(beside, gap, 0.0)) * jax.nn.sigmoid(size)
        rise = q + divide(jnp.where(beside, multiple, jax.nn.sigmoid(-size) - q), h)
        flat, steep = 0.5 * (divide(jnp.tanh(0.5 * r), h) - h), jnp.where(lower, rise - 1, 2 * q - rise)
        return jnp.where(far, x, step + jnp.where(h < 0.5, flat, steep)), log_logistic_density(r) - jnp.log(t * h)

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        # both of σ(±r/t) as sums of positive numbers; r by their ratio, or by artanh where they are nearly equal
        t, (h, q) = self.temperature, self._heights()
        far = jnp.abs(y) == jnp.inf
        inner = jnp.where(far, 0.0, y)
        step = jnp.ceil(inner - q)
        rest, rise = step - inner, inner - (step - 1)
        below, above = 2 * q * q + rise * h, 2 * q * (1 - q) + rest * h
        tilt = h * (h - 2 * rest)
        near = jnp.abs(tilt) < 0.5
        r = t * jnp.where(near, 2 * artanh(jnp.where(near, tilt, 0.0)), log_ratio(below, above))
        x = step + jnp.where(r > 0.5, 0.5, jnp.where(r < -0.5, -0.5, r))
        return jnp.where(far, y, x), jnp.log(t * h) - jnp.log(below) - jnp.log(above)

    def _increases(self) -> bool:
        return True
