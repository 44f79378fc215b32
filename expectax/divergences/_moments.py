"""Rules that know one of the families and need of the other its entropy and a few moments.

    KL(p ‖ q) = -H(p) - E_p[log q(X)],   for q of the exponential family a combination of moments of p

Source     torch.distributions.kl lists the pairs that are wanted; formulas from the densities.
"""

from typing import Any

import jax.numpy as jnp

from .._typing import Array
from ..distributions import (
    AbstractDistribution,
    Beta,
    ContinuousBernoulli,
    Exponential,
    Gamma,
    Geometric,
    Gumbel,
    InverseGamma,
    Kumaraswamy,
    LogNormal,
    Normal,
    Pareto,
    TruncatedNormal,
    Uniform,
    Weibull,
)
from ..numerics import (
    EULER_GAMMA,
    HALF_LOG_2PI,
    digamma_gap,
    expm1,
    log1m,
    log_beta,
    log_gamma1p_any,
    log_ndtr_difference,
    polygamma,
    xlogy,
)
from ._kl import infinite, inside, register_kl


def _needs(p: AbstractDistribution, *methods: str) -> bool:
    return all(p._has(method) for method in methods)


def _finite_or_infinite(moment: Array, value: Array) -> Array:
    """A law whose moment is infinite or undefined is infinitely far from one with lighter tails."""
    return jnp.where(jnp.isfinite(moment), value, jnp.inf)


# --- Normal: mean and variance ---


@register_kl(AbstractDistribution, Normal)
def _any_normal(p: AbstractDistribution, q: Normal) -> Array | None:
    if not _needs(p, "_mean", "_variance", "_entropy") or p.event_rank:
        return None
    moment = p._variance() / (q.scale * q.scale) + ((p._mean() - q.loc) / q.scale) ** 2
    return _finite_or_infinite(moment, 0.5 * moment) + jnp.log(q.scale) + HALF_LOG_2PI - p._entropy()


@register_kl(TruncatedNormal, TruncatedNormal)
@register_kl(AbstractDistribution, TruncatedNormal)
def _any_truncated_normal(p: AbstractDistribution, q: TruncatedNormal) -> Array | None:
    value: Any = _any_normal(p, q)  # type: ignore[arg-type]
    if value is None:
        return None
    log_mass = log_ndtr_difference((q.low - q.loc) / q.scale, (q.high - q.loc) / q.scale)
    return jnp.where(inside(p, q), value + log_mass, infinite(p, q))


# --- Gamma and exponential: mean and mean logarithm ---


@register_kl(AbstractDistribution, Exponential)
def _any_exponential(p: AbstractDistribution, q: Exponential) -> Array | None:
    if not _needs(p, "_mean", "_entropy"):
        return None
    mean = p._mean()
    return _finite_or_infinite(mean, mean * q.rate) - jnp.log(q.rate) - p._entropy()


@register_kl(AbstractDistribution, Gamma)
def _any_gamma(p: AbstractDistribution, q: Gamma) -> Array | None:
    mean_log = mean_log_of(p)
    if mean_log is None or not _needs(p, "_mean", "_entropy"):
        return None
    a, mean = q.concentration, p._mean()
    log_norm = jnp.where(a < 1, log_gamma1p_any(a) - jnp.log(a), log_gamma1p_any(a - 1))
    rest = log_norm - a * jnp.log(q.rate) - (a - 1) * mean_log - p._entropy()
    return _finite_or_infinite(mean, mean * q.rate) + rest


@register_kl(AbstractDistribution, Pareto)
def _any_pareto(p: AbstractDistribution, q: Pareto) -> Array | None:
    mean_log = mean_log_of(p)
    if mean_log is None or not _needs(p, "_entropy"):
        return infinite(p, q) if p.support.bounds[0] in (0.0, -jnp.inf) else None  # q begins above 0
    a = q.concentration
    return (a + 1) * mean_log - jnp.log(a) - a * jnp.log(q.scale) - p._entropy()


# --- Proportions: mean logarithms of both parts ---


@register_kl(Uniform, Beta)
def _uniform_beta(p: Uniform, q: Beta) -> Array:
    a, b = q.concentration1, q.concentration0
    rest = _uniform_mean_log(1 - p.high, 1 - p.low)
    value = log_beta(a, b) - (a - 1) * _uniform_mean_log(p.low, p.high) - (b - 1) * rest - p._entropy()
    return jnp.where(inside(p, q), value, infinite(p, q))


@register_kl(AbstractDistribution, Uniform)
def _any_uniform(p: AbstractDistribution, q: Uniform) -> Array | None:
    return jnp.log(q.high - q.low) - p._entropy() if _needs(p, "_entropy") and not p.event_rank else None


@register_kl(AbstractDistribution, ContinuousBernoulli)
def _any_continuous_bernoulli(p: AbstractDistribution, q: ContinuousBernoulli) -> Array | None:
    """log q is linear between its values at both ends."""
    if not _needs(p, "_mean", "_entropy") or p.event_rank:
        return None
    mean = p._mean()
    at_0, at_1 = q._log_prob(jnp.zeros_like(mean)), q._log_prob(jnp.ones_like(mean))
    return -(at_0 + mean * (at_1 - at_0)) - p._entropy()


# --- Gumbel: mean and moment generating function ---


@register_kl(AbstractDistribution, Gumbel)
def _any_gumbel(p: AbstractDistribution, q: Gumbel) -> Array | None:
    log_moment = _log_mean_exp(p, -1 / q.scale)
    if log_moment is None:
        return None
    return jnp.log(q.scale) + (p._mean() - q.loc) / q.scale + jnp.exp(q.loc / q.scale + log_moment) - p._entropy()


def _log_mean_exp(p: AbstractDistribution, t: Array) -> Array | None:
    """log E[e^(tX)] for t < 0; None if there is no form."""
    if isinstance(p, Normal):
        return t * p.loc + 0.5 * (t * p.scale) ** 2
    if isinstance(p, Exponential):
        return -jnp.log1p(-t / p.rate)
    if isinstance(p, Gamma):
        return -p.concentration * jnp.log1p(-t / p.rate)
    if isinstance(p, Uniform):
        width = p.high - p.low
        return t * p.low + jnp.log(expm1(t * width) / (t * width))
    return None


# --- Counts ---


@register_kl(AbstractDistribution, Geometric)
def _any_geometric(p: AbstractDistribution, q: Geometric) -> Array | None:
    if not _needs(p, "_mean", "_entropy"):
        return None
    log_success, log_failure = _log_trial(q)
    mean = p._mean()
    return -log_success - _finite_or_infinite(mean, mean * log_failure) - p._entropy()


def _log_trial(q: Geometric) -> tuple[Array, Array]:
    if q.probs is None:
        return -jnp.logaddexp(0.0, -q.logits), -jnp.logaddexp(0.0, q.logits)
    return jnp.log(q.probs), log1m(q.probs)


# --- E[log X] ---


def _uniform_mean_log(low: Array, high: Array) -> Array:
    """The mean of log x over [low, high], 0 <= low."""
    return (xlogy(high, high) - xlogy(low, low)) / (high - low) - 1


def mean_log_of(p: AbstractDistribution) -> Array | None:
    """E[log X] of a positive law; None if there is no form."""
    rule = _MEAN_LOG.get(type(p))
    return None if rule is None else rule(p)


_MEAN_LOG = {
    Beta: lambda p: -digamma_gap(p.concentration1, p.concentration0),
    Exponential: lambda p: -EULER_GAMMA - jnp.log(p.rate),
    Gamma: lambda p: polygamma(0, p.concentration) - jnp.log(p.rate),
    InverseGamma: lambda p: jnp.log(p.scale) - polygamma(0, p.concentration),
    Kumaraswamy: lambda p: -(polygamma(0, p.concentration0 + 1) + EULER_GAMMA) / p.concentration1,
    LogNormal: lambda p: p.loc,
    Pareto: lambda p: jnp.log(p.scale) + 1 / p.concentration,
    Uniform: lambda p: _uniform_mean_log(p.low, p.high),
    Weibull: lambda p: jnp.log(p.scale) - EULER_GAMMA / p.concentration,
}
