"""The mass function of a difference of two Poisson variates, with real k: also the density behind Marcum's Q."""

import functools

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._bessel_i import iv_factor_order_slope, iv_share, log_iv_factor
from ._forward import by_forward_mode
from ._gamma import deviance
from ._polygamma import polygamma


@jax.custom_jvp
def log_skellam_kernel(k: Array, m: Array, n: Array) -> Array:
    """log of e^(-m-n) (m/n)^(k/2) I_k(2 √(mn)) for k, m, n >= 0, the probability that N_m - N_n = k.

    With w = √(k² + 4mn) and the split a = (w + k)/2, b = (w - k)/2 at the saddle point (a - b = k, ab = mn) it is
    -D(a, m) - D(b, n) + c(k, 2√(mn)), D the deviance and c `log_iv_factor`: nothing large cancels (after Loader 2000).

    Accuracy: a few ulp of max(1, |result|, |m ∂/∂m|, |n ∂/∂n|).
    """
    square = 4 * m * n
    w = jnp.sqrt(k * k + square)
    a = 0.5 * (w + k)
    b = jnp.where(a > 0, n * (m / jnp.where(a > 0, a, 1.0)), 0.0)
    return log_iv_factor(k, jnp.sqrt(square)) - _deviance(a, m) - _deviance(b, n)


def _deviance(x: Array, m: Array) -> Array:
    """`deviance` with its limits where x or m is 0, or so small that their quotient overflows."""
    tiny = jnp.finfo(x.dtype).tiny
    ordinary = (x >= tiny) & (m >= tiny)
    inside = deviance(jnp.where(ordinary, x, 1.0), jnp.where(ordinary, m, 1.0))
    return jnp.where(ordinary, inside, jnp.where((x >= tiny) & (m < tiny), jnp.inf, m - x))


@functools.partial(log_skellam_kernel.defjvp, symbolic_zeros=True)
def _log_skellam_kernel_jvp(primals, tangents):
    """∂p_k/∂m = p_{k-1} - p_k and ∂p_k/∂n = p_{k+1} - p_k, as ratios: no root of a rate, so no edge at rate 0."""
    k, m, n = primals
    dk, dm, dn = tangents
    ratio = iv_share(k, 4 * m * n) / (k + 1)
    over_m = jnp.where(k > 0, k / jnp.where(m > 0, m, jnp.where(k > 0, 0.0, 1.0)), 0.0)
    tangent = jnp.zeros_like(m)
    for direction, slope in ((dm, lambda: over_m + n * ratio - 1), (dn, lambda: m * ratio - 1)):
        if not isinstance(direction, SymbolicZero):
            tangent = tangent + slope() * direction
    if not isinstance(dk, SymbolicZero):
        tangent = tangent + _slope_in_order(k, m, n) * dk
    return log_skellam_kernel(k, m, n), tangent


@by_forward_mode
def _slope_in_order(k: Array, m: Array, n: Array) -> Array:
    """∂/∂k: log(m/a) from the exponential part, whose derivative at the saddle point is the explicit one.

    At n = 0, where the law is Poisson's, log m - ψ(k + 1).
    """
    inside = (m > 0) & (n > 0)
    poisson = jnp.where(m > 0, jnp.log(jnp.where(m > 0, m, 1.0)) - polygamma(0, k + 1), 0.0)
    m, n = jnp.where(inside, m, 1.0), jnp.where(inside, n, 1.0)
    square = 4 * m * n
    x = jnp.sqrt(square)
    a = 0.5 * (jnp.sqrt(k * k + square) + k)
    return jnp.where(inside, jnp.log(m / a) + iv_factor_order_slope(k, x), poisson)
