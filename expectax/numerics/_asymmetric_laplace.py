"""Two exponential laws back to back, of mean size l below 0 and r above, with density e^(-|d|/l or r)/(l + r)."""

import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._log import divide, log1p, log1pexp, log_ratio


def log_shares(left: Array, right: Array) -> tuple[Array, Array]:
    """log of the masses l/(l + r) below 0 and r/(l + r) above."""
    odds = log_ratio(right, left)
    return -log1pexp(odds), -log1pexp(-odds)


def asymmetric_laplace_log_prob(d: Array, left: Array, right: Array) -> Array:
    """Log-density at the signed distance d."""
    return -divide(jnp.abs(d), jnp.where(d < 0, left, right)) - jnp.log(left + right)


def asymmetric_laplace_log_cdf(d: Array, left: Array, right: Array) -> Array:
    """log P(D <= d); log P(D > d) is that of (-d, r, l)."""
    below, above = log_shares(left, right)
    lower = d < 0
    outer, inner = jnp.where(lower, d, 0.0), jnp.where(lower, 0.0, d)
    log_rest = above - divide(inner, right)
    cancels = log_rest > -0.7
    # where the upper tail is more than half, the mass below 0 and what lies between 0 and d
    between = jnp.exp(below) - jnp.exp(above) * expm1(-divide(jnp.where(cancels, inner, 0.0), right))
    inside = jnp.where(cancels, jnp.log(between), log1p(-jnp.exp(jnp.where(cancels, -1.0, log_rest))))
    return jnp.where(lower, below + divide(outer, left), inside)


def asymmetric_laplace_quantile(log_p: Array, log_rest: Array, left: Array, right: Array) -> Array:
    """d with P(D <= d) = p, given log p and log(1 - p)."""
    below, above = log_shares(left, right)
    return jnp.where(log_p < below, left * (log_p - below), right * (above - log_rest))
