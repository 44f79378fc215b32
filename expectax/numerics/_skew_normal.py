"""Tails, quantile, mode and entropy of the standard skew normal, with density 2 φ(z) Φ(αz).

The tail on the thin side, which is what Owen's T is subtracted from,

    L(h, a) = P(Z < -h) = Q(h) - 2 T(h, a) = 2 ∫_h^∞ φ(t) Φ(-at) dt,   h, a >= 0,   Q = 1 - Φ,

is integrated as it stands: the integrand is log-concave. The others follow without cancellation, for α > 0:

    P(Z > z) = 2 Q(z) - L(z, α) for z > 0,   P(Z <= z) = erf(z/√2) + L(z, α) for z > 0,   L(-z, α) below.

Source: Azzalini, "A class of distributions which includes the normal ones" (1985).
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._gamma import HALF_LOG_2PI
from ._log import log1mexp, log1p
from ._normal import hazard, hazard_excess, log_ndtr, normal_density, upper_mills
from ._quadrature import log_integral, quadrature
from ._root import root_of, tail_inverse

_LOG_2 = math.log(2)
_STEEPEST = {4: 1e12, 8: 1e100}
"""α from where on nothing changes: half a normal."""


@jax.custom_jvp
def _log_thin_share(h: Array, a: Array) -> Array:
    """log of L(h, a)/Q(h), at most 0, with L = 2 φ(h) φ(ah) M(ah) I and Mills' ratio M."""
    return -0.5 * (a * h) ** 2 - HALF_LOG_2PI + jnp.log(2 * upper_mills(a * h) / upper_mills(h)) + _log_rest(h, a)


@_log_thin_share.defjvp
def _log_thin_share_jvp(primals, tangents):
    # L_h = -L/I, L_a = -L/((1 + a²) M(ah) I), Q' = -φ
    h, a = primals
    inverse = jnp.exp(-_log_rest(h, a))
    by_a = -inverse / ((1 + a * a) * upper_mills(a * h))
    return _log_thin_share(h, a), (hazard(h) - inverse) * tangents[0] + by_a * tangents[1]


def _log_rest(h: Array, a: Array) -> Array:
    """log of I, the integral of φ(h + s) Φ(-a (h + s)) over s > 0 in units of the integrand's first value."""
    steep = 1 + a * a
    begin = upper_mills(a * h)

    def exponent(s):
        at = a * (h + s)
        value = -steep * s * (h + 0.5 * s) + jnp.log(upper_mills(at) / begin)
        return value, -steep * (h + s) - a * hazard_excess(at)

    depth = quadrature(h.dtype)[2]
    return log_integral(exponent, 2 * depth / (steep * h + jnp.sqrt(steep) * jnp.sqrt(steep * h * h + 2 * depth)))


def skew_normal_log_cdf(z: Array, skewness: Array) -> Array:
    """log P(Z <= z), to a few ulp of max(1, its derivatives times arguments); log P(Z > z) is that of (-z, -α)."""
    flat = skewness < 0
    top = _STEEPEST[z.dtype.itemsize]
    a = jnp.where(flat, -skewness, skewness)
    a = jnp.where(a > top, top, a)
    at = jnp.where(flat, -z, z)  # of the variate with α > 0, whose thin side is below
    upper = at > 0
    beyond = at * at * jnp.where(a > 1, a * a, 1.0) == jnp.inf
    size = jnp.where(beyond, 0.0, jnp.where(upper, at, -at))
    log_normal, share = log_ndtr(-size), _log_thin_share(*jnp.broadcast_arrays(size, a))
    thin = log_normal + share
    thick = log_normal + _LOG_2 + log1p(-0.5 * jnp.exp(share))
    near = size < 1
    bulk = jnp.log(lax.erf(jnp.where(near, size, 0.5) * math.sqrt(0.5)) + jnp.exp(thin))
    below = jnp.where(upper, jnp.where(near, bulk, log1mexp(jnp.where(near, -1.0, thick))), thin)
    above = jnp.where(upper, thick, log1mexp(thin))
    value = jnp.where(flat, above, below)
    at_ends = jnp.where(z > 0, 0.0, -jnp.inf)
    return jnp.where(beyond, jnp.where(jnp.isnan(value), jnp.nan, at_ends), value)


def _log_tail(z: Array, upper: Array, skewness: Array) -> Array:
    sign = jnp.where(upper, -1.0, 1.0).astype(z.dtype)
    return skew_normal_log_cdf(sign * z, sign * skewness)


def _start(skewness: Array) -> tuple[Array, Array, Array]:
    shrink = 1 / jnp.sqrt(1 + skewness * skewness)
    return 0.8 * skewness * shrink, jnp.ones_like(skewness), shrink


skew_normal_quantile = tail_inverse(_log_tail, _start)


def _balance(z: Array, skewness: Array) -> Array:
    return z - skewness * hazard(-skewness * z)


skew_normal_mode = root_of(_balance, lambda skewness: (0 * skewness, *_start(skewness)[1:]))


def skew_normal_entropy_loss(skewness: Array) -> Array:
    """What the entropy is less than the normal's: log 2 + 2 E[Φ(αε) log Φ(αε)], by the trapezoidal rule.

    In t = αε the integrand falls like φ(t) and φ(t/α): the scale of steps is that of the product.
    """
    size = jnp.abs(skewness)
    shrink = 1 / jnp.sqrt(1 + size * size)
    steps, reach = (40, 9.0) if size.dtype == jnp.float64 else (24, 6.0)

    def add(j, total):
        z = shrink * (reach / steps) * lax.convert_element_type(j - steps, size.dtype)
        log_share = log_ndtr(size * z)
        return total + normal_density(z) * jnp.exp(log_share) * log_share

    total = lax.fori_loop(0, 2 * steps + 1, add, jnp.zeros_like(size))
    return _LOG_2 + 2 * (reach / steps) * shrink * total
