"""Arguments of which one of two is given, and the methods that convert between them."""

from typing import Any

import jax
import jax.numpy as jnp

from ...._typing import Array
from ._base import Distribution


class Coin(Distribution):
    """A family with `probs` or their log-odds."""

    def probs_parameter(self, name: str | None = None) -> Array:
        """`probs`, computed from `logits` if these were given."""
        given = self._arguments
        return jax.nn.sigmoid(given["logits"]) if given["probs"] is None else given["probs"]

    def logits_parameter(self, name: str | None = None) -> Array:
        """`logits`, computed from `probs` if these were given."""
        given = self._arguments
        return jnp.log(given["probs"]) - jnp.log1p(-given["probs"]) if given["logits"] is None else given["logits"]


class Choice(Distribution):
    """A family with a vector of `probs` or their logarithms up to a constant."""

    def probs_parameter(self, name: str | None = None) -> Array:
        """`probs`, computed from `logits` if these were given."""
        given = self._arguments
        return jax.nn.softmax(given["logits"], axis=-1) if given["probs"] is None else given["probs"]

    def logits_parameter(self, name: str | None = None) -> Array:
        """`logits`, computed from `probs` if these were given."""
        given = self._arguments
        return jnp.log(given["probs"]) if given["logits"] is None else given["logits"]


def coin(logits: Any, probs: Any) -> dict[str, Any]:
    """The arguments of ours; that exactly one is given is checked there."""
    return {"logits": logits, "probs": probs}


def choice(logits: Any, probs: Any) -> dict[str, Any]:
    """The same for vectors: TFP's densities take any positive weights for `probs`."""
    return {"logits": logits, "probs": None if probs is None else probs / probs.sum(-1, keepdims=True)}


def rate_of(rate: Any, log_rate: Any, default: float = 1.0) -> Any:
    """A rate of which the rate or its logarithm may be given.

    Raises:
        ValueError: both are given.
    """
    if rate is not None and log_rate is not None:
        raise ValueError("at most one of `rate` and `log_rate` may be given")
    if log_rate is not None:
        return jnp.exp(log_rate)
    return default if rate is None else rate
