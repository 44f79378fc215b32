"""The regularised incomplete gamma functions P and Q in log space.

With k(a, x) = x^a e⁻ˣ/Γ(a), the density of log X at log x, and t = x eʳ under the integral sign,

    Q(a, x) = k ∫₀^∞ exp(a s - x (eˢ - 1)) ds          P(a, x) = k ∫₀^∞ exp(-a s + x (1 - e⁻ˢ)) ds

The integrands are entire, log-concave, and fall from 1 on the side of the smaller tail: Gauss-Legendre on [0, S], where
they reach the unit roundoff. k is taken from `log_gamma_kernel`, so the tails keep their digits however far out and
however large a is. The larger probability is one minus the smaller.

Where the integrand has two scales (a < 2, x < a), series: Abramowitz & Stegun 6.5.29 and 6.5.33.
"""

import functools
import math

import jax.numpy as jnp

from .._typing import Array
from ._forward import by_forward_mode, with_partials
from ._gamma import log_gamma1p, log_gamma1p_any, log_gamma_kernel
from ._log import expm1_rest, log1mexp, log1p
from ._quadrature import log_integral, quadrature


def _by_log_x(tail_and_slope: Array, a: Array, x: Array, log_x: Array) -> Array:
    slope = jnp.where(is_upper_tail_smaller(a, x), -1.0, 1.0) * jnp.exp(tail_and_slope[1])
    return jnp.stack([slope, a - x - slope])


@functools.partial(by_forward_mode, known={1: lambda value, *_: jnp.zeros_like(value), 2: _by_log_x})
def log_tail_and_slope(a: Array, x: Array, log_x: Array) -> Array:
    """(log of the smaller tail, log of k over it) for a, x > 0: of Q from x = max(a, 1) on, else of P.

    log_x is given beside x, which may have underflowed; derivatives in x are taken through log_x.
    """
    upper = is_upper_tail_smaller(a, x)
    tiny = ~upper & (a < 1)
    small = ~upper & (a >= 1) & (a < 2)
    far_a, far_x = jnp.where(tiny | small, 32.0, a), jnp.where(tiny | small, 32.0, x)
    log_mills = _log_mills_by_integral(far_a, far_x, upper | tiny | small)
    # x may be 0 in a draw's derivative or at the edge: the kernel is then -inf, as it should
    log_mills = jnp.where(small, _log_mills_by_series(jnp.where(small, a, 1.0), jnp.where(small, x, 0.5)), log_mills)
    near_zero = _log_p_near_zero(jnp.where(tiny, a, 0.5), jnp.where(tiny, x, 0.5), jnp.where(tiny, log_x, -math.log(2)))
    log_kernel = log_gamma_kernel(jnp.where(tiny, 1.0, a), jnp.where(tiny, 1.0, x))
    log_tail = jnp.where(tiny, near_zero, log_kernel + log_mills)
    log_kernel_near_zero = a * log_x - x + jnp.log(a) - log_gamma1p(jnp.where(tiny, a, 0.5))
    return jnp.stack([log_tail, jnp.where(tiny, log_kernel_near_zero - near_zero, -log_mills)])


def is_upper_tail_smaller(a: Array, x: Array) -> Array:
    """Or is taken to be: from x = max(a, 1) on."""
    return x >= jnp.maximum(a, 1.0)


def _log_mills_by_integral(a: Array, x: Array, upper: Array) -> Array:
    """log(Q/k) where `upper` (x >= a), else log(P/k) (x < a, a >= 2)."""
    side = jnp.where(upper, 1.0, -1.0).astype(x.dtype)

    def exponent(s):
        r = side * s
        return (a - x) * r - x * expm1_rest(r), side * (a - x * jnp.exp(r))

    depth = quadrature(x.dtype)[2]
    return log_integral(exponent, 2 * depth / (jnp.abs(x - a) + jnp.sqrt((x - a) ** 2 + 2 * depth * x)))


def _log_mills_by_series(a: Array, x: Array) -> Array:
    """log(P/k) = log (Σ xⁿ / ((a + 1)...(a + n)) / a) for 1 <= a < 2, x < a."""
    total, term = jnp.ones_like(x), jnp.ones_like(x)
    for n in range(1, 22 if x.dtype == jnp.float64 else 13):
        term = term * (x / (a + n))
        total = total + term
    return jnp.log(total) - jnp.log(a)


def _log_p_near_zero(a: Array, x: Array, log_x: Array) -> Array:
    """log P = a log x - log Γ(1 + a) + log(1 - a Σ (-1)ⁿ⁺¹ xⁿ / ((a + n) n!)) for a, x < 1: all terms hold a factor a."""
    total, power = jnp.zeros_like(x), -jnp.ones_like(x)
    for n in range(1, 20 if x.dtype == jnp.float64 else 11):
        power = -power * x / n
        total = total + power / (a + n)
    return a * log_x - log_gamma1p(a) + log1p(-a * total)


def log_gammainc(a: Array, x: Array) -> Array:
    """log P(a, x) for a > 0, x >= 0: a few ulp of max(1, |log P|), both tails, any a; derivatives in both arguments."""
    return _log_gammainc(a, x, want_upper=False)


def log_gammaincc(a: Array, x: Array) -> Array:
    """log Q(a, x), Q = 1 - P, as `log_gammainc`."""
    return _log_gammainc(a, x, want_upper=True)


def _log_gammainc(a: Array, x: Array, want_upper: bool) -> Array:
    inside = (x > 0) & (x < jnp.inf)
    safe = jnp.where(inside, x, 1.0)
    log_tail = log_tail_and_slope(a, safe, jnp.log(safe))[0]
    wanted = is_upper_tail_smaller(a, safe) == want_upper
    rest = log1mexp(jnp.where(wanted, -1.0, log_tail))
    at_edge = jnp.where((x == 0) == want_upper, 0.0, -jnp.inf)
    return jnp.where(inside, jnp.where(wanted, log_tail, rest), jnp.where(jnp.isnan(x), jnp.nan, at_edge))


def log_gammainc_exp(a: Array, v: Array) -> Array:
    """log P(a, eᵛ) for every real v, as `log_gammainc`, also where eᵛ underflows: there a v - log Γ(1 + a)."""
    return _log_gammainc_exp(a, v, want_upper=False)


def log_gammaincc_exp(a: Array, v: Array) -> Array:
    """log Q(a, eᵛ), as `log_gammainc_exp`."""
    return _log_gammainc_exp(a, v, want_upper=True)


def _log_gammainc_exp(a: Array, v: Array, want_upper: bool) -> Array:
    least = math.log(jnp.finfo(v.dtype).tiny)
    small = (v < least) & (v > -jnp.inf)
    power = a * jnp.where(small, v, 0.0) - log_gamma1p_any(a)
    near_zero = log1mexp(jnp.where(small, power, -1.0)) if want_upper else power
    return jnp.where(small, near_zero, _log_gammainc(a, jnp.exp(jnp.where(small, 0.0, v)), want_upper))


def log_gamma_slope(a: Array, x: Array, log_x: Array) -> Array:
    """d log x / d a at a fixed value of the CDF P(a, x) of Gamma(a, 1): -(∂P/∂a) / (∂P/∂log x), by the smaller tail.

    x may have underflowed; log_x has not. Every order of derivative is there.

    Source: Figurnov, Mohamed, Mnih, "Implicit reparameterization gradients", NeurIPS 2018, equation 3.
    """
    (_, log_slope), (by_a, _) = with_partials(log_tail_and_slope, (0,))(a, x, log_x)
    return jnp.where(is_upper_tail_smaller(a, x), by_a, -by_a) * jnp.exp(-log_slope)
