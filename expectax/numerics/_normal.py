"""The normal distribution function, its logarithm and what belongs to them.

Everything comes from Mills' ratio M(z) = (1 - Φ(z))/φ(z) and the excess of its inverse, the hazard h = 1/M, over z:

    erfcx(x) = √(2/π) M(√2 x)      log Φ(-z) = -z²/2 - ½ log 2π + log M(z)      h' = h (h - z)

"""

import math

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .._typing import Array
from ._gamma import HALF_LOG_2PI
from ._log import log1mexp, log1p
from ._normal_inverse import ndtri_centre_single, ndtri_single
from ._polynomial import from_chebyshev, horner

_POLE = 4.0
# Chebyshev series of (z + 4) M(z) in (z - 4)/(z + 4), by interpolation at 60 points in 50 digits. The variable is that
# of Shepherd & Laframboise, "Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 <= x < ∞" (1981).
_MILLS = (
    2.4325604285150405662,
    -1.8842545745794834571,
    0.55695664909638164919,
    -0.121615972144204572,
    0.017360708143727771424,
    -0.00080362120072996560518,
    -0.00025203493480543532543,
    0.000047383719270581173533,
    2.5325891365988258147e-6,
    -1.5404069839912999192e-6,
    -8.4749606300616958916e-9,
    5.1853386010946722596e-8,
    -2.8281293276602497733e-10,
    -1.948656637889107601e-9,
    -2.4919454968275671215e-11,
    7.9572487194488463885e-11,
    4.6184141791552192723e-12,
    -3.290856124224384926e-12,
    -4.3653840438097299451e-13,
    1.2300711839232774249e-13,
    3.2414173582086781336e-14,
    -3.0532395587325665275e-15,
    -2.0183740275707353201e-15,
    -7.1701955014225876438e-17,
    1.0169552398038542051e-16,
    1.7562442280533558988e-17,
)
# likewise of (z + 4)² (1 - z M(z))
_EXCESS = (
    5.8672267504104689378,
    -6.8693326437908567433,
    2.5438668455355081799,
    -0.62976495395795408829,
    0.091218940949952486016,
    -0.0012009154283937664736,
    -0.0023606371019588505303,
    0.00031209024269731621107,
    0.000049251387511141396489,
    -0.000014134829409821564803,
    -1.1929657844208791265e-6,
    5.8120735738073324572e-7,
    4.4144217011053700183e-8,
    -2.4436905482342733676e-8,
    -2.5203345335171890127e-9,
    1.0325278882702154501e-9,
    1.7135569415427168298e-10,
    -4.0188955121042796541e-11,
    -1.162530224051959122e-11,
    1.1169444262192049591e-12,
    7.2732864356770104531e-13,
    1.4433792830772693298e-14,
    -3.9219208543903715181e-14,
    -5.6259510799102278994e-15,
    1.5661071080199421931e-15,
    5.5478237675688790402e-16,
)
_MILLS_COEFFICIENTS = {4: from_chebyshev(_MILLS, 12), 8: from_chebyshev(_MILLS, 25)}
_EXCESS_COEFFICIENTS = {4: from_chebyshev(_EXCESS, 14), 8: from_chebyshev(_EXCESS, 26)}


def upper_mills(z: Array) -> Array:
    """M(z) for z >= 0, to 3 ulp."""
    u, series = _series(_MILLS_COEFFICIENTS, z)
    return u * series


def mills_moment(z: Array) -> Array:
    """1 - z M(z) = ∫₀^∞ s exp(-z s - s²/2) ds for z >= 0, where the difference would lose its digits; 4 ulp."""
    u, series = _series(_EXCESS_COEFFICIENTS, z)
    return u * u * series


def _series(coefficients: dict[int, tuple[float, ...]], z: Array) -> tuple[Array, Array]:
    """(1/(z + 4), the series in (z - 4)/(z + 4)), also at inf."""
    # one loop over the lanes, as XLA sees it, holds no expensive operation with several uses: abs is cheap
    u = jnp.abs(1 / (z + _POLE))
    return u, horner(coefficients[z.dtype.itemsize], 1 - 2 * _POLE * u)


def square_exp(x: Array, factor: float) -> Array:
    """exp(factor x²) without the error of x² that grows with x²: x is cut to a multiple of 1/16 (Cody 1969)."""
    near = jnp.abs(x) < 64
    cut = jnp.where(near, jnp.round(16 * jnp.where(near, x, 0.0)) / 16, x)
    rest = jnp.where(near, x - jnp.where(near, cut, 0.0), 0.0)
    return jnp.exp(factor * cut * cut) * jnp.exp(factor * rest * jnp.where(near, x + cut, 0.0))


def normal_density(z: Array) -> Array:
    """φ(z), to a few ulp however far out."""
    return square_exp(z, -0.5) * (1 / math.sqrt(2 * math.pi))


# --- hazard ---


@jax.custom_jvp
def hazard(z: Array) -> Array:
    """h(z) = φ(z)/(1 - Φ(z)), the inverse of Mills' ratio, for every z: 4 ulp for z >= 0, 8 below."""
    upper = z >= 0
    below = jnp.where(upper, -1.0, z)
    lower = normal_density(below) / (1 - upper_tail(-below))
    return jnp.where(upper, 1 / upper_mills(jnp.where(upper, z, 0.0)), lower)


@hazard.defjvp
def _hazard_jvp(primals, tangents):
    (z,), (dz,) = primals, tangents
    h = hazard(z)
    return h, h * hazard_excess(z) * dz


def hazard_excess(z: Array) -> Array:
    """h(z) - z > 0: about 1/z for large z, where the difference would have no digits left; 10 ulp."""
    upper = z > 0
    size = jnp.where(upper, z, 0.0)
    u, series = _series(_EXCESS_COEFFICIENTS, size)
    return jnp.where(upper, u * series / _series(_MILLS_COEFFICIENTS, size)[1], hazard(z) - z)


# --- erfcx ---


@jax.custom_jvp
def erfcx(x: Array) -> Array:
    """The complementary error function times exp(x²): to 4 ulp for x >= 0, to 6 ulp below, as 2 exp(x²) less that of -x."""
    z = math.sqrt(2.0) * jnp.abs(x)
    upper = math.sqrt(2 / math.pi) * upper_mills(z)
    return jnp.where(x >= 0, upper, 2 * square_exp(jnp.where(x >= 0, 0.0, x), 1.0) - upper)


@erfcx.defjvp
def _erfcx_jvp(primals, tangents):
    # M' = z M - 1 = -M (h - z)
    (x,), (dx,) = primals, tangents
    y = erfcx(x)
    return y, -math.sqrt(2.0) * y * hazard_excess(math.sqrt(2.0) * x) * dx


# --- distribution function ---


def upper_tail(z: Array) -> Array:
    """1 - Φ(z) for z >= 0."""
    return normal_density(z) * upper_mills(z)


@jax.custom_jvp
def ndtr(z: Array) -> Array:
    """Φ(z), to 4 ulp in both tails; results below the smallest normal number are flushed to 0."""
    tail = upper_tail(jnp.abs(z))
    return jnp.where(z < 0, tail, 1 - tail)


@ndtr.defjvp
def _ndtr_jvp(primals, tangents):
    return ndtr(*primals), normal_density(primals[0]) * tangents[0]


@jax.custom_jvp
def log_ndtr(z: Array) -> Array:
    """log Φ(z), to 4 ulp in both tails: -z²/2 - ½ log 2π + log M(-z) below 0, log(1 - Φ(-z)) above."""
    size = jnp.abs(z)
    below = -0.5 * size * size - HALF_LOG_2PI + jnp.log(upper_mills(size))
    return jnp.where(z < 0, below, log1p(-upper_tail(jnp.where(z < 0, 0.0, size))))


@log_ndtr.defjvp
def _log_ndtr_jvp(primals, tangents):
    return log_ndtr(*primals), hazard(-primals[0]) * tangents[0]


@jax.custom_jvp
def ndtri(p: Array) -> Array:
    """z with Φ(z) = p, in double precision by JAX's `ndtri` (Cephes' rational functions), to a few ulp."""
    return special.ndtri(p) if p.dtype == jnp.float64 else ndtri_single(p)


@ndtri.defjvp
def _ndtri_jvp(primals, tangents):
    z = ndtri(*primals)
    return z, _inverse_density(z) * tangents[0]


@jax.custom_jvp
def ndtri_centre(p: Array) -> Array:
    """z >= 0 with P(|ε| <= z) = p for a standard normal ε, to a few ulp."""
    if p.dtype != jnp.float64:
        return ndtri_centre_single(p)
    near = p < 0.5
    given = jnp.where(near, p, 0.25)
    lower = math.sqrt(2) * lax.erf_inv(given)
    # a step of Newton's method: XLA's inverse has single precision near 0
    lower = lower - (lax.erf(math.sqrt(0.5) * lower) - given) * 0.5 * _inverse_density(lower)
    return jnp.where(near, lower, -ndtri(0.5 - 0.5 * jnp.where(near, 0.5, p)))


@ndtri_centre.defjvp
def _ndtri_centre_jvp(primals, tangents):
    z = ndtri_centre(*primals)
    return z, 0.5 * _inverse_density(z) * tangents[0]


@jax.custom_jvp
def _inverse_density(z: Array) -> Array:
    """1/φ(z), infinite at ±inf; its derivative z/φ(z) is so too, where that of the quotient would be NaN."""
    return 1 / normal_density(z)


@_inverse_density.defjvp
def _inverse_density_jvp(primals, tangents):
    inverse = _inverse_density(*primals)
    return inverse, primals[0] * inverse * tangents[0]


@jax.custom_jvp
def ndtri_exp(log_p: Array) -> Array:
    """z with log Φ(z) = log_p <= 0: a few ulp, for log_p from -10³⁰ to -10⁻³⁰; ±inf at the ends.

    Solves for the smaller tail, from `tail_start`, by the inverse to third order of log M(z) - z²/2 in what is left.
    """
    inside = (log_p < 0) & (log_p > -jnp.inf)
    safe = jnp.where(inside, log_p, -1.0)
    upper = safe > -math.log(2.0)
    tail = jnp.where(upper, log1mexp(jnp.where(upper, safe, -1.0)), safe)
    zero, depth = jnp.zeros_like(tail), -math.log(2.0) - tail
    mills_at_0 = upper_mills(zero)
    z = tail_start(zero, mills_at_0, depth)
    for _ in range(2 if tail.dtype == jnp.float64 else 1):
        mills = upper_mills(z)
        left = depth - 0.5 * z * z + jnp.log(mills / mills_at_0)
        step = left * mills  # over the hazard h
        bent = left * jnp.where(z < 30, 1 - z * mills, mills * mills)  # times (h - z)/h, about 1/z² far out
        z = z + step * (1 - 0.5 * bent + (2 * bent * bent - left * bent + step * step) * (1 / 6))
    z = jnp.where(upper, z, -z)
    return jnp.where(inside, z, jnp.where(log_p == 0, jnp.inf, jnp.where(log_p == -jnp.inf, -jnp.inf, jnp.nan)))


@ndtri_exp.defjvp
def _ndtri_exp_jvp(primals, tangents):
    z = ndtri_exp(*primals)
    return z, _mills(-z) * tangents[0]


@jax.custom_jvp
def _mills(z: Array) -> Array:
    """1/h(z) for every z: inf at -inf, 0 at inf."""
    return 1 / hazard(z)


@_mills.defjvp
def _mills_jvp(primals, tangents):
    mills = _mills(*primals)
    return mills, -mills * hazard_excess(*primals) * tangents[0]


def tail_start(start: Array, mills: Array, depth: Array) -> Array:
    """About the d >= 0 with 1 - Φ(start + d) = e^-depth (1 - Φ(start)): to 1 %, and to 0.4 % up to a depth of 88.

    That solves G(d) = d (start + d/2) - log M(start + d)/M(start) = depth. G' is the hazard, and G'' grows from about
    1 - 1/(3 + ...) at d = 0 to 1: G is taken for a parabola with a value between (fitted).

    Args:
        start: 0 or more.
        mills: M(start).
        depth: 0 or more.
    """
    least, grown = 3.08 + start * (1.35 + 0.63 * start), jnp.where(depth < 150, depth, 150.0)
    bend = 1 - (1 + 0.025 * grown) / (least * (1 + 0.113 * depth))
    rise = depth * mills
    return jnp.abs(2 * rise / (1 + jnp.sqrt(1 + 2 * bend * rise * mills)))
