"""Roots of rising functions of one variable, and quantiles from the logarithms of a law's tails.

Newton's method in a bracket that is found on the way, by doubling steps; where its steps do not halve, bisection. The
derivative is that of the implicit function.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._log import log1p

_ROUNDS = 200


def root_of(balance: Callable[..., Array], start: Callable) -> Callable[..., Array]:
    """(*θ) -> u with balance(u, *θ) = 0, elementwise, for θ of one shape; NaN where the balance is NaN.

    Args:
        balance: of one sign below u, negative, and of the other above; differentiable, without loops that have no
            reverse mode.
        start: (*θ) -> (a guess, the size of the first step, the scale of u, to whose rounding u is found at least).
    """

    @jax.custom_jvp
    def root(*theta: Array) -> Array:
        return _solve(lambda u: _with_slope(balance, u, theta), *start(*theta))

    @root.defjvp
    def _root_jvp(theta, tangents):
        u = root(*theta)
        _, slope = _with_slope(balance, u, theta)
        _, change = jax.jvp(lambda *theta: balance(u, *theta), theta, tangents)
        return u, -change / slope

    return root


def solve_rising(balance: Callable[[Array], Array], guess: Array, width: Any = 1.0, scale: Any = 1.0) -> Array:
    """u with balance(u) = 0, elementwise, for a balance that rises and may close over arrays that are differentiated.

    Args:
        balance: as of `root_of`.
        guess: where to begin; of u's shape.
        width: the size of the first step.
        scale: to whose rounding u is found at least.
    """
    width, scale = (jnp.broadcast_to(jnp.asarray(v, guess.dtype), guess.shape) for v in (width, scale))

    def search(rise: Callable, guess: Array) -> Array:
        return _solve(lambda u: _with_slope(rise, u, ()), guess, width, scale)

    return lax.custom_root(balance, guess, search, lambda linear, change: change / linear(jnp.ones_like(change)))


def _with_slope(balance: Callable[..., Array], u: Array, theta: tuple) -> tuple[Array, Array]:
    return jax.jvp(lambda u: balance(u, *theta), (u,), (jnp.ones_like(u),))


def _solve(rise: Callable, guess: Array, width: Array, scale: Array) -> Array:
    eps = jnp.finfo(guess.dtype).eps

    def unfinished(state):
        count, *_, done = state
        return (count < _ROUNDS) & ~done.all()

    def step(state):
        count, u, low, high, width, last, done = state
        value, slope = rise(u)
        low, high = jnp.where(value < 0, u, low), jnp.where(value < 0, high, u)
        known = (low > -jnp.inf) & (high < jnp.inf)
        newton = u - value / slope
        moved = jnp.abs(newton - u)
        good = (newton > low) & (newton < high) & (moved <= jnp.where(known, 0.5 * last, width))
        outward = jnp.where(known, 0.5 * low + 0.5 * high, u + jnp.where(value < 0, width, -width))
        new = jnp.where(good, newton, outward)
        new = jnp.where(value == 0, u, jnp.where(jnp.isnan(value), jnp.nan, new))
        unit = eps * (jnp.abs(new) + scale)
        # steps that have become small and no longer halve are the rounding of the balance
        stalled = (moved > 0.5 * last) & (moved < 256 * unit)
        new = jnp.where(stalled, newton, new)
        moved = jnp.abs(new - u)
        settled = ~(moved > unit) | stalled | (new == low) | (new == high)
        return count + 1, jnp.where(done, u, new), low, high, 2 * width, moved, done | settled

    ends = jnp.full_like(guess, -jnp.inf), jnp.full_like(guess, jnp.inf)
    state = (0, guess, *ends, width, jnp.full_like(guess, jnp.inf), jnp.zeros(guess.shape, bool))
    return lax.while_loop(unfinished, step, state)[1]


def tail_inverse(log_tail: Callable[..., Array], start: Callable) -> Callable[..., Array]:
    """(p, *θ) -> u with P(U <= u) = p for a law on the line; ∓inf at p = 0 and 1, and derivative 0 in θ there.

    Args:
        log_tail: (u, upper, *θ) -> log P(U > u) where `upper`, log P(U <= u) elsewhere.
        start: as of `root_of`.
    """

    def balance(u, p, *theta):
        upper = p > 0.5
        tail = log_tail(u, upper, *theta)
        lower_p, upper_p = jnp.where(upper, 0.5, p), jnp.where(upper, p, 0.5)
        return jnp.where(upper, log1p(-upper_p) - tail, tail - jnp.log(lower_p))

    solve = root_of(balance, lambda _, *theta: start(*theta))

    def inverse(p: Array, *theta: Array) -> Array:
        p, *rest = jnp.broadcast_arrays(p, *theta)
        inside = (p > 0) & (p < 1)
        u = solve(jnp.where(inside, p, 0.5), *rest)
        p, *same = jnp.broadcast_arrays(p, *theta)
        inside = (p > 0) & (p < 1)
        u = solve(jnp.where(inside, p, 0.5), *same)
        return jnp.where(inside | jnp.isnan(u), u, jnp.where(p == 0, -jnp.inf, jnp.where(p == 1, jnp.inf, jnp.nan)))

    return inverse
