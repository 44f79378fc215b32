"""Families that are one law under other parameters."""

import abc
from typing import Any

from .._typing import Array, Key, Shape
from ._distribution import AbstractDistribution


class AbstractByLaw(AbstractDistribution):
    """A scalar family all of whose methods are those of its law at its parameters."""

    @abc.abstractmethod
    def _law(self) -> Any:
        """The law: a tuple of arrays, with a method for each below."""

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self._law().sample(key, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self._law().log_prob(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return self._law().cdf(x)

    def _log_cdf(self, x: Array) -> Array:
        return self._law().log_cdf(x)

    def _log_sf(self, x: Array) -> Array:
        return self._law().log_sf(x)

    def _quantile(self, p: Array) -> Array:
        return self._law().quantile(p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self._law().mean()

    def _variance(self) -> Array:
        return self._law().variance()

    def _mode(self) -> Array:
        return self._law().mode()

    def _entropy(self) -> Array:
        return self._law().entropy()
