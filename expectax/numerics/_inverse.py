"""What the inverses of distribution functions share: Newton's method on the logarithm of a tail, and its derivative.

Where the density of a transformed variable is log-concave, so are both tails in that variable: Newton's method on the
logarithm of a tail, started on its steep side, does not overshoot. Derivatives are those of the implicit function,
dx = (dp - F_θ dθ)/f.
"""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array


def newton(log_tail, target: Array, start: Array) -> Array:
    """u with log_tail(u) = target, elementwise.

    Args:
        log_tail: u -> (value, slope), concave and monotone.
        target: logarithm of the probability.
        start: on the steep side of the root, or close to it.
    """
    eps = jnp.finfo(start.dtype).eps

    def unfinished(state):
        count, u, step = state
        return (count < 60) & (jnp.abs(step) > 8 * eps * jnp.maximum(1.0, jnp.abs(u))).any()

    def iterate(state):
        count, u, _ = state
        value, slope = log_tail(u)
        step = (target - value) / slope
        step = jnp.where(jnp.isfinite(step), step, 0.0)
        return count + 1, u + step, step

    return lax.while_loop(unfinished, iterate, (0, start, jnp.full_like(start, jnp.inf)))[1]


def implicit_tangent(log_cdf, log_sf, x: Array, parameters: tuple, p: Array, tangents: tuple, dp: Array) -> Array:
    """(dp - F_θ dθ)/f, from the logarithm of the smaller tail."""
    lower = p < 0.5

    def log_tail(x, *theta):
        return jnp.where(lower, log_cdf(x, *theta), log_sf(x, *theta))

    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, x, 0.5)
    zeros = [jnp.zeros_like(t) for t in parameters]
    tail, slope = jax.jvp(log_tail, (safe, *parameters), (jnp.ones_like(x), *zeros))
    change = jnp.where(lower, dp, -dp) * jnp.exp(-tail)
    for i, tangent in enumerate(tangents):
        direction = [jnp.ones_like(t) if j == i else jnp.zeros_like(t) for j, t in enumerate(parameters)]
        partial = jax.jvp(log_tail, (safe, *parameters), (jnp.zeros_like(x), *direction))[1]
        change = change - partial * tangent
    return jnp.where(inside, change / slope, 0.0)
