"""The regularised incomplete beta function and the tail of Student's t in log space.

With k = x^a (1 - x)^b / B(a, b), the density of the log-odds at log(x/(1 - x)), and n = a + b,

    I_x(a, b) = k ∫₀^∞ exp(-a s - n log(1 + x (e⁻ˢ - 1))) ds,

whose integrand is log-concave and falls from 1 if x <= a/n: Gauss-Legendre where both parameters are 8 or more. Else the
continued fraction, Abramowitz & Stegun 26.5.8, by Lentz's method. k comes from `log_gamma_kernel`, so the tails keep
their digits; the larger probability is one minus the smaller.
"""

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .._typing import Array
from ._forward import by_forward_mode
from ._gamma import HALF_LOG_2PI, log_gamma_kernel, stirling_error
from ._incomplete_gamma import log_integral, quadrature
from ._log import log1mexp, log1p, log1p_over

_BY_INTEGRAL = 8.0


def log_betainc(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log I_x(a, b) for a, b > 0 and x in [0, 1], given y = 1 - x too so that neither end loses digits.

    Accuracy: a few ulp of max(1, |log I|, n |x - a/n|), both tails; derivatives in a, b and x (through x and y).
    """
    inside = (x > 0) & (y > 0)
    log_tail, is_lower = _log_smaller_tail(a, b, jnp.where(inside, x, 0.5), jnp.where(inside, y, 0.5))
    rest = log1mexp(jnp.where(is_lower, -1.0, log_tail))
    at_edge = jnp.where(x == 0, -jnp.inf, jnp.where(y == 0, 0.0, jnp.nan))
    return jnp.where(inside, jnp.where(is_lower, log_tail, rest), at_edge)


def _log_smaller_tail(a: Array, b: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """(log of I_x or of 1 - I_x, whether it is I_x): I_x if x is below the mean."""
    lower = x * b <= a * y
    a, b = jnp.where(lower, a, b), jnp.where(lower, b, a)
    x, y = jnp.where(lower, x, y), jnp.where(lower, y, x)
    by_integral = jnp.minimum(a, b) >= _BY_INTEGRAL
    log_integral_part = _log_mills_by_integral(*(jnp.where(by_integral, v, w) for v, w in ((a, 9.0), (b, 9.0), (x, 0.5), (y, 0.5))))
    log_fraction = _log_fraction(*(jnp.where(by_integral, w, v) for v, w in ((a, 1.0), (b, 1.0), (x, 0.5))))
    log_mills = jnp.where(by_integral, log_integral_part, log_fraction - jnp.log(a))
    return log_beta_kernel(a, b, x, y) + log_mills, lower


def log_beta_kernel(a: Array, b: Array, x: Array, y: Array) -> Array:
    """a log x + b log y - log B(a, b), y = 1 - x: the log-density of the log-odds; a few ulp of max(1, n |x - a/n|)."""
    n = a + b
    return log_gamma_kernel(a, n * x) + log_gamma_kernel(b, n * y) - log_gamma_kernel(n, n)


def _log_mills_by_integral(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(I_x/k), for n x <= a."""
    n = a + b

    def exponent(s):
        fall = x * jnp.expm1(-s)
        rest = log1p(fall)
        return -a * s - n * rest, -a + n * (x + fall) / (1 + fall)

    depth = quadrature(x.dtype)[2]
    slope = a * y - b * x
    start = 2 * depth / (slope + jnp.sqrt(slope * slope + 2 * depth * n * x * y))
    return log_integral(exponent, start)


@by_forward_mode
def _log_fraction(a: Array, b: Array, x: Array) -> Array:
    """log(a I_x/k) by the continued fraction; converges for x below the mean in O(√max(a, b)) steps."""
    tiny = jnp.finfo(x.dtype).tiny ** 0.5

    def lentz(state, coefficient):
        c, d, h = state
        d = 1 / _away_from_zero(1 + coefficient * d, tiny)
        c = _away_from_zero(1 + coefficient / c, tiny)
        return c, d, h * (c * d)

    def step(state):
        m, *cdh = state
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return (m + 1, *lentz(lentz(tuple(cdh), even), odd))

    def unfinished(state):
        m, c, d, _ = state
        return (m < 2000) & (jnp.abs(c * d - 1) > jnp.finfo(x.dtype).eps).any()

    d = 1 / _away_from_zero(1 - (a + b) * x / (a + 1), tiny)
    start = (jnp.ones((), x.dtype), jnp.ones_like(x), d, d)
    return jnp.log(lax.while_loop(unfinished, step, start)[3])


def _away_from_zero(x: Array, tiny: Array) -> Array:
    return jnp.where(jnp.abs(x) < tiny, tiny, x)


def student_t_log_cdf(df: Array, z: Array) -> Array:
    """log P(T <= z) for ν = df > 0 degrees of freedom, inf included; a few ulp of max(1, |log P|), both tails."""
    size = jnp.abs(z)
    normal = df == jnp.inf
    log_tail = _student_log_tail(jnp.where(normal, 1.0, df), jnp.where(jnp.isinf(z), 1.0, size))
    log_tail = jnp.where(normal, special.log_ndtr(-size), jnp.where(jnp.isinf(z), -jnp.inf, log_tail))
    return jnp.where(z <= 0, log_tail, log1mexp(jnp.where(z <= 0, -1.0, log_tail)))


def _student_log_tail(df: Array, t: Array) -> Array:
    """log P(T > t) for t >= 0."""
    by_integral = df >= 2 * _BY_INTEGRAL
    wide = _student_log_tail_by_integral(jnp.where(by_integral, df, 16.0), jnp.where(by_integral, t, 1.0))
    few, t = jnp.where(by_integral, 1.0, df), jnp.where(by_integral, 1.0, t)
    # P(T > t) = ½ I_x(ν/2, ½) with x = ν/(ν + t²); the quotient survives where t² overflows
    r = t / jnp.sqrt(few)
    large = r > 1
    inverse = 1 / jnp.where(large, r, 1.0)
    small = jnp.where(large, 0.0, r)
    x = jnp.where(large, inverse * inverse / (1 + inverse * inverse), 1 / (1 + small * small))
    y = jnp.where(large, 1 / (1 + inverse * inverse), small * small / (1 + small * small))
    narrow = log_betainc(0.5 * few, jnp.full_like(few, 0.5), x, y) - jnp.log(2.0).astype(t.dtype)
    return jnp.where(by_integral, wide, narrow)


def _student_log_tail_by_integral(df: Array, t: Array) -> Array:
    """As the integral of the density of w = asinh(t/√ν), cosh^{-ν}(w) up to a factor, for ν >= 16."""
    r = t / jnp.sqrt(df)
    root = jnp.sqrt(1 + r * r)
    tau = r / root

    def exponent(s):
        half = jnp.sinh(0.5 * s)
        rise = 2 * half * half + tau * jnp.sinh(s)  # cosh(w + s)/cosh(w) - 1
        return -df * log1p(rise), -df * (jnp.sinh(s) + tau * jnp.cosh(s)) / (1 + rise)

    depth = quadrature(t.dtype)[2]
    start = 2 * depth / (df * tau + jnp.sqrt((df * tau) ** 2 + 2 * depth * df))
    half = 0.5 * df
    log_normaliser = 0.5 * (log1p_over(1 / df) - 1) + stirling_error(half + 0.5) - stirling_error(half) - HALF_LOG_2PI
    # density of w: p(t) √(ν + t²)
    log_kernel = log_normaliser + 0.5 * jnp.log(df) - 0.5 * df * log1p(r * r)
    return log_kernel + log_integral(exponent, start)
