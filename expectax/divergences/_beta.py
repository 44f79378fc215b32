"""Laws of proportions.

Source     Nielsen & Nock, "Entropies and cross-entropies of exponential families" (2010); for the double exponential
           rule Takahasi & Mori (1974).
"""

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array
from ..distributions import Beta, Dirichlet, Kumaraswamy
from ..numerics import EULER_GAMMA, log1mexp, log_beta, polygamma
from ._kl import register_kl
from ._terms import log_gamma_excess


@register_kl(Beta, Beta)
def _beta(p: Beta, q: Beta) -> Array:
    """The excesses of both concentrations less that of their sum."""
    (a1, a0), (b1, b0) = (p.concentration1, p.concentration0), (q.concentration1, q.concentration0)
    return log_gamma_excess(b1, a1) + log_gamma_excess(b0, a0) - log_gamma_excess(b1 + b0, a1 + a0)


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Dirichlet, q: Dirichlet) -> Array:
    a, b = p.concentration, q.concentration
    return log_gamma_excess(b, a).sum() - log_gamma_excess(b.sum(), a.sum())


@register_kl(Kumaraswamy, Beta, method="quadrature")
def _kumaraswamy_beta(p: Kumaraswamy, q: Beta) -> Array:
    """E[log X] = -(ψ(b + 1) + γ)/a; E[log(1 - X)] by the double exponential rule."""
    mean_log = -(polygamma(0, p.concentration0 + 1) + EULER_GAMMA) / p.concentration1
    mean_log_rest = _mean_log_rest(p.concentration1, p.concentration0)
    a, b = q.concentration1, q.concentration0
    return log_beta(a, b) - (a - 1) * mean_log - (b - 1) * mean_log_rest - p._entropy()


def _mean_log_rest(a: Array, b: Array) -> Array:
    """E[log(1 - X)] = ∫₀¹ log(1 - (1 - v^(1/b))^(1/a)) dv with v = sf(x) = 1/(1 + e^(-2s)), s = (π/2) sinh t."""
    step = 1 / 16
    s = 0.5 * np.pi * np.sinh(np.arange(-4.0, 4.0 + step / 2, step))
    log_v, log_rest = -np.logaddexp(0, -2 * s), -np.logaddexp(0, 2 * s)
    weights = step * np.pi * np.sqrt(1 + (2 * s / np.pi) ** 2) * np.exp(log_v + log_rest)

    def add(total, node_weight):
        node, weight = node_weight
        power = node / b  # log v^(1/b)
        tiny = power < -30  # (1 - w)^(1/a) = 1 - w/a
        inner = log1mexp(log1mexp(jnp.where(tiny, -1.0, power)) / a)
        return total + weight * jnp.where(tiny, power - jnp.log(a), inner), None

    nodes = (jnp.asarray(log_v, a.dtype), jnp.asarray(weights, a.dtype))
    return jax.lax.scan(add, jnp.zeros_like(a + b), nodes)[0]
