"""The sum of a standard normal and an exponential variate of rate b: density, tails, quantile and mode.

With E(z) = exp(b²/2 - bz) Φ(z - b), the density is b E, and

    P(Z > z) = 1 - Φ(z) + E(z),   P(Z <= z) = Φ(z) - E(z).

Below z = b, E = φ(z) M(b - z) with Mills' ratio M: nothing large is cancelled. The difference is taken as it stands only
where E is less than half of Φ(z), else as

    φ(z) ∫_{-z}^{b-z} M₁(t) dt for z < b/2,   M₁(t) = -M'(t) = 1 - t M(t),
    (1 - e^(-b (z - b/2))) Φ(z) + e^(-b (z - b/2)) (Φ(z) - Φ(z - b)) above.
"""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._expm1 import expm1
from ._gamma import HALF_LOG_2PI
from ._log import log1mexp, log1p
from ._normal import hazard, hazard_excess, log_ndtr, mills_moment, ndtr, normal_density, upper_mills
from ._quadrature import cut_off, unit_integral
from ._root import root_of, tail_inverse


@jax.custom_jvp
def exponentially_modified_log_prob(z: Array, b: Array) -> Array:
    """log b E(z), to a few ulp of max(1, its derivatives times arguments)."""
    lower = z < b
    below = -0.5 * z * z - HALF_LOG_2PI + jnp.log(b * upper_mills(jnp.where(lower, b - z, 0.0)))
    at = jnp.where(lower, b, z)
    above = jnp.log(b) - b * (at - 0.5 * b) + log_ndtr(at - b)
    value = jnp.where(lower, below, above)
    return jnp.where(jnp.abs(z) == jnp.inf, jnp.where(jnp.isnan(b), jnp.nan, -jnp.inf), value)


@exponentially_modified_log_prob.defjvp
def _log_prob_jvp(primals, tangents):
    z, b = primals
    lower = z < b
    excess = hazard_excess(jnp.where(lower, b - z, 0.0))
    high = jnp.where(lower, 0.0, z - b)
    h = hazard(-high)
    by_z = jnp.where(lower, excess - z, h - b)
    by_b = 1 / b - jnp.where(lower, excess, h + high)
    return exponentially_modified_log_prob(z, b), by_z * tangents[0] + by_b * tangents[1]


def _log_fall(z: Array, b: Array) -> Array:
    """log E(z)."""
    return exponentially_modified_log_prob(z, b) - jnp.log(b)


@jax.custom_jvp
def exponentially_modified_log_sf(z: Array, b: Array) -> Array:
    """log P(Z > z)."""
    own, other = log_ndtr(-z), _log_fall(z, b)
    larger = jnp.where(own > other, own, other)
    smaller = jnp.where(own > other, other, own)
    value = larger + log1p(jnp.exp(smaller - larger))
    # nearly 1: from the lower tail
    near = value > -0.1
    value = jnp.where(near, log1mexp(jnp.where(near, _log_lower(z, b), -1.0)), value)
    return jnp.where(z == jnp.inf, -jnp.inf, jnp.where(z == -jnp.inf, 0.0, value))


@jax.custom_jvp
def exponentially_modified_log_cdf(z: Array, b: Array) -> Array:
    """log P(Z <= z)."""
    lower = _log_lower(z, b)
    near = lower > -0.7
    upper = jnp.exp(_log_fall(z, b)) + ndtr(-z)
    value = jnp.where(near, log1p(-jnp.where(near, upper, 0.5)), lower)
    return jnp.where(z == jnp.inf, 0.0, jnp.where(z == -jnp.inf, -jnp.inf, value))


def _log_lower(z: Array, b: Array) -> Array:
    """log(Φ(z) - E(z)), good where that is not nearly 1."""
    low = z < 0.5 * b
    plain = b > jnp.where(low, 2 + jnp.maximum(-z, 0.0), 2.0)
    ratio = jnp.where(plain & low, _log_fall(z, b) - log_ndtr(z), -1.0)
    by_share = log_ndtr(z) + log1p(-jnp.exp(ratio))
    width = jnp.where(plain, 0.0, b)

    def integrand(t):
        at = width * t - z
        # over φ(z): M₁ with M(-|t|) = 1/φ(t) - M(|t|)
        size = jnp.abs(at)
        positive = mills_moment(size)
        safe = jnp.where(low & (size < 8), size, 1.0)
        negative = 1 + safe * (1 / normal_density(safe) - upper_mills(safe))
        return jnp.where(low, jnp.where(at > 0, positive, negative), normal_density(at))

    between = unit_integral(integrand, z)
    by_mills = -0.5 * z * z - HALF_LOG_2PI + jnp.log(jnp.where(low & ~plain, b * between, 1.0))
    drop = -b * jnp.where(low, 0.5, z - 0.5 * b)
    gap = jnp.where(plain, ndtr(z) - ndtr(z - b), b * between)
    by_drop = jnp.log(jnp.where(low, 0.5, jnp.exp(drop) * gap - expm1(drop) * ndtr(z)))
    return jnp.where(low, jnp.where(plain, by_share, by_mills), by_drop)


def _log_slopes(z: Array, b: Array) -> tuple[Array, Array]:
    """log of dP(Z <= z) in z and in b; the second is φ(z) + (z - b) E(z) > 0."""
    lower = z < b
    below = -0.5 * z * z - HALF_LOG_2PI + jnp.log(mills_moment(jnp.where(lower, b - z, 0.0)))
    high = jnp.where(lower, b, z)
    above = jnp.log(normal_density(high) + (high - b) * jnp.exp(_log_fall(high, b)))
    return exponentially_modified_log_prob(z, b), jnp.where(lower, below, above)


def _tangent(value: Array, primals: tuple, tangents: tuple) -> Array:
    finite = jnp.abs(value) < jnp.inf
    by_z, by_b = (jnp.exp(slope - jnp.where(finite, value, 0.0)) for slope in _log_slopes(*primals))
    return jnp.where(finite, by_z, 0.0) * tangents[0] + jnp.where(finite, by_b, 0.0) * tangents[1]


@exponentially_modified_log_cdf.defjvp
def _log_cdf_jvp(primals, tangents):
    value = exponentially_modified_log_cdf(*primals)
    return value, _tangent(value, primals, tangents)


@exponentially_modified_log_sf.defjvp
def _log_sf_jvp(primals, tangents):
    value = exponentially_modified_log_sf(*primals)
    return value, -_tangent(value, primals, tangents)


def _log_tail(z: Array, upper: Array, b: Array) -> Array:
    return jnp.where(upper, exponentially_modified_log_sf(z, b), exponentially_modified_log_cdf(z, b))


def _start(b: Array) -> tuple[Array, Array, Array]:
    return 1 / b, 1 + 1 / b, jnp.ones_like(b)


exponentially_modified_quantile = tail_inverse(_log_tail, _start)


def _balance(z: Array, b: Array) -> Array:
    """log b - log h(b - z): the density's logarithm has the slope h(b - z) - b."""
    at = b - z
    positive = at > 0
    size = jnp.where(positive, at, 0.0)
    low = jnp.where(positive, 0.0, at)
    log_h = jnp.where(positive, -jnp.log(upper_mills(size)), -0.5 * low * low - HALF_LOG_2PI - log_ndtr(-low))
    return log_h * -1.0 + jnp.log(b)


exponentially_modified_mode = root_of(_balance, lambda b: (jnp.zeros_like(b), jnp.ones_like(b), jnp.ones_like(b)))


def exponentially_modified_entropy(b: Array) -> Array:
    """-E log p(Z), by the trapezoidal rule, exponentially accurate: 16 ulp of max(1, |result|).

    Below b = 1 as 1 - log b - b²/2 - E log Φ(Z - b), where b e^(-b²/2 - by) Φ(y) log Φ(y) has no other scale than 1; above
    as ½ (1 + log 2π) + 1/b² - E log(p(Z)/φ(Z)), where nothing large cancels.
    """
    low = b < 1
    small, large = jnp.where(low, b, 0.5), jnp.where(low, 2.0, b)
    end = cut_off(jnp.where(large < 9, 40 / large + 0.5 * large, 9.5))
    step = (end + 9.5) / 128

    def add(j, totals):
        j = lax.convert_element_type(j, b.dtype)
        y = 0.4 * (j - 26)
        share = jnp.exp(-0.5 * small * small - small * y + log_ndtr(y)) * log_ndtr(y)
        z = step * j - 9.5
        log_p = exponentially_modified_log_prob(z, large)
        return totals[0] + share, totals[1] + jnp.exp(log_p) * (log_p + 0.5 * z * z + HALF_LOG_2PI)

    zero = jnp.zeros_like(b)
    share, excess = lax.fori_loop(0, 129, add, (zero, zero))
    below = 1 - jnp.log(small) - 0.5 * small * small - 0.4 * small * share
    return jnp.where(low, below, 0.5 + HALF_LOG_2PI + 1 / large**2 - step * excess)
