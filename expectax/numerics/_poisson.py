"""What the Poisson distribution needs beyond the gamma functions."""

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._gamma import HALF_LOG_2PI, log_gamma_kernel


def poisson_entropy(rate: Array) -> Array:
    """-Σ p log p to a few ulp, for every rate >= 0.

    Below 64 the sum itself, up to k = 159. Up to 10⁶ the sum over all integers equals the integral over real k, and
    that its trapezoidal sum in steps of σ/8, up to e^(-2π² 64) (Poisson's summation formula; what lies below k = 0 is
    less than e⁻⁶⁴). Above, ½ log(2πeλ) - 1/(12λ) - 1/(24λ²).
    """
    low, high = rate < 64, rate > 1e6
    few, many = jnp.where(low, rate, 1.0), jnp.where(low | high, 64.0, rate)
    step = 0.125 * jnp.sqrt(many)

    def add(j, totals):
        j = lax.convert_element_type(j, rate.dtype)
        return totals[0] + _surprise(j + jnp.zeros_like(few), few), totals[1] + _surprise(many + (j - 80) * step, many)

    exact, trapezoid = lax.fori_loop(0, 160, add, (jnp.zeros_like(few), jnp.zeros_like(few)))
    large = jnp.where(high, rate, 1e6)
    by_series = 0.5 + HALF_LOG_2PI + 0.5 * jnp.log(large) - (1 + 0.5 / large) / (12 * large)
    return jnp.where(low, exact, jnp.where(high, by_series, trapezoid * step))


def _surprise(k: Array, rate: Array) -> Array:
    """-p log p of the mass at real k >= 0; 0 for a negative k or a rate of 0."""
    ordinary = (k > 0) & (rate > 0)
    safe_k, safe_rate = jnp.where(ordinary, k, 1.0), jnp.where(ordinary, rate, 1.0)
    log_p = jnp.where(k == 0, -rate, log_gamma_kernel(safe_k, safe_rate) - jnp.log(safe_k))
    return jnp.where(ordinary | (k == 0), -jnp.exp(log_p) * log_p, 0.0)
