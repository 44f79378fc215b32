"""Random matrices.

Source     Wishart: Nielsen & Nock, "Entropies and cross-entropies of exponential families" (2010). LKJ: an exponential
           family with statistic log det, so the Bregman divergence of its log-normaliser.
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ..distributions import LKJ, InverseWishart, LKJCholesky, Wishart
from ..distributions.lkj_cholesky import log_constant
from ._kl import register_kl
from ._terms import log_gamma_excess, ratio_of_factors


def wishart_terms(p_halves: Array, q_halves: Array, tril: Array, over: Array) -> Array:
    """By halves (ν - i)/2 of degrees of freedom and the factors of both scales."""
    logs, diagonal, below = ratio_of_factors(tril, over)
    df, gap = 2 * p_halves[0], 2 * (p_halves[0] - q_halves[0])
    return 0.5 * df * (diagonal + below) + gap * logs.sum() + log_gamma_excess(q_halves, p_halves).sum()


@register_kl(Wishart, Wishart)
def _wishart(p: Wishart, q: Wishart) -> Array:
    return wishart_terms(p._halves(), q._halves(), p.scale_tril, q.scale_tril)


@register_kl(InverseWishart, InverseWishart)
def _inverse_wishart(p: InverseWishart, q: InverseWishart) -> Array:
    """The inverses are Wishart, and their scales the inverses."""
    lower = jnp.arange(p.event_shape[0], dtype=p.dtype)
    return wishart_terms(0.5 * (p.df - lower), 0.5 * (q.df - lower), q.scale_tril, p.scale_tril)


@register_kl(LKJ, LKJ)
@register_kl(LKJCholesky, LKJCholesky)
def _lkj(p: LKJ, q: LKJ) -> Array:
    """log c(η₁) - log c(η₂) - (η₁ - η₂) d log c/dη at η₁, as E_p[log det R] = -d log c/dη."""
    a, b = p.concentration, q.concentration
    value, slope = jax.jvp(lambda eta: log_constant(eta, p.dimension), (a,), (jnp.ones_like(a),))
    return value - log_constant(b, p.dimension) - (a - b) * slope
