"""The sum of n uniform variables, Irwin-Hall's law, without its alternating sum.

Up to n = 40 by the recurrence of B-splines, f_m(s) = (s f_{m-1}(s) + (m - s) f_{m-1}(s - 1))/(m - 1) (de Boor, "A practical
guide to splines" (1978), chapter X), whose terms are all positive, with F_n(s) = Σ f_{n+1}(s - j). For larger n by Cauchy's
integrals along a line through t > 0 next to the saddle point,

    f_n = ∫ e^(K(s) - s y) ds/2πi,   F_n = ∫ e^(K(s) - s y)/s ds/2πi,   K(s) = n log(sinh(s/2)/(s/2)),   y = n/2 - z,

by the trapezoidal rule, whose error is what lies a period away: nothing. K(t + iv) is taken relative to K(t).
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._expm1 import expm1
from ._gamma import ZETA_MINUS_1
from ._hyperbolic import log_sinhc, log_sinhc_of_square, sinhc_slopes
from ._inverse import halley
from ._log import log1mexp, log1p
from ._normal import ndtri_exp
from ._polynomial import horner
from ._quadrature import cut_off

_BY_SPLINES = 40
_SCALE = 2.0**100
"""Of the tables: n! leaves the range of single precision."""
_OFFSET = 1.5
"""The least t in standard deviations; from there e^(-t · period) is below the unit roundoff."""
# tan p/p - 1 in p², 2 ζ(2k) (4ᵏ - 1) p^(2k-2)/π^(2k) (A&S 4.3.67, 23.2.16), for p <= 1/2
_TAN = tuple(2 * (1 + ZETA_MINUS_1[2 * k]) * (4**k - 1) / math.pi ** (2 * k) for k in range(2, 19))


def irwin_hall_log_density(z: Array, n: int) -> Array:
    """log f_n(z) for z in [0, n/2]: a few ulp of max(1, |result|, |z ∂/∂z|); -inf at 0 for n > 1."""
    return _log_of(z, n, density=True)


def irwin_hall_log_cdf(z: Array, n: int) -> Array:
    """log F_n(z) for z in [0, n/2], as `irwin_hall_log_density`."""
    return _log_of(z, n, density=False)


def _log_of(z: Array, n: int, density: bool) -> Array:
    power = n - 1 if density else n
    first = z < 1  # there it is z^power/power!
    edge = z == 0
    log_z = jnp.log(jnp.where(first & ~edge, z, 0.5))
    near = jnp.where(edge, 0.0 if power == 0 else -jnp.inf, power * log_z - math.lgamma(power + 1))
    inner = jnp.where(first, 1.25, z)
    beyond = _log_by_splines(inner, n, density) if n <= _BY_SPLINES else _log_by_contour(inner, n, density)
    return jnp.where(first, near, beyond)


# --- Few terms ---


def _log_by_splines(z: Array, n: int, density: bool) -> Array:
    cell = jnp.floor(z)
    u = z - cell
    table = [jnp.full_like(u, _SCALE)]
    for m in range(2, n + (1 if density else 2)):
        shifted = [jnp.zeros_like(u), *table, jnp.zeros_like(u)]
        table = [((u + j) * shifted[j + 1] + (m - j - u) * shifted[j]) / (m - 1) for j in range(m)]
    total = found = jnp.zeros_like(u)
    for j in range(n // 2 + 1):
        term = table[j] if j < len(table) else jnp.zeros_like(u)
        total = term if density else total + term
        found = jnp.where(cell == j, total, found)
    small = found < 1e-6 * _SCALE
    log = jnp.log(jnp.where(small & (found > 0), found, 1.0)) - math.log(_SCALE)
    return jnp.where(small, log, jnp.log(jnp.where(small, 1.0, found / _SCALE)))


# --- Many ---


def _log_by_contour(z: Array, n: int, density: bool) -> Array:
    double = z.dtype == jnp.float64
    reach, period = (14.0, 27.0) if double else (7.5, 13.0)  # in units of 1/σ and σ of the tilted law
    q = _saddle(z, n)
    spread = 0.5 * jnp.sqrt(n * sinhc_slopes(q)[1])
    count = math.ceil(reach * period / (2 * math.pi))
    step = cut_off(2 * math.pi / (period * spread))
    y = 0.5 * n - z

    def add(j, total):
        v = step * lax.convert_element_type(j, z.dtype)
        size, phase = _relative(q, 0.5 * v, n)
        angle = phase - v * y
        # over s = t + iv, times t
        real = jnp.cos(angle) if density else (jnp.cos(angle) + v / (2 * q) * jnp.sin(angle)) / (1 + (v / (2 * q)) ** 2)
        return total + jnp.where(j == 0, 0.5, 1.0).astype(z.dtype) * jnp.exp(size) * real

    total = lax.fori_loop(0, count + 1, add, jnp.zeros_like(z))
    steep = q > 1
    far = jnp.where(steep, q, 1.0)
    # K(t) - t y: from the end where t is large
    tilt = jnp.where(
        steep,
        2 * far * z + n * (log1mexp(-2 * far) - jnp.log(2 * far)),
        n * log_sinhc(jnp.where(steep, 0.5, q)) - 2 * q * y,
    )
    return tilt + jnp.log(total) + jnp.log(step / math.pi) - (0.0 if density else jnp.log(2 * q))


def _saddle(z: Array, n: int) -> Array:
    """t/2 where K' = y, coth q - 1/q = 1 - 2z/n, but never below the offset: Newton's method from Cohen's approximation (1991)."""
    rest = 2 * z / n
    ratio = 1 - rest
    q = ratio * (3 - ratio * ratio) / (rest * (1 + ratio))

    def newton(_, q):
        slope, bend = sinhc_slopes(q)
        large = q > 2
        far = jnp.where(large, q, 2.0)
        short = jnp.where(large, 1 / far - 2 / expm1(2 * far), 1 - slope)  # 1 - slope
        return jnp.abs(q + (short - rest) / bend)

    q = lax.fori_loop(0, 5, newton, q)
    least = 0.5 * _OFFSET / math.sqrt(n / 12)
    return cut_off(jnp.where(q > least, q, least))


def _relative(q: Array, p: Array, n: int) -> tuple[Array, Array]:
    """(log modulus, argument) of e^(K(2q + 2ip) - K(2q)), each relatively accurate for p < 1/2.

    sinh(q + ip)/sinh q = cos p (1 + i coth q tan p), over 1 + ip/q.
    """
    small = p < 0.5
    s, large = jnp.where(small, p, 0.25), jnp.where(small, 1.0, p)
    square, sine, cosine = s * s, jnp.sin(large), jnp.cos(large)
    log_sinc = jnp.where(small, log_sinhc_of_square(-square), jnp.log(jnp.abs(sine)) - jnp.log(large))
    ratio = p / q
    odds = ratio * ratio
    modulus = 0.5 * n * log1p(odds / (1 + odds) * expm1(2 * (log_sinc - log_sinhc(q))))
    kappa, tau = q * sinhc_slopes(q)[0], square * horner(_TAN, square)  # q coth q - 1, tan p/p - 1
    height = jnp.where(small, ratio * (kappa + tau + kappa * tau), (1 + kappa) / q * sine - ratio * cosine)
    width = jnp.where(small, 1 + odds * (1 + kappa) * (1 + tau), cosine + (1 + kappa) / q * ratio * sine)
    return modulus, n * jnp.arctan2(height, width)


# --- Inverse ---


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def irwin_hall_inverse(p: Array, n: int) -> Array:
    """z with F_n(z) = p for p in [0, 1/2]: a few ulp of max(z, |p ∂z/∂p|); from the left, z >= (n! p)^(1/n)."""
    inside = p > 0
    target = jnp.log(jnp.where(inside, p, 0.5))

    def log_tail(z):
        log_density, slope = jax.jvp(lambda z: irwin_hall_log_density(z, n), (z,), (jnp.ones_like(z),))
        value = irwin_hall_log_cdf(z, n)
        hazard = jnp.exp(log_density - value)
        return value, hazard, slope - hazard

    by_power = jnp.exp((target + math.lgamma(n + 1)) / n)
    by_normal = 0.5 * n + math.sqrt(n / 12) * ndtri_exp(target)
    start = jnp.minimum(jnp.where(by_normal > by_power, by_normal, by_power), 0.5 * n)
    return jnp.where(inside, jnp.minimum(halley(log_tail, target, start), 0.5 * n), jnp.where(p == 0, 0.0, jnp.nan))


@irwin_hall_inverse.defjvp
def _irwin_hall_inverse_jvp(n, primals, tangents):
    z = irwin_hall_inverse(*primals, n)
    inside = z > 0
    by_p = jnp.exp(-irwin_hall_log_density(jnp.where(inside, z, 0.5), n))
    return z, jnp.where(inside, by_p, 0.0) * tangents[0]
