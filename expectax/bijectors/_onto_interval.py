"""The reals onto an interval, of which either end may be infinite: the map of the set itself.

    y = l + (h - l) sigmoid(x),     log |dy/dx| = log (h - l) + log sigmoid(x) + log sigmoid(-x)
    y = l + softplus(x)   (h = ∞),  log sigmoid(x)
    y = h - softplus(-x)  (l = -∞), log sigmoid(-x);   y = x   if both are infinite

Accuracy   y to a few ulp of its ends' sizes, log-determinants to a few ulp of the sum of their terms' sizes.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._parameter import parameter
from .._typing import Array, ParameterArray
from ..numerics import log1mexp, log_sigmoid
from ._bijector import AbstractBijector


@final
class OntoInterval(AbstractBijector):
    """What `of_support` gives for an interval.

    Args:
        low: l, or -∞.
        high: h, or ∞.
    """

    low: ParameterArray = parameter(supports.real)
    high: ParameterArray = parameter(supports.real)

    domain = supports.real

    @property
    def codomain(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return supports.Interval(self.low, self.high, closed=False)

    def _log_width(self) -> Array:
        bounded = ~(jnp.isinf(self.low) | jnp.isinf(self.high))
        return jnp.log(jnp.where(bounded, self.high - self.low, 1.0))

    def _forward_and_log_det(self, x: Array) -> tuple[Array, Array]:
        up, down = log_sigmoid(x), log_sigmoid(-x)
        return self.codomain.constrain(x), self.codomain.by_ends(
            self._log_width() + up + down, up, down, jnp.zeros_like(x)
        )

    def _inverse_and_log_det(self, y: Array) -> tuple[Array, Array]:
        above = jnp.where(jnp.isinf(self.low), 1.0, y - self.low)
        below = jnp.where(jnp.isinf(self.high), 1.0, self.high - y)
        between = self._log_width() - jnp.log(above) - jnp.log(below)
        log_det = self.codomain.by_ends(between, -log1mexp(-above), -log1mexp(-below), jnp.zeros_like(y))
        return self.codomain.unconstrain(y), log_det

    def _increases(self) -> bool:
        return True
