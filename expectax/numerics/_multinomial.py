"""The mass of counts that share a total, with all large terms cancelled by hand.

    n!/Π x_i! Π p_i^(x_i) = exp(η(n) - Σ (η(x_i) + D(x_i, n p_i)) + n (Σ p_i - 1)),   n = Σ x_i,

with η(x) = log x! - x log x + x and the deviance D (Loader, "Fast and accurate computation of binomial probabilities", 2000).
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._gamma import digamma_error
from ._log import sum_minus_one
from ._mixture import log_sum_exp, sum_of
from ._stirling import stirling_error_from_1

_TWO_PI = 6.283185307179586


def _eta(x: Array) -> Array:
    """η(x) = log x! - x log x + x for x >= 1."""
    return stirling_error_from_1(x) + 0.5 * jnp.log(_TWO_PI * x)


def _deviance(x: Array, n: Array, p: Array, log_p: Array) -> Array:
    """D(x, n p) = x log(x/(n p)) - d, d = x - n p, for x >= 1; with v = d/(x + n p) near it, Loader's equation 10."""
    d, sum_ = x - n * p, x + n * p
    v = d / sum_
    near = jnp.abs(v) < 0.3
    v2 = jnp.where(near, v * v, 0.0)
    series = jnp.zeros_like(v2)
    for j in range(15 if v2.dtype == jnp.float64 else 7, 0, -1):
        series = v2 * (1.0 / (2 * j + 1) + series)
    return jnp.where(near, d * v + 2 * x * v * series, x * (jnp.log(x / n) - log_p) - d)


def _log_mass(n: Array, x: Array, p: Array, log_p: Array) -> Array:
    drawn, whole = x > 0, n[..., None]
    some, total = jnp.where(drawn, x, 1.0), jnp.where(drawn, whole, 1.0)
    terms = _eta(some) + _deviance(some, total, jnp.where(drawn, p, 1.0), jnp.where(drawn, log_p, 0.0))
    joint = jnp.where(n > 0, _eta(jnp.where(n > 0, n, 1.0)), 0.0)
    return joint - sum_of(jnp.where(drawn, terms, whole * p)) + n * sum_minus_one(p)


def _by_counts(x: Array, log_p: Array) -> Array:
    """log p - ψ(x + 1), the slope in one count."""
    finite = jnp.maximum(log_p, -jnp.finfo(log_p.dtype).max)  # 0 times it is 0, where no derivative is asked for
    return finite - jnp.log(x + 1) - digamma_error(x + 1)


@jax.custom_jvp
def log_multinomial_mass(n: Array, x: Array, p: Array) -> Array:
    """log n!/Π x_i! Π p_i^(x_i) for counts x on the last axis, of sum n, with probabilities p."""
    return _log_mass(n, x, p, jnp.log(p))


@log_multinomial_mass.defjvp
def _log_multinomial_mass_jvp(primals, tangents):
    (n, x, p), (dn, dx, dp) = primals, tangents
    drawn = x > 0
    by_p = jnp.where(drawn, jnp.minimum(x / jnp.where(drawn, p, 1.0), jnp.finfo(p.dtype).max), 0.0)
    change = (_by_counts(x, jnp.log(p)) * dx + by_p * dp).sum(-1)
    return log_multinomial_mass(n, x, p), change + (jnp.log(n + 1) + digamma_error(n + 1)) * dn


@jax.custom_jvp
def log_multinomial_mass_of_logits(n: Array, x: Array, logits: Array) -> Array:
    """The same for p = softmax(logits); the slopes in them are x - n p."""
    log_p = _normalised(logits)
    return _log_mass(n, x, jnp.exp(log_p), log_p)


def _normalised(logits: Array) -> Array:
    return logits - log_sum_exp(logits)[..., None]


@log_multinomial_mass_of_logits.defjvp
def _log_multinomial_mass_of_logits_jvp(primals, tangents):
    (n, x, logits), (dn, dx, dlogits) = primals, tangents
    log_p = _normalised(logits)
    change = (_by_counts(x, log_p) * dx + (x - n[..., None] * jnp.exp(log_p)) * dlogits).sum(-1)
    return log_multinomial_mass_of_logits(n, x, logits), change + (jnp.log(n + 1) + digamma_error(n + 1)) * dn
