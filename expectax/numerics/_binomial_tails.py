"""Tails of binomial-like distributions: incomplete beta functions, and sums of beta-binomial masses."""

import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._binomial import log_beta_binomial_mass
from ._forward import by_forward_mode
from ._incomplete_beta import log_betainc

_BLOCK = 32


def log_betainc_or_first_term(a: Array, b: Array, x: Array, y: Array, first: Array) -> Array:
    """log I_x(a, b), y = 1 - x, or `first`, log of x^a/(a B(a, b)), where x is so small, or underflows, that it is all.

    Σ_j (1 - b)_j/j! x^j a/(a + j) (DLMF 8.17.7): what follows the first term is less than b x.
    """
    short = b * x < 0.25 * jnp.finfo(x.dtype).eps
    return jnp.where(short, first, log_betainc(a, b, jnp.where(short, 0.5, x), jnp.where(short, 0.5, y)))


@by_forward_mode
def log_beta_binomial_cdf(k: Array, m: Array, a: Array, b: Array) -> Array:
    """log Σ_{i<=k} P(i), P the beta-binomial mass on 0, ..., k + m, with every derivative.

    From k downwards by the ratios of neighbours, in blocks of 32 whose first mass is computed anew so that rounding
    does not pile up: relative error 60 ulp at most. With a >= 1 the sum ends where the rest, bounded by a
    geometric series, is negligible: about 10 standard deviations; else, or if there is no peak, at 0 after k steps.
    """
    n, eps = k + m, float(jnp.finfo(a.dtype).eps)

    def ratio(i):  # P(i - 1)/P(i)
        return i / (n - i + 1) * ((n - i + b) / (i - 1 + a))

    def block(i):
        """log Σ P over i, i - 1, ..., i - 31, and whether what lies below does not matter."""

        def add(j, state):
            term, total = state
            here = i - lax.convert_element_type(j, i.dtype)
            term = jnp.where(here > 0, term * ratio(jnp.where(here > 0, here, 1.0)), 0.0)
            return term, total + term

        one = jnp.ones_like(i)
        term, total = lax.fori_loop(0, _BLOCK - 1, add, (one, one), unroll=4)
        bottom = jnp.where(i > _BLOCK, i - (_BLOCK - 1), 1.0)
        gain = (n - bottom + b) / (n - bottom + 1)
        bound = bottom / (bottom - 1 + a) * jnp.where(gain < 1, 1.0, gain)  # of all ratios below, if a >= 1
        over = (a >= 1) & (bound < 1) & (term * bound <= 0.01 * eps * total * (1 - bound))
        top = jnp.where(i > 0, i, 0.0)
        log_sum = log_beta_binomial_mass(top, n - top, a, b) + jnp.log(total)
        return log_sum, over | (i < _BLOCK) | jnp.isnan(log_sum)

    def step(state):
        i, done, log_total = state
        log_sum, over = block(i)
        return i - _BLOCK, done | over, jnp.where(done, log_total, jnp.logaddexp(log_total, log_sum))

    start = k + jnp.zeros_like(n + a + b)
    begin = (start, start < 0, jnp.full_like(start, -jnp.inf))
    log_total = lax.while_loop(lambda s: ~s[1].all(), step, begin)[2]
    return jnp.where(log_total > 0, 0.0, log_total)  # rounding


@by_forward_mode
def beta_binomial_entropy(n: Array, a: Array, b: Array) -> Array:
    """-Σ P log P over all k = 0, ..., n, in blocks of 32: a few ulp of max(1, result), in n/32 steps."""

    def block(state):
        start, total = state

        def add(j, total):
            k = start + lax.convert_element_type(j, n.dtype)
            inside = k <= n
            k = jnp.where(inside, k, 0.0)
            log_p = log_beta_binomial_mass(k, n - k, a, b)
            return total - jnp.where(inside, jnp.exp(log_p) * log_p, 0.0)

        return start + _BLOCK, total + lax.fori_loop(0, _BLOCK, add, jnp.zeros_like(total))

    zero = 0 * (n + a + b)
    return lax.while_loop(lambda state: (state[0] <= n).any(), block, (zero, zero))[1]
