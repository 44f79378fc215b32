"""Log-densities that are -inf outside their support, and NaN at a bad parameter, by their own formula; derivatives are 0 there.

One selection for each, around the result: masks that keep the argument inside would each cost a tenth of such a density, and the
rule for the derivatives makes them needless.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide


@jax.custom_jvp
def exponential_log_prob(x: Array, rate: Array) -> Array:
    """log λ - λx for x >= 0; NaN for a rate that is not positive and finite."""
    return jnp.where(rate > 0, jnp.where(x < 0, -jnp.inf, jnp.log(rate) - rate * x), jnp.nan)


@exponential_log_prob.defjvp
def _exponential_log_prob_jvp(primals, tangents):
    (x, rate), (dx, drate) = primals, tangents
    by_rate = jnp.where(x < 0, 0.0, 1 / rate - x)
    return exponential_log_prob(x, rate), by_rate * drate - jnp.where(x < 0, 0.0, rate) * dx


@jax.custom_jvp
def uniform_log_prob(x: Array, low: Array, high: Array) -> Array:
    """-log(high - low) between the ends, both included; NaN unless high is above low."""
    inside = (x >= low) & (x <= high)
    known = (high > low) & (x == x)  # noqa: PLR0124  only NaN differs from itself
    return jnp.where(known, jnp.where(inside, -jnp.log(high - low), -jnp.inf), jnp.nan)


@uniform_log_prob.defjvp
def _uniform_log_prob_jvp(primals, tangents):
    (x, low, high), (_, dlow, dhigh) = primals, tangents
    inside = (x >= low) & (x <= high)
    return uniform_log_prob(*primals), jnp.where(inside, 1 / (high - low), 0.0) * (dlow - dhigh)


def half_line_scale(log_density: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Callable:
    """(x, scale) -> f(x/scale) - log scale for x >= 0, given f and its derivative f'."""

    @jax.custom_jvp
    def log_prob(x: Array, scale: Array) -> Array:
        inside = log_density(divide(x, scale)) - jnp.log(scale)
        return jnp.where(scale > 0, jnp.where(x < 0, -jnp.inf, inside), jnp.nan)

    @log_prob.defjvp
    def _log_prob_jvp(primals, tangents):
        (x, scale), (dx, dscale) = primals, tangents
        z = divide(x, scale)
        by_z = slope(z)
        by_x, by_scale = divide(by_z, scale), divide(1 + z * by_z, scale)
        return log_prob(x, scale), jnp.where(x < 0, 0.0, by_x) * dx - jnp.where(x < 0, 0.0, by_scale) * dscale

    return log_prob
