"""Hurdle distribution: 0 with a probability of its own, else a positive value.

    P(0) = g,   P(x) = (1 - g) P_base(x) / (1 - P_base(0))   for x > 0

Sampling   a gate, and behind it a draw of the base, of counts given that it is not 0: no path; by the score in all
           parameters.
Accuracy   log_prob and tails to the rounding of the base's, in log space. Of a base with a density log_prob is the mass at
           0 and the density elsewhere.
Source     Mullahy, "Specification and testing of some modified count data models" (1986); Cragg (1971).
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array
from ..numerics import xlogy
from ._distribution import AbstractDistribution
from ._gated import AbstractGated
from ._mass import log_above
from ._wrapper import ends_of, has_cdf, require
from .truncated import Truncated
from .zero_inflated import counts_from_zero


@final
class Hurdle(AbstractGated):
    """Whether anything happens, and then how much.

    Args:
        base: a distribution of counts 0, 1, 2, ... with a distribution function, or of positive numbers.
        gate: g, the probability of 0, in [0, 1]. Give it or `gate_logits`.
        gate_logits: log(g/(1 - g)). Real.

    Shapes: the base's batch and gate broadcast to the batch; event ().

    Raises:
        ParameterError: the base is no law of counts from 0 or of positive numbers, not exactly one of gate and
            gate_logits is given, or gate is not in [0, 1] (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Hurdle(ex.Gamma(2.0, 1.0), gate=0.25).mean()), 4)
        1.5
    """

    base: AbstractDistribution

    def __post_init__(self):
        super().__post_init__()
        counts = counts_from_zero(self.base) and has_cdf(self.base)
        require(counts or _is_positive(self.base), "Hurdle", "a law of counts from 0 or of positive numbers", self.base)

    def _rest(self) -> AbstractDistribution:
        return Truncated(self.base, 1.0) if self.base.support.discrete else self.base

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return not self.base.support.discrete

    @property
    def support(self):
        if self.base.support.discrete:
            return self.base.support
        high = ends_of(self.base.support)[1]
        return (
            supports.nonnegative if isinstance(self.base.support, supports.HalfLine) else supports.Interval(0.0, high)
        )

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        zero, rest = x == 0, self._rest()
        log_p = rest._batched_log_prob(jnp.where(zero, rest.support.interior(x), x))
        log_p = jnp.where(zero & ~jnp.isnan(log_p), -jnp.inf, log_p).astype(log_p.dtype)  # NaN: an unknown parameter
        return self._log_average(jnp.where(zero, 0.0, -jnp.inf).astype(log_p.dtype), log_p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self._chances()[1] * self._moments_of_rest()[0]

    def _variance(self) -> Array:
        gate, rest = self._chances()
        mean, square = self._moments_of_rest()
        return rest * (square - mean**2 + gate * mean**2)

    def _moments_of_rest(self) -> tuple[Array, Array]:
        """E[x] and E[x²] behind the gate."""
        mean, variance = self.base._batched("_mean"), self.base._batched("_variance")
        log_positive = self._log_positive()
        return mean * jnp.exp(-log_positive), (variance + mean**2) * jnp.exp(-log_positive)

    def _log_positive(self) -> Array:
        """log P(base > 0)."""
        if not self.base.support.discrete:
            return jnp.zeros((), self.dtype)
        return log_above(self.base, jnp.zeros((), self.dtype))

    def _entropy(self) -> Array:
        """That of the gate, and of what is behind it."""
        gate, rest = self._chances()
        behind = self.base._batched("_entropy")
        if self.base.support.discrete:
            log_positive, p0 = self._log_positive(), jnp.exp(self.base._batched_log_prob(jnp.zeros((), self.dtype)))
            behind = (behind + xlogy(p0, p0)) * jnp.exp(-log_positive) + log_positive
        return rest * behind - xlogy(gate, gate) - xlogy(rest, rest)

    def _support_values(self) -> Array:
        return self.base._support_values()


def _is_positive(base: AbstractDistribution) -> bool:
    if base.event_rank or base.support.discrete or base.mixed:
        return False
    low = ends_of(base.support)[0]
    return isinstance(low, float | int) and low >= 0
