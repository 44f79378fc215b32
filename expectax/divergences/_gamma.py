"""The gamma family, its reciprocal, and Poisson counts: Bregman divergences of their log-normalisers.

Source     Nielsen & Nock, "Entropies and cross-entropies of exponential families" (2010).
"""

import jax.numpy as jnp

from .._typing import Array
from ..distributions import Chi, Chi2, ExpGamma, Exponential, Gamma, InverseGamma, Poisson
from ..numerics import deviance, expm1_rest, log_ratio
from ._kl import register_kl
from ._terms import log_gamma_excess


def gamma_terms(a: Array, b: Array, log_rate_ratio: Array) -> Array:
    """KL of gamma laws with concentrations a (of p) and b, and rates β_q/β_p = eʳ."""
    return a * expm1_rest(log_rate_ratio) + (a - b) * log_rate_ratio + log_gamma_excess(b, a)


@register_kl(Gamma, Gamma)
def _gamma(p: Gamma, q: Gamma) -> Array:
    return gamma_terms(p.concentration, q.concentration, log_ratio(q.rate, p.rate))


@register_kl(ExpGamma, ExpGamma)
def _exp_gamma(p: ExpGamma, q: ExpGamma) -> Array:
    return gamma_terms(p.concentration, q.concentration, log_ratio(q.rate, p.rate))


@register_kl(Chi2, Chi2)
@register_kl(Chi, Chi)
def _chi2(p: Chi2, q: Chi2) -> Array:
    return log_gamma_excess(0.5 * q.df, 0.5 * p.df)


@register_kl(Chi2, Gamma)
def _chi2_gamma(p: Chi2, q: Gamma) -> Array:
    return gamma_terms(0.5 * p.df, q.concentration, jnp.log(2 * q.rate))


@register_kl(Gamma, Chi2)
def _gamma_chi2(p: Gamma, q: Chi2) -> Array:
    return gamma_terms(p.concentration, 0.5 * q.df, -jnp.log(2 * p.rate))


@register_kl(InverseGamma, InverseGamma)
def _inverse_gamma(p: InverseGamma, q: InverseGamma) -> Array:
    return gamma_terms(p.concentration, q.concentration, log_ratio(q.scale, p.scale))


@register_kl(Exponential, Exponential)
def _exponential(p: Exponential, q: Exponential) -> Array:
    return expm1_rest(log_ratio(q.rate, p.rate))


@register_kl(Exponential, Gamma)
def _exponential_gamma(p: Exponential, q: Gamma) -> Array:
    return gamma_terms(jnp.ones_like(p.rate), q.concentration, log_ratio(q.rate, p.rate))


@register_kl(Gamma, Exponential)
def _gamma_exponential(p: Gamma, q: Exponential) -> Array:
    return gamma_terms(p.concentration, jnp.ones_like(q.rate), log_ratio(q.rate, p.rate))


@register_kl(Poisson, Poisson)
def _poisson(p: Poisson, q: Poisson) -> Array:
    return deviance(p.rate, q.rate)
