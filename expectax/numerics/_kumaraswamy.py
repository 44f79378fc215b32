"""The density of Kumaraswamy's distribution, with slopes that keep their digits for small exponents."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._log import expm1_rest, log1mexp


@jax.custom_jvp
def kumaraswamy_log_density(a: Array, b: Array, log_x: Array) -> Array:
    """log of a b x^(a-1) (1 - xᵃ)^(b-1) for log x < 0."""
    return (a - 1) * log_x + (b - 1) * log1mexp(a * log_x) + jnp.log(a) + jnp.log(b)


@kumaraswamy_log_density.defjvp
def _kumaraswamy_log_density_jvp(primals, tangents):
    """With u = -a log x and g = u/(eᵘ - 1): ∂/∂a = (b g + (1 - g))/a + log x, without the poles 1/a that cancel."""
    a, b, log_x = primals
    u = -a * log_x
    near = u < 1
    grown = expm1(u)
    g = jnp.where(u > 0, u / jnp.where(u > 0, grown, 1.0), 1.0)
    small = jnp.where(near & (u > 0), u, 0.5)
    rest = jnp.where(near, jnp.where(u > 0, expm1_rest(small) / expm1(small), 0.0), 1 - g)
    by_a = (b * g + rest) / a + log_x
    by_b = log1mexp(-u) + 1 / b
    # x ∂/∂x = (a - 1) - (b - 1) a g/u, where a g/u = a/(eᵘ - 1)
    by_log_x = (a - 1) - (b - 1) * a / grown
    return kumaraswamy_log_density(*primals), by_a * tangents[0] + by_b * tangents[1] + by_log_x * tangents[2]
