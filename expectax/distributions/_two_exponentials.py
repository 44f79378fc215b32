"""The law of two exponential tails that meet at their peak, for the families that are one."""

from typing import NamedTuple

import jax.numpy as jnp

from .. import random
from .._typing import Array, Key, Shape
from ..numerics import (
    asymmetric_laplace_log_cdf,
    asymmetric_laplace_log_prob,
    asymmetric_laplace_quantile,
    log1p,
)


class TwoExponentials(NamedTuple):
    """exp(-|x - loc|/s) / (left + right), s = left below loc and s = right above."""

    loc: Array
    left: Array
    right: Array

    def sample(self, key: Key, shape: Shape) -> Array:
        return self.loc + asymmetric_laplace_quantile(*random.tails(key, shape, self.left.dtype), self.left, self.right)

    def log_prob(self, x: Array) -> Array:
        return asymmetric_laplace_log_prob(x - self.loc, self.left, self.right)

    def cdf(self, x: Array) -> Array:
        return jnp.exp(self.log_cdf(x))

    def log_cdf(self, x: Array) -> Array:
        return asymmetric_laplace_log_cdf(x - self.loc, self.left, self.right)

    def log_sf(self, x: Array) -> Array:
        return asymmetric_laplace_log_cdf(self.loc - x, self.right, self.left)

    def quantile(self, p: Array) -> Array:
        return self.loc + asymmetric_laplace_quantile(jnp.log(p), log1p(-p), self.left, self.right)

    def mean(self) -> Array:
        return self.loc + (self.right - self.left)

    def variance(self) -> Array:
        return self.left * self.left + self.right * self.right

    def mode(self) -> Array:
        return self.loc

    def entropy(self) -> Array:
        return 1 + jnp.log(self.left + self.right)
