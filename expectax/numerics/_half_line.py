"""Log-densities that are -inf outside their support by their own formula, with derivatives 0 there.

The argument of the logarithm or of the square carries the mask: a selection around the result, and one that keeps the
argument inside, would each cost a tenth of such a density.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide


@jax.custom_jvp
def exponential_log_prob(x: Array, rate: Array) -> Array:
    """log λ - λx for x >= 0; NaN for a rate that is not positive and finite."""
    log_rate = jnp.log(rate)
    return (log_rate - rate * jnp.where(x < 0, jnp.inf, x)) + 0.0 * log_rate  # the last term is NaN at a rate of 0


@exponential_log_prob.defjvp
def _exponential_log_prob_jvp(primals, tangents):
    (x, rate), (dx, drate) = primals, tangents
    by_rate = jnp.where(x < 0, 0.0, 1 / rate - x)
    return exponential_log_prob(x, rate), by_rate * drate - jnp.where(x < 0, 0.0, rate) * dx


@jax.custom_jvp
def uniform_log_prob(x: Array, low: Array, high: Array) -> Array:
    """-log(high - low) between the ends, both included; NaN unless high is above low."""
    inside = (x >= low) & (x <= high) & (low < high)
    # infinite outside, and NaN at x = NaN; an empty interval makes 0 · inf or the logarithm of a negative number
    return -jnp.log((high - low) * jnp.where(inside, 1.0, jnp.maximum(x, jnp.inf)))


@uniform_log_prob.defjvp
def _uniform_log_prob_jvp(primals, tangents):
    (x, low, high), (_, dlow, dhigh) = primals, tangents
    inside = (x >= low) & (x <= high)
    return uniform_log_prob(*primals), jnp.where(inside, divide(dlow - dhigh, high - low), 0.0)


def half_line_scale(log_density: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Callable:
    """(x, scale) -> f(x/scale) - log scale for x >= 0, given f and its derivative f'; f(inf) has to be -inf."""

    @jax.custom_jvp
    def log_prob(x: Array, scale: Array) -> Array:
        return log_density(divide(jnp.where(x < 0, jnp.inf, x), scale)) - jnp.log(scale)

    @log_prob.defjvp
    def _log_prob_jvp(primals, tangents):
        (x, scale), (dx, dscale) = primals, tangents
        z = divide(x, scale)
        by_z = slope(z)
        by_x, by_scale = divide(by_z, scale), divide(1 + z * by_z, scale)
        return log_prob(x, scale), jnp.where(x < 0, 0.0, by_x) * dx - jnp.where(x < 0, 0.0, by_scale) * dscale

    return log_prob
