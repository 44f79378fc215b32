"""What the Poisson distribution needs beyond the gamma functions."""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._counts import normal_guess, smallest_count
from ._gamma import HALF_LOG_2PI, log_gamma_kernel
from ._incomplete_gamma import log_gammainc, log_gammaincc
from ._log import log1p


@jax.custom_jvp
def poisson_quantile(rate: Array, p: Array) -> Array:
    """The smallest count k with Q(k + 1, rate) >= p, as a float; judged by the smaller tail, so that neither end is lost."""
    inside = (p > 0) & (p < 1) & (rate > 0) & (rate < jnp.inf)
    probability, mean = jnp.where(inside, p, 0.5), jnp.where(inside, rate, 1.0)

    def enough(k):
        lower = log_gammaincc(k + 1, mean) >= jnp.log(probability)
        return jnp.where(probability < 0.5, lower, log_gammainc(k + 1, mean) <= log1p(-probability))

    count = smallest_count(enough, *normal_guess(probability, mean, mean, 1 / jnp.sqrt(mean)))
    at_ends = jnp.where((p == 0) | (rate == 0), 0.0, jnp.inf)
    missing = jnp.isnan(rate) | jnp.isnan(p)
    return jnp.where(inside, count, jnp.where(missing, jnp.nan, at_ends))


@poisson_quantile.defjvp
def _poisson_quantile_jvp(primals, tangents):
    count = poisson_quantile(*primals)
    return count, jnp.zeros_like(count)  # steps


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
