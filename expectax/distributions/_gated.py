"""Laws with an extra chance of 0: with probability g the value is 0, else it is drawn from another law.

    F(x) = g 1[x >= 0] + (1 - g) F_rest(x)

Which of the two it is cannot be followed by a derivative: gradients are by the score, in the gate and in all else.
"""

import abc

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1m, log_mixture, log_mixture_of_logits, log_sigmoid
from ._distribution import AbstractDistribution, parameter
from ._shapes import shown_missing
from ._wrapper import AbstractWrapper


class AbstractGated(AbstractWrapper):
    """What zero-inflated and hurdle laws share: a family gives the law of the rest."""

    gate: ParameterArray | None = parameter(supports.unit_interval, optional=True)
    gate_logits: ParameterArray | None = parameter(supports.real, optional=True)

    alternatives = ("gate", "gate_logits")
    pathwise = False  # pyright: ignore[reportAssignmentType]

    @abc.abstractmethod
    def _rest(self) -> AbstractDistribution:
        """The law of what does not come by the gate."""

    def _has(self, method: str) -> bool:
        return self.base._has(method)

    def _chances(self) -> tuple[Array, Array]:
        """g and 1 - g."""
        if self.gate is None:
            logits = jnp.asarray(self.gate_logits)
            return jnp.exp(log_sigmoid(logits)), jnp.exp(log_sigmoid(-logits))
        return jnp.asarray(self.gate), 1 - self.gate

    def _log_chances(self) -> tuple[Array, Array]:
        if self.gate is None:
            logits = jnp.asarray(self.gate_logits)
            return log_sigmoid(logits), log_sigmoid(-logits)
        return jnp.log(self.gate), log1m(jnp.asarray(self.gate))

    def _log_average(self, at_gate: Array, rest: Array) -> Array:
        """log(g e^(at_gate) + (1 - g) e^(rest)), with right derivatives at g = 0 and 1 too."""
        logs = jnp.stack(jnp.broadcast_arrays(at_gate, rest), -1)
        if self.gate is None:
            logits = jnp.asarray(self.gate_logits, rest.dtype)
            return log_mixture_of_logits(jnp.stack([logits, jnp.zeros_like(logits)], -1), logs)
        gate = jnp.asarray(self.gate, rest.dtype)
        return log_mixture(jnp.stack([gate, 1 - gate], -1), logs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        gate_key, own_key = jax.random.split(key)
        gate = jnp.asarray(self._chances()[0], self.dtype)
        draws = jnp.broadcast_to(self._rest()._sample(own_key, shape), shape)
        zero = random.bernoulli(gate_key, jnp.where(jnp.isnan(gate), 0.0, gate), shape)
        known = ~jnp.isnan(gate) & (draws == draws)  # noqa: PLR0124
        return shown_missing(jnp.where(zero, jnp.zeros_like(draws), draws), jnp.broadcast_to(known, shape))

    # --- Cumulative ---
    def _masked_cdf(self, x: Array) -> Array:
        gate, rest = self._chances()
        return jnp.where(x >= 0, gate, 0.0) + rest * self._of_rest("cdf", x)

    def _masked_sf(self, x: Array) -> Array:
        gate, rest = self._chances()
        return jnp.where(x >= 0, 0.0, gate) + rest * self._of_rest("sf", x)

    def _masked_log_cdf(self, x: Array) -> Array:
        rest = self._of_rest("log_cdf", x)
        return self._log_average(jnp.where(x >= 0, 0.0, -jnp.inf).astype(rest.dtype), rest)

    def _masked_log_sf(self, x: Array) -> Array:
        rest = self._of_rest("log_sf", x)
        return self._log_average(jnp.where(x >= 0, -jnp.inf, 0.0).astype(rest.dtype), rest)

    def _of_rest(self, method: str, x: Array) -> Array:
        return self._rest()._batched(f"_masked_{method}", x)

    def _quantile(self, p: Array) -> Array:
        """That of the rest at the share of it that p leaves; all values are 0 or more."""
        gate, rest = self._chances()
        beyond = (p > gate) & (rest > 0)
        known_rest = jnp.where(beyond, rest, 1.0)
        share = jnp.where(p > 0.5, 1 - (1 - p) / known_rest, (p - gate) / known_rest)
        x = self._rest()._batched("_masked_quantile", jnp.where(beyond, jnp.clip(share, 0.0, 1.0), 0.5))
        known = ~jnp.isnan(x) & ~jnp.isnan(gate)
        return jnp.where(known, jnp.where(beyond, x, 0.0), jnp.nan)

    # --- Moments ---
    def _mean(self) -> Array:
        return self._chances()[1] * self._rest()._batched("_mean")

    def _variance(self) -> Array:
        gate, rest = self._chances()
        law = self._rest()
        return rest * (law._batched("_variance") + gate * law._batched("_mean") ** 2)
