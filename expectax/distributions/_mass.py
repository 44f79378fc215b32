"""Masses of intervals of any law on the line, and the inverse of its tails, in log space.

    log P(a < X <= b) = log(S(a) - S(b)) = log(F(b) - F(a)), by the side whose larger term is the smaller one

Of two tails that are nearly equal the difference loses digits. For a law with a density the integral of that by
Gauss-Legendre takes its place, wherever the two agree up to what was lost: it is never the worse one.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Array
from ..numerics import log_sum_exp, logsubexp, root_of
from ..numerics._quadrature import gauss_legendre
from ._count_quantile import search

_NARROW = 0.1
"""Relative difference of two tails below which a quadrature of the density is tried."""
_GUESS = 1e-3
"""Tail probability down to which a quantile that is given a plain probability keeps enough digits to start from."""


def log_below(dist: Any, x: Array) -> Array:
    """log P(X <= x), also at ±∞, with derivative 0 there."""
    return _at_ends(dist, "_masked_log_cdf", x, -jnp.inf, 0.0)


def log_above(dist: Any, x: Array) -> Array:
    """log P(X > x)."""
    return _at_ends(dist, "_masked_log_sf", x, 0.0, -jnp.inf)


def _at_ends(dist: Any, method: str, x: Array, below: float, above: float) -> Array:
    infinite = jnp.abs(x) == jnp.inf
    value = dist._batched(method, jnp.where(infinite, dist.support.interior(x), x))
    at_end = jnp.where(x > 0, above, below).astype(value.dtype)
    # a NaN parameter shows at infinity too
    return jnp.where(infinite & ~jnp.isnan(value), at_end, value)


def log_mass(dist: Any, low: Array, high: Array) -> Array:
    """log P(low < X <= high) for low <= high, ends of equal rank."""
    low, high = jnp.broadcast_arrays(low, high)
    ends = jnp.stack([low, high])
    tails = jax.vmap(lambda end: (log_above(dist, end), log_below(dist, end)))
    (from_low, from_high), (to_low, to_high) = tails(ends)
    upper = from_low < to_high
    large, small = jnp.where(upper, from_low, to_high), jnp.where(upper, from_high, to_low)
    if dist.support.discrete or dist.mixed:
        return logsubexp(large, small)
    narrow = (large - small < _NARROW) & (low < high)
    density = _log_integral(dist, jnp.where(narrow, low, jnp.inf), jnp.where(narrow, high, jnp.inf))
    plain = logsubexp(large, small)
    lost = 16 * jnp.finfo(plain.dtype).eps * jnp.maximum(1.0, jnp.abs(large))
    # |e^(density - plain) - 1| within what the difference lost, both sides times e^(plain - large)
    agree = narrow & (jnp.abs(jnp.exp(density - large) - jnp.exp(plain - large)) <= lost)
    # of equal tails the derivative is infinite: they must not reach a selection
    rest = logsubexp(jnp.where(agree, 0.0, large), jnp.where(agree, -1.0, small))
    return jnp.where(agree, density, rest)


def _log_integral(dist: Any, low: Array, high: Array) -> Array:
    """log ∫ p over [low, high]; anything where the ends are infinite."""
    finite = low < jnp.inf
    inner = dist.support.interior(low)
    start, width = jnp.where(finite, low, inner), jnp.where(finite, high - low, 1.0)
    nodes, weights = gauss_legendre(12)
    steps = jnp.asarray(nodes, low.dtype)
    logs = jax.vmap(lambda t: dist._batched_log_prob(start + t * width))(steps)
    log_weights = jnp.asarray(np.log(weights), logs.dtype).reshape((-1,) + (1,) * (logs.ndim - 1))
    weighted = jnp.moveaxis(logs + log_weights, 0, -1)
    return log_sum_exp(weighted) + jnp.log(width)


def tail_quantile(dist: Any, log_p: Array, upper: Array, ends: tuple[Array, Array], guess: Array) -> Array:
    """x between two ends with log P(X <= x) = log_p, or log P(X > x) = log_p where `upper`, for a law with a density.

    The search begins at a guess; the derivative is that of the implicit function.
    """
    leaves, structure = jax.tree.flatten(dist)
    sign = jnp.where(upper, -1.0, 1.0).astype(log_p.dtype)

    def balance(x: Array, log_p: Array, sign: Array, guess: Array, *leaves: Array) -> Array:
        law = structure.unflatten(leaves)
        below, above = (law._batched(f"_masked_{tail}", x) for tail in ("log_cdf", "log_sf"))
        return jnp.where(sign < 0, log_p - above, below - log_p)

    def start(log_p: Array, sign: Array, guess: Array, *leaves: Array) -> tuple[Array, Array, Array]:
        return guess, 0.1 + 0.1 * jnp.abs(guess), jnp.zeros_like(guess)

    low, high = ends
    log_p, sign, guess = jnp.broadcast_arrays(
        log_p, sign, jnp.where(guess < low, low, jnp.where(guess > high, high, guess))
    )
    x = root_of(balance, start)(log_p, sign, guess, *leaves)
    x = jnp.where(x < low, low, x)
    return jnp.where(x > high, high, x)


def rough_quantile(dist: Any, log_p: Array, upper: Array) -> Array:
    """Where P(X <= x), or P(X > x), is about e^(log_p): that of `_GUESS` where 1 - p is no number of the format."""
    p = jnp.minimum(jnp.maximum(jnp.exp(log_p), _GUESS), 0.5)
    return dist._batched("_masked_quantile", jnp.where(upper, 1 - p, p))


@jax.custom_jvp
def whole_quantile(dist: Any, log_p: Array, upper: Array, first: Array, guess: Array) -> Array:
    """The smallest integer k >= first with log P(X <= k) >= log_p, or log P(X > k) <= log_p where `upper`."""
    slack = 4 * jnp.finfo(log_p.dtype).eps * jnp.maximum(1.0, jnp.abs(log_p))

    def enough(count: Array) -> Array:
        k = first + count
        return jnp.where(upper, log_above(dist, k) <= log_p + slack, log_below(dist, k) >= log_p - slack)

    begin = jnp.where(guess > first, jnp.floor(guess - first), 0.0) + jnp.zeros_like(log_p)
    return first + search(enough, begin, jnp.ones_like(begin), log_p <= 0)


@whole_quantile.defjvp
def _whole_quantile_jvp(primals, _):
    count = whole_quantile(*primals)
    return count, jnp.zeros_like(count)  # steps
