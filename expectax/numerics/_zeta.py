"""Hurwitz's zeta function ζ(s, a) = Σ_{j>=0} (a + j)^-s for s > 1 and whole a >= 1, and what Zipf's law makes of it.

By Euler and Maclaurin's formula from a + M on (DLMF 25.11.28), everything in units of the first term:

    a^s ζ(s, a) = Σ_{j<M} (1 + j/a)^-s + (1 + M/a)^-s (b/(s - 1) + E(s, b)),   b = a + M,
    E(s, b) = ½ + Σ_k B_2k/(2k)! s (s + 1) ... (s + 2k - 2) b^(1-2k).

The terms of E grow where s is much larger than b, but (1 + M/a)^-s is 0 to all digits there.
"""

import jax
import jax.numpy as jnp

from .._typing import Array
from ._expm1 import expm1
from ._log import log1mexp, log1p

_SHIFT = {4: 6, 8: 10}
"""M"""
_BERNOULLI = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160, -691 / 1307674368000, 1 / 74724249600)
"""B_2k/(2k)!"""
_TERMS = {4: 4, 8: 7}


def _correction(s: Array, b: Array) -> Array:
    """E(s, b), 0 where s is so large that it does not matter."""
    steep = s > 6 * b
    s, b = jnp.where(steep, 1.0, s), jnp.where(steep, 1.0, b)
    total, factor = jnp.full_like(s, 0.5), s / b
    for k, coefficient in enumerate(_BERNOULLI[: _TERMS[s.dtype.itemsize]], 1):
        total = total + coefficient * factor
        factor = factor * ((s + (2 * k - 1)) / b) * ((s + 2 * k) / b)
    return jnp.where(steep, 0.0, total)


def scaled_zeta_minus_one(s: Array, a: Array) -> Array:
    """a^s ζ(s, a) - 1, to a few ulp of itself and of s log(1 + 1/a); infinite at s = 1, NaN below."""
    shift = _SHIFT[s.dtype.itemsize]
    total = sum((jnp.exp(-s * log1p(j / a)) for j in range(1, shift)), jnp.zeros_like(s))
    b = a + shift
    rest = jnp.exp(-s * log1p(shift / a)) * (b / jnp.where(s >= 1, s - 1, jnp.nan) + _correction(s, b))
    return total + jnp.where(s < jnp.inf, rest, 0.0)


def log_zeta(s: Array) -> Array:
    """log ζ(s) for s > 1, to a few ulp of itself."""
    return log1p(scaled_zeta_minus_one(s, jnp.ones_like(s)))


def zipf_log_tails(k: Array, s: Array) -> tuple[Array, Array]:
    """(log P(X <= k), log P(X > k)) with P(k) = k^-s/ζ(s) for whole k >= 1: the smaller by itself, the other as its rest.

    P(X > k) = ζ(s, k + 1)/ζ(s). P(X <= k) is below ½ for s < 1.73 only; there it is the sum up to k, by the formula
    between M and k + 1, whose integral is M^(1-s) (1 - ((k + 1)/M)^(1-s))/(s - 1).
    """
    log_total = log_zeta(s)
    after = k + 1
    far = -s * jnp.log(after) + log1p(scaled_zeta_minus_one(s, after)) - log_total
    small = s < 2
    near = jnp.log(_partial_sum(jnp.where(small, s, 1.5), k)) - log_total
    lower = small & (near < -0.7)
    log_sf = jnp.where(lower, log1mexp(jnp.where(lower, near, -1.0)), jnp.where(far > 0, 0.0, far))
    log_cdf = jnp.where(lower, near, log1mexp(jnp.where(lower, -1.0, jnp.where(far > 0, 0.0, far))))
    return log_cdf, log_sf


def _partial_sum(s: Array, k: Array) -> Array:
    """Σ_{j<=k} j^-s for 1 < s < 2."""
    shift = _SHIFT[s.dtype.itemsize]
    total = sum((jnp.where(j <= k, jnp.exp(-s * jnp.log(float(j))), 0.0) for j in range(1, shift)), jnp.zeros_like(s))
    long = k >= shift
    start, end = jnp.full_like(s, float(shift)), jnp.where(long, k + 1, 2.0 * shift)
    log_ratio = jnp.log(end / start)
    integral = start * -expm1((1 - s) * log_ratio) / (s - 1)
    ends = _correction(s, start) - jnp.exp(-s * log_ratio) * _correction(s, end)
    return total + jnp.where(long, jnp.exp(-s * jnp.log(start)) * (integral + ends), 0.0)


def zipf_moments(s: Array) -> tuple[Array, Array]:
    """Mean and variance of Zipf's law, infinite where their sums are; the variance NaN where the mean is infinite.

    By those of X - 1, whose sums Σ (k - 1)^n k^-s keep their digits where nearly all mass is at 1.
    """
    one = jnp.ones_like(s)
    first_ok, second_ok = s > 2, s > 3
    safe = jnp.where(first_ok, s, 3.0)
    rest, total = scaled_zeta_minus_one(safe, one), 1 + scaled_zeta_minus_one(safe, one)
    by_one = scaled_zeta_minus_one(safe - 1, one)
    first = (by_one - rest) / total
    by_two = scaled_zeta_minus_one(jnp.where(second_ok, s, 4.0) - 2, one)
    variance = (by_two - 2 * by_one + rest) / total - first * first
    unknown = jnp.isnan(s)
    mean = jnp.where(first_ok, 1 + first, jnp.inf)
    variance = jnp.where(second_ok, variance, jnp.where(first_ok, jnp.inf, jnp.nan))
    return jnp.where(unknown, jnp.nan, mean), jnp.where(unknown, jnp.nan, variance)


def zipf_entropy(s: Array) -> Array:
    """s E[log X] + log ζ(s), with E[log X] = -d log ζ/ds."""
    log_total, slope = jax.jvp(log_zeta, (s,), (jnp.ones_like(s),))
    return log_total - s * slope
