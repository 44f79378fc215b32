"""Zero-inflated distribution: a count law with an extra chance of 0.

    P(x) = g 1[x = 0] + (1 - g) P_base(x)

Sampling   a gate, and a draw of the base behind it: no path; by the score in all parameters.
Accuracy   log_prob and tails to the rounding of the base's, in log space.
Source     Lambert, "Zero-inflated Poisson regression" (1992).
"""

from typing import final

import jax.numpy as jnp

from .._typing import Array
from ..numerics import xlogy
from ..supports import IntegerRange, IntegersFrom
from ._distribution import AbstractDistribution
from ._gated import AbstractGated
from ._wrapper import require


@final
class ZeroInflated(AbstractGated):
    """A count of which some are 0 for another reason than the others.

    Args:
        base: a distribution of counts 0, 1, 2, ...
        gate: g, the probability of an extra 0, in [0, 1]. Give it or `gate_logits`.
        gate_logits: log(g/(1 - g)). Real.

    Shapes: the base's batch and gate broadcast to the batch; event ().

    Raises:
        ParameterError: the base is no law of counts from 0, not exactly one of gate and gate_logits is given, or gate
            is not in [0, 1] (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.ZeroInflated(ex.Poisson(2.0), gate=0.25).mean())
        1.5
    """

    base: AbstractDistribution

    def __post_init__(self):
        super().__post_init__()
        require(counts_from_zero(self.base), "ZeroInflated", "a law of counts from 0", self.base)

    def _rest(self) -> AbstractDistribution:
        return self.base

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        log_p = self.base._batched_log_prob(x)
        return self._log_average(jnp.where(x == 0, 0.0, -jnp.inf).astype(log_p.dtype), log_p)

    def _log_prob_of_zero(self) -> Array:
        return self.base._batched_log_prob(jnp.zeros((), self.dtype))

    # --- What is derived ---
    def _mode(self) -> Array:
        mode = self.base._batched("_mode")
        at_mode = self._log_prob(mode.astype(self.dtype))
        at_zero = self._log_average(jnp.zeros((), self.dtype), self._log_prob_of_zero())
        return jnp.where(at_zero >= at_mode, jnp.zeros_like(mode), mode)

    def _entropy(self) -> Array:
        """-Σ P log P, from that of the base without its share at 0."""
        log_p0 = self._log_prob_of_zero()
        p0, log_rest = jnp.exp(log_p0), self._log_chances()[1]
        rest = self._chances()[1]
        zero = jnp.exp(self._log_average(jnp.zeros_like(log_p0), log_p0))
        others = self.base._batched("_entropy") + xlogy(p0, p0)
        return rest * others - xlogy(zero, zero) - jnp.where(rest > 0, rest * -jnp.expm1(log_p0) * log_rest, 0.0)

    def _support_values(self) -> Array:
        return self.base._support_values()


def counts_from_zero(base: AbstractDistribution) -> bool:
    """Whether a law is one of counts from 0."""
    support = base.support
    return isinstance(support, IntegersFrom | IntegerRange) and isinstance(support.low, int) and support.low == 0
