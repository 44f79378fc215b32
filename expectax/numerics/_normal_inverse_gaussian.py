"""The normal inverse Gaussian law of location 0 and scale 1: density, tails, quantile and mode.

With w = arsinh z, γ = √(a² - b²) and w* = arsinh(b/γ), so that a r - b z = γ cosh(w - w*) for r = √(1 + z²) = cosh w, the
density of w is

    (a/π) exp(-γ (cosh(w - w*) - 1)) e^y K₁(y),   y = a cosh w,

which is log-concave: a tail is integrated from the side where it falls.
Source: Barndorff-Nielsen, "Normal inverse Gaussian distributions and stochastic volatility modelling" (1997).
"""

import math

import jax.numpy as jnp

from .._typing import Array
from ._arsinh import arsinh
from ._bessel_k1 import k01_deficit, log_k1e
from ._log import log1mexp, log1p, log_cosh
from ._quadrature import cut_off, integral_from_corner, log_integral_from_corner, quadrature
from ._root import root_of, tail_inverse

_LOG_PI = math.log(math.pi)


def _log_density(w: Array, a: Array, decay: Array, centre: Array) -> Array:
    """log of the density of w."""
    return jnp.log(a) - _LOG_PI - 2 * decay * jnp.sinh(0.5 * (w - centre)) ** 2 + log_k1e(a * jnp.cosh(w))


def _slope(w: Array, a: Array, decay: Array, centre: Array) -> Array:
    """d/dw of that."""
    y = a * jnp.cosh(w)
    return (k01_deficit(y) - 1 / y) * a * jnp.sinh(w) - decay * jnp.sinh(w - centre)


def normal_inverse_gaussian_log_prob(z: Array, a: Array, decay: Array, centre: Array) -> Array:
    """Log-density at z, to a few ulp of max(1, its derivatives times arguments).

    Args:
        z: finite.
        a: the tailweight a.
        decay: γ.
        centre: w*.
    """
    w = arsinh(z)
    return _log_density(w, a, decay, centre) - log_cosh(w)


def normal_inverse_gaussian_log_cdf(z: Array, a: Array, decay: Array, centre: Array) -> Array:
    """log P(Z <= z); log P(Z > z) is that of (-z, a, γ, -w*)."""
    infinite = jnp.abs(z) == jnp.inf
    w, *theta = jnp.broadcast_arrays(arsinh(jnp.where(infinite, 0.0, z)), a, decay, centre)
    value = _log_tail(w, jnp.zeros(w.shape, bool), *theta)
    at_ends = jnp.where(z > 0, 0.0, -jnp.inf)
    return jnp.where(infinite, jnp.where(jnp.isnan(value), jnp.nan, at_ends), value)


def _log_tail(w: Array, upper: Array, a: Array, decay: Array, centre: Array) -> Array:
    """log P(W > w) where `upper`, log P(W <= w) elsewhere."""
    falls = _slope(w, a, decay, centre) < 0
    sign = jnp.where(falls, 1.0, -1.0).astype(w.dtype)
    tail = _log_falling_tail(sign * w, a, decay, sign * centre)
    own = falls == upper
    return jnp.where(own, tail, log1mexp(jnp.where(own, -1.0, tail)))


def _log_falling_tail(w: Array, a: Array, decay: Array, centre: Array) -> Array:
    """log P(W > w) where the density falls."""
    return _log_density(w, a, decay, centre) + log_integral_from_corner(*_tail_from(w, a, decay, centre))


def _tail_from(w: Array, a: Array, decay: Array, centre: Array):
    """The log-density beyond w less that at w, with its slope, and about where it has fallen to the depth."""
    begin = log_k1e(a * jnp.cosh(w))

    def exponent(s):
        fall = 2 * decay * jnp.sinh(w - centre + 0.5 * s) * jnp.sinh(0.5 * s)
        return log_k1e(a * jnp.cosh(w + s)) - begin - fall, _slope(w + s, a, decay, centre)

    return exponent, cut_off(_length_of_tail(w, decay, centre))


def _length_of_tail(w: Array, decay: Array, centre: Array) -> Array:
    """About where the density has fallen to the depth: by its exponential alone, or by the Bessel function alone."""
    depth = quadrature(w.dtype)[2]
    offset = w - centre
    beyond = offset > 1
    safe = jnp.where(beyond, offset, 1.0)
    rise = depth / decay
    linear = rise / jnp.sinh(safe)
    inner = 2 * jnp.sinh(0.5 * jnp.where(beyond, 0.0, offset)) ** 2 + rise  # cosh - 1
    by_cosh = log1p(inner + jnp.sqrt(inner * (inner + 2)))
    by_cosh = jnp.where(beyond & (linear < by_cosh), linear, by_cosh - jnp.where(beyond, 0.0, offset))
    by_bessel = 2 * (depth + jnp.abs(w)) + 2
    return jnp.where(by_cosh < by_bessel, by_cosh, by_bessel)


def _start(_, decay: Array, centre: Array) -> tuple[Array, Array, Array]:
    width = 1 / jnp.sqrt(1 + decay)
    return centre, width, width


normal_inverse_gaussian_quantile = tail_inverse(_log_tail, _start)
"""arsinh z with P(Z <= z) = p: of (p, a, γ, w*)."""


def _balance(w: Array, a: Array, decay: Array, centre: Array) -> Array:
    return jnp.tanh(w) - _slope(w, a, decay, centre)


normal_inverse_gaussian_mode = root_of(_balance, _start)
"""arsinh of the mode: of (a, γ, w*)."""


def normal_inverse_gaussian_entropy(a: Array, decay: Array, centre: Array) -> Array:
    """-E log p(Z), by quadrature on either side of the peak of W: 64 ulp of max(1, |result|, |w*|)."""
    peak = cut_off(_peak(*jnp.broadcast_arrays(a, decay, centre)))
    return _surprise_above(peak, a, decay, centre) + _surprise_above(-peak, a, decay, -centre)


def _surprise_above(w: Array, a: Array, decay: Array, centre: Array) -> Array:
    """The part of W > w, where the density of W falls."""
    log_height = _log_density(w, a, decay, centre)

    def surprise(s: Array, fall: Array) -> Array:
        return log_cosh(w + s) - (log_height + fall)

    return jnp.exp(log_height) * integral_from_corner(*_tail_from(w, a, decay, centre), surprise)


_peak = root_of(lambda *args: -_slope(*args), _start)
