"""What the inverses of distribution functions share: Halley's method on the logarithm of a tail, and its derivative.

Where the density of a transformed variable u is log-concave, so are both tails in u, and with the logarithm of a tail
and its slope s the second derivative is known too: d log|s|/du is that of the log-density less s. Derivatives of the
inverse are those of the implicit function, dx = (dp - F_θ dθ)/f.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._forward import with_partials


def halley(log_tail, target: Array, start: Array) -> Array:
    """u with log_tail(u) = target, elementwise.

    A step of Newton's method d from the steep side does not overshoot; Halley's is d/(1 + d (d log|slope|/du)/2), taken
    between half of d and twice d.

    Args:
        log_tail: u -> (value, slope, derivative of log|slope|), with value concave and monotone.
        target: logarithm of the probability.
        start: on the steep side of the root, or close to it.
    """
    eps = jnp.finfo(start.dtype).eps
    noise = 64 * eps * jnp.maximum(1.0, jnp.abs(target))

    def unfinished(state):
        count, _, _, done = state
        return (count < 60) & ~done.all()

    def iterate(state):
        count, u, last, done = state
        value, slope, bend = log_tail(u)
        newton = (target - value) / slope
        step = newton / jnp.clip(1 + 0.5 * newton * bend, 0.5, 2.0)
        step = jnp.where(done | ~jnp.isfinite(step), 0.0, step)
        # where the slope is small, steps stay larger than u's rounding: of the size of the tail's rounding over it
        stalled = (jnp.abs(step) > 0.5 * last) & (jnp.abs(target - value) < noise)
        # the next step is of third order in this one, both in units of the scale on which the tail bends
        bends = jnp.maximum(jnp.abs(slope), jnp.abs(bend))
        following = 0.5 * jnp.abs(step) * (jnp.abs(step) * bends) ** 2
        done = done | stalled | ~(following > eps * jnp.maximum(1.0, jnp.abs(u)))
        return count + 1, u + step, jnp.abs(step), done

    begin = (0, start, jnp.full_like(start, jnp.inf), jnp.zeros(start.shape, bool))
    return lax.while_loop(unfinished, iterate, begin)[1]


def bracketed_newton(log_tail, target: Array, start: Array, low: Array, high: Array) -> Array:
    """u with log_tail(u) = target between low and high, elementwise: Newton's steps, bisection where they leave the bracket.

    Args:
        log_tail: u -> (value, slope), with value monotone.
        target: logarithm of the probability.
        start: a first guess between the ends.
        low, high: ends that hold the root.
    """
    eps = jnp.finfo(start.dtype).eps

    def unfinished(state):
        count, *_, done = state
        return (count < 100) & ~done.all()

    def iterate(state):
        count, u, low, high, last, done = state
        value, slope = log_tail(u)
        below = (value < target) == (slope > 0)  # of the root
        low, high = jnp.where(below, u, low), jnp.where(below, high, u)
        newton = u + (target - value) / slope
        good = (newton >= low) & (newton <= high) & (jnp.abs(newton - u) < 0.7 * last)
        new = jnp.where(done, u, jnp.where(good, newton, 0.5 * (low + high)))
        step = jnp.abs(new - u)
        # the next step is of second order in this one
        error = jnp.where(good, step * jnp.minimum(1.0, step * (1 + jnp.abs(slope))), step)
        settled = error <= eps * jnp.maximum(1.0, jnp.abs(u))
        return count + 1, new, low, high, step, done | settled

    begin = (0, start, low, high, high - low, low >= high)
    return lax.while_loop(unfinished, iterate, begin)[1]


def implicit_tangent(log_tail, x: Array, parameters: tuple, p: Array, tangents: tuple) -> Array:
    """(dp - F_θ dθ)/f.

    Args:
        log_tail: (x, *θ) -> logarithm of F where p < ½, of 1 - F elsewhere.
        x: the quantile.
        parameters: θ.
        p: F(x).
        tangents: dθ and last dp; a SymbolicZero costs nothing.
    """
    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, x, 0.5)
    tail, slope = jax.jvp(lambda x: log_tail(x, *parameters), (safe,), (jnp.ones_like(x),))
    moving = tuple(i for i, t in enumerate(tangents[:-1]) if not isinstance(t, SymbolicZero))
    partials = with_partials(lambda *theta: log_tail(safe, *theta), moving)(*parameters)[1:]
    change = jnp.zeros_like(x)
    if not isinstance(tangents[-1], SymbolicZero):
        change = jnp.where(p < 0.5, tangents[-1], -tangents[-1]) * jnp.exp(-tail)
    for i, partial in zip(moving, partials, strict=True):
        change = change - partial * tangents[i]
    return jnp.where(inside, change / slope, 0.0)
