"""Laws made of other laws: their divergences from those of what is inside, where both are made in the same way."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array
from ..distributions import (
    BatchBroadcast,
    Blockwise,
    Hurdle,
    Masked,
    Sample,
    Transformed,
    ZeroInflated,
)
from ..numerics import log1mexp
from ._kl import divergence, register_kl
from ._terms import outcome_terms


@register_kl(Transformed, Transformed)
def _transformed(p: Transformed, q: Transformed) -> Array | None:
    """That of the bases: a bijector that both share leaves it as it is. NaN where parameters of the two differ.

    The derivative is the one along equal bijectors.
    """
    mine, structure = jax.tree.flatten(p.bijector)
    theirs, other = jax.tree.flatten(q.bijector)
    if structure != other:
        return None
    same = jnp.ones((), bool)
    for a, b, at in zip(mine, theirs, p.bijector._parameters(), strict=True):
        same = same & (jnp.asarray(a) == b).all(tuple(range(-at.rank, 0)))
    return jnp.where(same, divergence(p.base, q.base), jnp.nan)


@register_kl(BatchBroadcast, BatchBroadcast)
def _broadcast(p: BatchBroadcast, q: BatchBroadcast) -> Array:
    return divergence(p.base, q.base)


@register_kl(Sample, Sample)
def _sample(p: Sample, q: Sample) -> Array | None:
    return math.prod(p.shape) * divergence(p.base, q.base) if p.shape == q.shape else None


@register_kl(Blockwise, Blockwise)
def _blockwise(p: Blockwise, q: Blockwise) -> Array | None:
    if [d.event_shape for d in p.parts] != [d.event_shape for d in q.parts]:
        return None
    return sum((divergence(a, b) for a, b in zip(p.parts, q.parts, strict=True)), jnp.zeros((), p.dtype))


@register_kl(Masked, Masked)
def _masked(p: Masked, q: Masked) -> Array:
    """0 where both are masked; NaN where only one is."""
    a, b = jnp.asarray(p.mask), jnp.asarray(q.mask)
    return jnp.where(a == b, jnp.where(a == 1, divergence(p.base, q.base), 0.0), jnp.nan)


@register_kl(Hurdle, Hurdle)
def _hurdle(p: Hurdle, q: Hurdle) -> Array | None:
    """That of the gates, and behind them of the bases given that they are not 0."""
    if p.base.support.discrete != q.base.support.discrete:
        return None
    (zero_p, rest_p), (zero_q, rest_q) = p._log_chances(), q._log_chances()
    gates = outcome_terms(zero_p, zero_q) + outcome_terms(rest_p, rest_q)
    if not p.base.support.discrete:
        return gates + jnp.exp(rest_p) * divergence(p.base, q.base)
    return gates + jnp.exp(rest_p - p._log_positive()) * _positive_terms(p.base, q.base)


@register_kl(ZeroInflated, ZeroInflated)
def _zero_inflated(p: ZeroInflated, q: ZeroInflated) -> Array:
    """That of being 0, and of what is not 0."""
    nothing = jnp.zeros((), p.dtype)
    zero_p, zero_q = (d._log_average(nothing, _log_prob_of_zero(d.base)) for d in (p, q))
    rest_p, rest_q = (d._log_chances()[1] + log1mexp(_log_prob_of_zero(d.base)) for d in (p, q))
    behind = p._chances()[1] * _positive_terms(p.base, q.base)
    return outcome_terms(zero_p, zero_q) + outcome_terms(rest_p, rest_q) + behind


def _positive_terms(p: Any, q: Any) -> Array:
    """P(x > 0) times the divergence of two count laws given that x > 0."""
    zero_p, zero_q = _log_prob_of_zero(p), _log_prob_of_zero(q)
    return divergence(p, q) - outcome_terms(zero_p, zero_q) - outcome_terms(log1mexp(zero_p), log1mexp(zero_q))


def _log_prob_of_zero(dist: Any) -> Array:
    return dist._batched_log_prob(jnp.zeros((), dist.dtype))
