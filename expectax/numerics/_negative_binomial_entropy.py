"""The entropy of the negative binomial distribution."""

import math

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._expm1 import expm1
from ._log import log1p
from ._poisson import poisson_factors
from ._quadrature import cut_off

_FEW = 32.0
"""r up to which the terms of the integral's form do not cost digits."""
_NODES = {4: (96, 18.0), 8: (384, 40.0)}


def negative_binomial_entropy(r: Array, log_p: Array, log_q: Array) -> Array:
    """-Σ P log P of the number of successes, of chance p = 1 - q, before r failures: 64 ulp of max(1, result).

    Up to r = 32 by an integral, beyond by a sum.
    """
    few, certain = r < _FEW, jnp.exp(log_q) == 0
    at_p, at_q = jnp.where(certain, -math.log(2), log_p), jnp.where(certain, -math.log(2), log_q)
    integral = _by_integral(jnp.where(few | jnp.isnan(r), r, 1.0), at_p, at_q)
    value = jnp.where(few, integral, _by_sum(jnp.where(few, _FEW, r), at_p, at_q))
    return jnp.where(certain & ~jnp.isnan(value), jnp.inf, value)


def _by_integral(r: Array, log_p: Array, log_q: Array) -> Array:
    """-μ log p - r log q + ∫₀^∞ (1 - G(e^-t)) (e^(-rt) - e^(-t))/((1 - e^-t) t) dt, with G(s) = (q/(1 - p s))^r.

    From log Γ(z) = ∫₀^∞ ((z - 1) e^-t - (e^-t - e^(-zt))/(1 - e^-t)) dt/t; Cheraghchi, "Expressions for the entropy of
    basic discrete distributions" (2019). In log t the trapezoidal rule converges exponentially.
    """
    count, depth = _NODES[r.dtype.itemsize]
    odds = jnp.exp(log_p - log_q)
    low = cut_off(jnp.where(odds > 1, -jnp.log(jnp.where(odds > 1, odds, 1.0)), 0.0) - depth)
    least, gap = jnp.where(r < 1, r, 1.0), jnp.abs(1 - r)
    step = (cut_off(jnp.log(depth / least)) - low) / count

    def add(j, total):
        t = jnp.exp(low + step * lax.convert_element_type(j, r.dtype))
        whole = -expm1(-t)
        share = jnp.exp(-least * t) * -expm1(-gap * t) / whole
        return total - expm1(-r * log1p(odds * whole)) * share

    total = step * lax.fori_loop(0, count + 1, add, jnp.zeros_like(step))
    some = odds > 0
    by_p = r * odds * jnp.where(some, jnp.where(some, log_p, 0.0), 0.0)
    return jnp.where(r < 1, total, -total) - by_p - r * log_q


def _by_sum(r: Array, log_p: Array, log_q: Array) -> Array:
    """Below a mean of 64 over all k up to 320; above it by the trapezoidal rule in steps of σ/8, as in `poisson_entropy`."""
    p, q, odds = jnp.exp(log_p), jnp.exp(log_q), jnp.exp(log_p - log_q)
    mean = r * odds
    low = mean < 64
    step = jnp.where(low, 1.0, 0.125 * jnp.sqrt(mean) * jnp.sqrt(1 + odds))

    def add(j, total):
        j = lax.convert_element_type(j, r.dtype)
        d = jnp.where(low, j - mean, (j - 80) * step)
        k = jnp.where(low, j, mean + d)
        possible = (k >= 0) & ((mean > 0) | (k == 0))
        log_mass = _log_mass(jnp.where(possible, k, 1.0), jnp.where(possible, d, 0.0), r, p, q)
        return total - jnp.where(possible | jnp.isnan(log_mass), jnp.exp(log_mass) * log_mass, 0.0)

    return step * lax.fori_loop(0, 321, add, jnp.zeros_like(mean))


def _log_mass(k: Array, d: Array, r: Array, p: Array, q: Array) -> Array:
    """log P(k), d = k - μ known by itself: r/n times the binomial mass of k of n = k + r, by Loader's form."""
    n = k + r
    successes, failures, all_ = (
        poisson_factors(k, n * p, d * q),
        poisson_factors(r, n * q, -d * q),
        poisson_factors(n, n, 0 * n),
    )
    factor = 0.5 * (jnp.log(all_[1] / failures[1]) - jnp.log(successes[1]))
    return successes[0] + failures[0] - all_[0] + factor + jnp.log(r / n)
