"""The beta law moved to an interval, for the families that are one."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

from .. import random
from .._typing import Array, Key, Shape
from ..numerics import betainc, betainc_inverse, log_beta_kernel, log_betainc
from .beta import Beta


class BetaOnInterval(NamedTuple):
    """x = low + width B,  B ~ Beta(a, b): distances are taken from the nearer end, so that neither loses digits."""

    a: Array
    b: Array
    low: Array
    high: Array
    width: Array

    def sample(self, key: Key, shape: Shape) -> Array:
        """As Beta's, from the logarithm of the odds; draws keep to [low, high]."""
        key1, key0 = jax.random.split(key)
        log_odds = random.gamma(key1, self.a, shape)[1] - random.gamma(key0, self.b, shape)[1]
        upper = log_odds > 0
        return self._placed(jax.nn.sigmoid(jnp.where(upper, -log_odds, log_odds)), upper)

    def _placed(self, share: Array, upper: Array) -> Array:
        """The point a share of the width away from the upper end, or else from the lower one."""
        x = jnp.where(upper, self.high - self.width * share, self.low + self.width * share)
        x = jnp.where(x < self.low, self.low, x)  # rounding may step over an end
        return jnp.where(x > self.high, self.high, x)

    def _shares(self, x: Array) -> tuple[Array, Array]:
        """Those of the width below and above x: the smaller from its own end, and both together 1."""
        left, right = (x - self.low) / self.width, (self.high - x) / self.width
        lower = left < right
        return jnp.where(lower, left, 1 - right), jnp.where(lower, 1 - left, right)

    def log_prob(self, x: Array) -> Array:
        left, right = self._shares(x)
        low, high = x == self.low, x == self.high
        edge = low | high
        x1, x0 = jnp.where(edge, 0.5, left), jnp.where(edge, 0.5, right)
        inside = log_beta_kernel(self.a, self.b, x1, x0) - jnp.log(x1) - jnp.log(x0)
        own, other = jnp.where(low, self.a, self.b), jnp.where(low, self.b, self.a)  # `own` meets log 0
        at_edge = jnp.where(own < 1, jnp.inf, jnp.where(own > 1, -jnp.inf, jnp.log(other)))
        return jnp.where(edge & (inside == inside), at_edge, inside) - jnp.log(self.width)  # noqa: PLR0124  NaN stays

    def cdf(self, x: Array) -> Array:
        return betainc(self.a, self.b, *self._shares(x))

    def log_cdf(self, x: Array) -> Array:
        return log_betainc(self.a, self.b, *self._shares(x))

    def log_sf(self, x: Array) -> Array:
        return log_betainc(self.b, self.a, *self._shares(x)[::-1])

    def quantile(self, p: Array) -> Array:
        upper = p > 0.5
        own, other = jnp.where(upper, self.b, self.a), jnp.where(upper, self.a, self.b)
        return self._placed(betainc_inverse(own, other, jnp.where(upper, 1 - p, p)), upper)

    def mean(self) -> Array:
        return self.low + self.width * self._beta()._mean()

    def variance(self) -> Array:
        return self.width * self.width * self._beta()._variance()

    def mode(self) -> Array:
        return self.low + self.width * self._beta()._mode()

    def entropy(self) -> Array:
        return self._beta()._entropy() + jnp.log(self.width)

    def _beta(self) -> Beta:
        return Beta(self.a, self.b)
