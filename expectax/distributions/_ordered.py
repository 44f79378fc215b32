"""Ordered categories: a latent variable with location μ, of which only the interval between cutpoints is seen.

    x = #{k : c_k < μ + ε},   P(x <= k) = F(c_k - μ),   P(x = k) = F(c_k - μ) - F(c_{k-1} - μ),   c_{-1} = -∞, c_{n-1} = ∞

A family gives the law of the noise ε, which is symmetric.
"""

import abc
from typing import Any

import jax
import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter


class AbstractOrdered(AbstractDistribution):
    """What the ordered families share; all is for one event, except `_sample`."""

    cutpoints: ParameterArray = parameter(supports.increasing_vector)
    loc: ParameterArray = parameter(supports.real)

    finite = True

    # --- The noise, by family ---

    @abc.abstractmethod
    def _noise(self, key: Key, shape: Shape) -> Array:
        """ε, of that shape."""

    @abc.abstractmethod
    def _below(self, z: Array) -> Array:
        """F(z)."""

    @abc.abstractmethod
    def _log_below(self, z: Array) -> Array:
        """log F(z)."""

    @abc.abstractmethod
    def _log_between(self, z: Array, width: Array) -> Array:
        """log(F(z + width) - F(z)) for finite ends."""

    # --- What is the same for all ---

    @property
    def num_categories(self) -> int:
        """n, the number of categories: one more than there are cutpoints."""
        return jnp.shape(self.cutpoints)[-1] + 1

    @property
    def support(self):
        return supports.IntegerRange(0, self.num_categories - 1)

    @property
    def draw_dtype(self) -> Any:
        return jnp.int32

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        latent = self.loc + self._noise(key, shape)
        index = (self.cutpoints < latent[..., None]).sum(-1, dtype=jnp.int32)
        known = ~jnp.isnan(latent) & ~jnp.isnan(self.cutpoints).any(-1)
        return jnp.where(known, index, jnp.iinfo(jnp.int32).min)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        k, last = x.astype(jnp.int32), self.num_categories - 1
        if last == 0:
            return 0 * self.loc
        z = self.cutpoints - self.loc
        low, high = jnp.clip(k - 1, 0), jnp.clip(k, None, last - 1)
        inner = (k > 0) & (k < last)
        width = jnp.where(inner, self.cutpoints[high] - self.cutpoints[low], 1.0)
        between = self._log_between(jnp.where(inner, z[low], 0.0), width)
        return jnp.where(inner, between, self._log_below(jnp.where(k == 0, z[0], -z[-1])))

    def _log_p(self) -> Array:
        return jax.vmap(self._log_prob)(self._support_values())

    # --- Cumulative: below the last category, which is all that these see ---
    def _cdf(self, x: Array) -> Array:
        return self._below(self._z_above(x))

    def _sf(self, x: Array) -> Array:
        return self._below(-self._z_above(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_below(self._z_above(x))

    def _log_sf(self, x: Array) -> Array:
        return self._log_below(-self._z_above(x))

    def _z_above(self, x: Array) -> Array:
        """c_x - μ; of a single category anything."""
        if self.num_categories == 1:
            return 0 * self.loc
        return self.cutpoints[jnp.clip(x.astype(jnp.int32), 0, self.num_categories - 2)] - self.loc

    def _quantile(self, p: Array) -> Array:
        below = self._below(self.cutpoints - self.loc)
        return jnp.where(jnp.isnan(self._mean()), jnp.nan, (below < p).sum().astype(self.dtype))

    # --- Moments: of the index as a number ---
    def _mean(self) -> Array:
        return self._below(self.loc - self.cutpoints).sum() + 0 * self.loc

    def _variance(self) -> Array:
        index = jnp.arange(self.num_categories, dtype=self.dtype)
        return (jnp.exp(self._log_p()) * (index - self._mean()) ** 2).sum()

    def _mode(self) -> Array:
        return jnp.where(jnp.isnan(self._mean()), jnp.nan, jnp.argmax(self._log_p()).astype(self.dtype))

    def _entropy(self) -> Array:
        log_p = self._log_p()
        possible = log_p > -jnp.inf
        return -jnp.where(jnp.isnan(log_p) | possible, jnp.exp(log_p) * jnp.where(possible, log_p, 0.0), 0.0).sum()

    def _support_values(self) -> Array:
        return jnp.arange(self.num_categories, dtype=jnp.int32)
