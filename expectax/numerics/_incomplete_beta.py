"""The regularised incomplete beta function in log space.

With k = x^a (1 - x)^b / B(a, b), the density of the log-odds at log(x/(1 - x)), and n = a + b,

    I_x(a, b) = k ∫₀^∞ exp(-a s - n log(1 + x (e⁻ˢ - 1))) ds,

whose integrand is log-concave and falls from 1 if x <= a/n: Gauss-Legendre where both parameters are 8 or more. Else
the power series where it is short (Abramowitz & Stegun 26.5.4), and a continued fraction.
k comes from `log_gamma_kernel`, so the tails keep their digits; the larger probability is one minus the smaller.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._digamma import digamma_error_gap
from ._forward import by_forward_mode
from ._gamma import log_gamma1p, log_gamma_difference, log_gamma_kernel, log_gamma_kernel_of_product
from ._log import divide, log1mexp, log1p
from ._quadrature import log_integral, mean_over_tail, quadrature

_BY_INTEGRAL = 8.0


@jax.custom_jvp
def log_betainc(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log I_x(a, b) for a, b > 0 and x in [0, 1], given y = 1 - x too so that neither end loses digits.

    Accuracy: a few ulp of max(1, |log I|, n |x - a/n|), both tails; derivatives in a, b and x (through x and y).
    """
    inside = (x > 0) & (y > 0)
    log_tail, is_lower, _ = _log_one_tail(a, b, jnp.where(inside, x, 0.5), jnp.where(inside, y, 0.5))
    rest = log1mexp(jnp.where(is_lower, -1.0, log_tail))
    at_edge = jnp.where(x == 0, -jnp.inf, jnp.where(y == 0, 0.0, jnp.nan))
    return jnp.where(inside, jnp.where(is_lower, log_tail, rest), at_edge)


def _log_betainc_jvp(primals, tangents):
    a, b, x, y = primals
    value = log_betainc(*primals)
    inside = (x > 0) & (y > 0)
    safe_x, safe_y = jnp.where(inside, x, 0.5), jnp.where(inside, y, 0.5)
    change = jnp.zeros_like(value)
    _, is_lower, log_mills = _log_one_tail(a, b, safe_x, safe_y)
    log_ratio = jnp.where(is_lower, -log_mills, log_beta_kernel(a, b, safe_x, safe_y) - value)
    # k/I (dx/x - dy/y): with dy = -dx, the density k/(x y) over I
    for tangent, at, sign in ((tangents[2], safe_x, 1.0), (tangents[3], safe_y, -1.0)):
        if not isinstance(tangent, SymbolicZero):
            change = change + jnp.where(inside, divide(sign * jnp.exp(log_ratio), at), 0.0) * tangent
    for i in (0, 1):
        if not isinstance(tangents[i], SymbolicZero):
            change = change + jnp.where(inside, _partial(i, a, b, safe_x, safe_y), 0.0) * tangents[i]
    return value, change


log_betainc.defjvp(_log_betainc_jvp, symbolic_zeros=True)


def _partial(i: int, a: Array, b: Array, x: Array, y: Array) -> Array:
    """∂ log I/∂a (i = 0) or ∂b."""

    def log_lower(a, b):
        log_tail, is_lower, _ = _log_one_tail(a, b, x, y)
        return jnp.where(is_lower, log_tail, log1mexp(jnp.where(is_lower, -1.0, log_tail)))

    directions = tuple(jnp.ones_like(a) if j == i else jnp.zeros_like(a) for j in (0, 1))
    return jax.jvp(log_lower, (a, b), directions)[1]


def _log_one_tail(a: Array, b: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """(log of I_x or of 1 - I_x, whether it is I_x, the same less log k): by the series if either has one, else that below its mean."""
    by_integral = jnp.minimum(a, b) >= _BY_INTEGRAL
    series_x = ~by_integral & (x <= 0.3) & (b * x <= 1)
    series_y = ~by_integral & (y <= 0.3) & (a * y <= 1)
    lower = jnp.where(series_x | series_y, series_x, x * b <= a * y)
    a, b = jnp.where(lower, a, b), jnp.where(lower, b, a)
    x, y = jnp.where(lower, x, y), jnp.where(lower, y, x)
    by_series = series_x | series_y
    # every method sees harmless numbers where another is chosen
    fraction = _log_fraction(*_where(by_integral | by_series, (1.0, 1.0, 0.5, 0.5), (a, b, x, y)))
    integral = _log_mills_by_integral(*_where(by_integral, (a, b, x, y), (9.0, 9.0, 0.5, 0.5)))
    series_a, series_b, series_x = _where(by_series, (a, b, x), (1.0, 1.0, 0.1))
    series = _log_series(series_a, series_b, series_x) - series_b * log1p(-series_x)
    log_mills = jnp.where(by_integral, integral, jnp.where(by_series, series, fraction))
    # all terms of log I are of order a as a → 0, also those of the normaliser
    tiny = by_series & (a < 1)
    tiny_a, tiny_b, tiny_x = _where(tiny, (a, b, x), (0.5, 1.0, 0.1))
    log_normaliser = log_gamma_difference(tiny_b, tiny_a) - log_gamma1p(tiny_a)
    near_1 = tiny_a * jnp.log(tiny_x) + log_normaliser + log1p(tiny_a * _series(tiny_a, tiny_b, tiny_x))
    log_kernel = log_beta_kernel(a, b, x, y)
    log_mills = jnp.where(tiny, near_1 - log_kernel, log_mills)
    return jnp.where(tiny, near_1, log_kernel + log_mills), lower, log_mills


def _where(condition: Array, chosen: tuple, other: tuple) -> list[Array]:
    return [jnp.where(condition, v, w) for v, w in zip(chosen, other, strict=True)]


def _log_series(a: Array, b: Array, x: Array) -> Array:
    """log(I_x B/x^a), for x <= 0.3, b x <= 1."""
    return log1p(a * _series(a, b, x)) - jnp.log(a)


def _series(a: Array, b: Array, x: Array) -> Array:
    """Σ_{j>0} (1 - b)...(j - b) x^j / (j! (a + j)): I_x = x^a/(a B(a, b)) times 1 + a of it (A&S 26.5.4)."""
    total, term = jnp.zeros_like(x), jnp.ones_like(x)
    for j in range(1, 32 if x.dtype == jnp.float64 else 16):
        term = term * ((j - b) / j * x)
        total = total + term / (a + j)
    return total


@jax.custom_jvp
def log_beta_kernel(a: Array, b: Array, x: Array, y: Array) -> Array:
    """a log x + b log y - log B(a, b), y = 1 - x: the log-density of the log-odds; a few ulp of max(1, n |x - a/n|)."""
    n = a + b
    parts = log_gamma_kernel_of_product(a, n, x) + log_gamma_kernel_of_product(b, n, y)
    return parts - log_gamma_kernel(n, n)


@log_beta_kernel.defjvp
def _log_beta_kernel_jvp(primals, tangents):
    a, b, x, y = primals
    by_a = _log_share(a, b, x, y) + digamma_error_gap(a, b)
    by_b = _log_share(b, a, y, x) + digamma_error_gap(b, a)
    change = by_a * tangents[0] + by_b * tangents[1] + divide(a, x) * tangents[2] + divide(b, y) * tangents[3]
    return log_beta_kernel(*primals), change


def _log_share(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(x (a + b)/a), y = 1 - x: near 1 from (x b - y a)/a, and x near 1 from y."""
    gap = (x * b - y * a) / a
    near = jnp.abs(gap) < 0.5
    log_x = jnp.where(x > 0.5, log1p(-jnp.where(x > 0.5, y, 0.0)), jnp.log(jnp.where(x > 0.5, 0.5, x)))
    return jnp.where(near, log1p(jnp.where(near, gap, 0.0)), log_x + log1p(b / a))


@jax.custom_jvp
def _log_mills_by_integral(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(I_x/k), for n x <= a."""
    return log_integral(*_integrand(a, b, x, y))


@_log_mills_by_integral.defjvp
def _log_mills_by_integral_jvp(primals, tangents):
    # means over the tail of the exponent's slopes: the cut has no part in them
    a, b, x, y = primals
    integrand = _integrand(*primals)

    def mean(of):
        return mean_over_tail(*integrand, of)

    by_a, by_b = -mean(lambda s: log1p(y * jnp.expm1(s))), -mean(lambda s: log1p(x * jnp.expm1(-s)))
    by_x = -b * mean(lambda s: jnp.expm1(-s) / (1 + x * jnp.expm1(-s)))
    by_y = -a * mean(lambda s: jnp.expm1(s) / (1 + y * jnp.expm1(s)))
    change = by_a * tangents[0] + by_b * tangents[1] + by_x * tangents[2] + by_y * tangents[3]
    return _log_mills_by_integral(*primals), change


def _integrand(a: Array, b: Array, x: Array, y: Array):
    """s -> (φ(s), φ'(s)) of the integral at the top, and about where φ has fallen to the quadrature's depth.

    φ = -a log(x + y eˢ) - b log(y + x e⁻ˢ), so that no terms of size a s are subtracted where x is near 1.
    """

    def exponent(s):
        fall = jnp.expm1(-s)
        rise = -fall / (1 + fall)  # eˢ - 1
        below, above = 1 + x * fall, 1 + y * rise
        value = -a * log1p(y * rise) - b * log1p(x * fall)
        return value, -a * (y * (1 + rise) / above) + b * (x * (1 + fall) / below)

    depth = quadrature(x.dtype)[2]
    slope = a * y - b * x
    return exponent, 2 * depth / (slope + jnp.sqrt(slope * slope + 2 * depth * (a + b) * x * y))


@by_forward_mode
def _log_fraction(a: Array, b: Array, x: Array, y: Array) -> Array:
    """log(I_x/k) for n x <= a by the continued fraction of DiDonato & Morris (1992), equation 9, after Lentz.

    It takes the distance from the mean, a y - b x, and nowhere 1 - x, so no digits are lost as x nears 1.
    """
    excess = a * y - b * x
    tiny = float(jnp.finfo(x.dtype).tiny) ** 0.5

    def terms(n):
        w, s = n * (b - n) * x, a + 2 * n - 1
        numerator = ((a + n - 1) / s) * ((a + b + n - 1) / s) * w * x
        return numerator, n + w / s + (a + n) / (a + 2 * n + 1) * (excess + 1 + n * (1 + y))

    def step(state):
        n, c, d, f = state
        numerator, denominator = terms(n)
        d = 1 / _away_from_zero(denominator + numerator * d, tiny)
        c = _away_from_zero(denominator + numerator / c, tiny)
        return n + 1, c, d, f * (c * d)

    def unfinished(state):
        n, c, d, _ = state
        return (n < 500) & (jnp.abs(c * d - 1) > 2 * jnp.finfo(x.dtype).eps).any()

    first = a / (a + 1) * (excess + 1)
    start = (jnp.ones((), x.dtype), first, jnp.zeros_like(x), first)
    return -jnp.log(lax.while_loop(unfinished, step, start)[3])


def _away_from_zero(x: Array, tiny: float) -> Array:
    return jnp.where(jnp.abs(x) < tiny, tiny, x)
