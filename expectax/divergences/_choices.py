"""Finite choices and counts of trials: sums over outcomes of terms that are never negative.

Laws of counts with totals of their own need equal totals; with unequal ones there is no closed form: NaN.
"""

from typing import Any

import jax
import jax.numpy as jnp

from .._typing import Array
from ..distributions import (
    AbstractDistribution,
    Bernoulli,
    Binomial,
    Categorical,
    DiscreteUniform,
    Geometric,
    Multinomial,
    NegativeBinomial,
    OneHotCategorical,
    Zipf,
)
from ..numerics import log1m, log_ratio, log_sigmoid, log_zeta
from ._kl import infinite, inside, register_kl
from ._terms import outcome_terms


def _trial(d: Any) -> tuple[Array, Array]:
    """log p and log(1 - p)."""
    if d.probs is None:
        return log_sigmoid(d.logits), log_sigmoid(-d.logits)
    return jnp.log(d.probs), log1m(d.probs)


def _choice(d: Any) -> Array:
    """log p of every outcome."""
    return jax.nn.log_softmax(d.logits, axis=-1) if d.probs is None else jnp.log(d.probs)


def _one_trial(p: Any, q: Any) -> Array:
    (yes_p, no_p), (yes_q, no_q) = _trial(p), _trial(q)
    return outcome_terms(yes_p, yes_q) + outcome_terms(no_p, no_q)


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Bernoulli, q: Bernoulli) -> Array:
    return _one_trial(p, q)


@register_kl(Geometric, Geometric)
def _geometric(p: Geometric, q: Geometric) -> Array:
    """1/p trials on average."""
    return _one_trial(p, q) * jnp.exp(-_trial(p)[0])


@register_kl(Binomial, Binomial)
def _binomial(p: Binomial, q: Binomial) -> Array:
    return _of_equal_totals(p, q, p.total_count * _one_trial(p, q))


@register_kl(NegativeBinomial, NegativeBinomial)
def _negative_binomial(p: NegativeBinomial, q: NegativeBinomial) -> Array:
    """n/(1 - p) trials on average."""
    return _of_equal_totals(p, q, p.total_count * _one_trial(p, q) * jnp.exp(-_trial(p)[1]))


def _of_equal_totals(p: Any, q: Any, value: Array) -> Array:
    return jnp.where(p.total_count == q.total_count, value, jnp.nan)


@register_kl(Categorical, Categorical)
@register_kl(OneHotCategorical, OneHotCategorical)
def _categorical(p: Categorical, q: Categorical) -> Array:
    return outcome_terms(_choice(p), _choice(q)).sum()


@register_kl(Multinomial, Multinomial)
def _multinomial(p: Multinomial, q: Multinomial) -> Array:
    return _of_equal_totals(p, q, p.total_count * outcome_terms(_choice(p), _choice(q)).sum())


@register_kl(Zipf, Zipf)
def _zipf(p: Zipf, q: Zipf) -> Array:
    """log ζ(b) - log ζ(a) - (b - a) d log ζ/da, as E[log X] = -d log ζ/da."""
    value, slope = jax.jvp(log_zeta, (p.power,), (jnp.ones_like(p.power),))
    return log_zeta(q.power) - value - (q.power - p.power) * slope


@register_kl(DiscreteUniform, DiscreteUniform)
def _discrete_uniform(p: DiscreteUniform, q: DiscreteUniform) -> Array:
    value = log_ratio(q.high - q.low + 1, p.high - p.low + 1)
    return jnp.where(inside(p, q), value, infinite(p, q))


@register_kl(AbstractDistribution, AbstractDistribution, method="enumeration")
def _enumerated(p: AbstractDistribution, q: AbstractDistribution) -> Array | None:
    """Σ p(x) (log p(x) - log q(x)) over all values of a finite law."""
    if not p.finite or not q.support.discrete:
        return None
    values = p._support_values()
    log_p, log_q = (jax.vmap(d._batched_log_prob)(values) for d in (p, q))
    impossible = log_p == -jnp.inf
    gaps = jnp.where(impossible, 0.0, log_p) - jnp.where(impossible, 0.0, log_q)
    return (jnp.exp(log_p) * gaps).sum(0)
