"""The entropy of the binomial distribution."""

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._binomial import log_binomial_mass_of_probs
from ._gamma import HALF_LOG_2PI


def binomial_entropy(n: Array, p: Array) -> Array:
    """-Σ P log P of n trials with 0 <= p <= ½ (that of 1 - p is the same): a few ulp of max(1, result).

    Below a mean of 64 the sum itself, up to k = 159. Up to n p q = 10⁶ the trapezoidal sum in steps of σ/8 over real k,
    as in `poisson_entropy`. Above, ½ log(2πe npq) + (4pq - 1)/(12 npq) (Jacquet & Szpankowski, "Entropy computations
    via analytic depoissonization", 1999); the next term is below 10⁻¹³.
    """
    variance = n * p * (1 - p)
    low, high = n * p < 64, variance > 1e6
    middle = ~low & ~high
    few_n, few_p = jnp.where(low, n, 1.0), jnp.where(low, p, 0.5)
    many_n, many_p = jnp.where(middle, n, 256.0), jnp.where(middle, p, 0.5)
    step, mean = 0.125 * jnp.sqrt(many_n * many_p * (1 - many_p)), many_n * many_p

    def add(j, totals):
        j = lax.convert_element_type(j, p.dtype)
        whole = _surprise(j + jnp.zeros_like(mean), few_n, few_p)
        return totals[0] + whole, totals[1] + _surprise(mean + (j - 80) * step, many_n, many_p)

    zero = jnp.zeros_like(mean)
    exact, trapezoid = lax.fori_loop(0, 161, add, (zero, zero))
    large = jnp.where(high, variance, 1e6)
    peak_p = jnp.where(high, p, 0.5)
    by_series = 0.5 + HALF_LOG_2PI + 0.5 * jnp.log(large) + (4 * peak_p * (1 - peak_p) - 1) / (12 * large)
    return jnp.where(low, exact, jnp.where(middle, trapezoid * step, by_series))


def _surprise(k: Array, n: Array, p: Array) -> Array:
    """-P log P of the mass at real k; 0 outside 0, ..., n and where the outcome is certain."""
    ordinary = (k >= 0) & (k <= n) & (p > 0)
    safe_k, safe_p = jnp.where(ordinary, k, 0.0), jnp.where(ordinary | jnp.isnan(p), p, 0.5)
    log_p = log_binomial_mass_of_probs(safe_k, n - safe_k, safe_p)
    return jnp.where(ordinary | jnp.isnan(log_p), -jnp.exp(log_p) * log_p, 0.0)
