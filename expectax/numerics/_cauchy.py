"""Density, distribution function and quantile of the Cauchy distribution, over the whole range of numbers.

With d = x - x₀ and the quotient t of d and the scale γ that is at most 1 in size, no square over- or underflows:

    d² + γ² = b² (1 + t²),   b the larger of d and γ, with its sign
"""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide
from ._polynomial import horner

_LOG_PI = math.log(math.pi)


@jax.custom_jvp
def cauchy_log_prob(x: Array, loc: Array, scale: Array) -> Array:
    """-log(π (γ + d²/γ)), by one logarithm: of a multiple c² of it where it would overflow."""
    d = x - loc
    plain = scale + d * (d / scale)
    far = plain == jnp.inf
    most = jnp.finfo(x.dtype).maxexp - 2
    exponent = jnp.where(scale > 1, float(most // 2 + 8), float(most)).astype(x.dtype)
    c = jnp.where(scale > 1, 2.0 ** -(most // 2 + 8), 2.0**-most).astype(x.dtype)
    small = (0.25 * x - 0.25 * loc) * (4 * c)
    rest = jnp.log(jnp.where(far, scale * c * c + small * (small / scale), plain))
    return -rest - jnp.where(far, 2 * math.log(2) * exponent, 0.0) - _LOG_PI


@cauchy_log_prob.defjvp
def _cauchy_log_prob_jvp(primals, tangents):
    (x, loc, scale), (dx, dloc, dscale) = primals, tangents
    by_loc, by_scale = _slopes(loc - x, scale)  # of the other sign, or XLA would store the quotient that both contain
    return cauchy_log_prob(*primals), by_loc * (dloc - dx) + by_scale * dscale


@jax.custom_jvp
def _slopes(d: Array, scale: Array) -> tuple[Array, Array]:
    """-2d/(d² + γ²) and (d² - γ²)/(d² + γ²)/γ: derivatives of the log-density in d and γ, with few operations."""
    z = d / scale
    return -2 / (d + scale * (scale / d)), (1 - 2 / (1 + z * z)) / scale


@_slopes.defjvp
def _slopes_jvp(primals, tangents):
    # by the quotient t, whose own derivatives are finite at d = 0 and inf
    return _slopes(*primals), jax.jvp(_slopes_by_quotient, primals, tangents)[1]


def _slopes_by_quotient(d: Array, scale: Array) -> tuple[Array, Array]:
    outer, t, larger = _quotient(d, scale)
    square = 1 + t * t
    by_d = -2 * divide(jnp.where(outer, 1.0, t) / square, larger)
    # in (1 - t)(1 + t)/square the derivative's terms of size 1 would cancel as t → 0
    return by_d, divide(jnp.where(outer, 1.0, -1.0) * (1 - 2 * t * t / square), scale)


def _quotient(d: Array, scale: Array) -> tuple[Array, Array, Array]:
    """Whether |d| > γ; the quotient t; the larger of d and γ."""
    outer = jnp.abs(d) > scale
    larger = jnp.where(outer, d, scale)
    return outer, divide(jnp.where(outer, scale, d), larger), larger


@jax.custom_jvp
def cauchy_cdf(d: Array, scale: Array) -> Array:
    """½ + arctan(d/γ)/π, the lower tail as arctan(-γ/d)/π without cancellation."""
    lower = d < -scale
    t = jnp.where(lower, -scale, d) / jnp.where(lower, d, scale)
    return jnp.where(lower, 0.0, 0.5).astype(d.dtype) + jnp.arctan(t) / math.pi


@cauchy_cdf.defjvp
def _cauchy_cdf_jvp(primals, tangents):
    (d, scale), (dd, dscale) = primals, tangents
    outer, t, larger = _quotient(d, scale)
    square = math.pi * (1 + t * t)
    by_d = divide(jnp.where(outer, t, 1.0) / square, larger)
    return cauchy_cdf(*primals), by_d * dd - divide(t / square, scale) * dscale


# sin(πu)/(πu) and cos(πu) in powers of (πu)², for u <= 1/4
_SINE = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(10))
_COSINE = tuple((-1) ** k / math.factorial(2 * k) for k in range(10))


@jax.custom_jvp
def cot_pi(u: Array) -> Array:
    """cot(πu) for 0 <= u <= 1/2, to 3 ulp; inf at 0."""
    sine, cosine = _sine_and_cosine(u)
    return cosine / sine


@cot_pi.defjvp
def _cot_pi_jvp(primals, tangents):
    cotangent = cot_pi(*primals)
    return cotangent, -math.pi * (1 + cotangent * cotangent) * tangents[0]


@jax.custom_jvp
def tan_pi(u: Array) -> Array:
    """tan(πu) for 0 <= u <= 1/2, to 3 ulp."""
    sine, cosine = _sine_and_cosine(u)
    return sine / cosine


@tan_pi.defjvp
def _tan_pi_jvp(primals, tangents):
    tangent = tan_pi(*primals)
    return tangent, math.pi * (1 + tangent * tangent) * tangents[0]


def _sine_and_cosine(u: Array) -> tuple[Array, Array]:
    inner = u > 0.25
    angle = math.pi * jnp.where(inner, 0.5 - u, u)
    count = 10 if u.dtype == jnp.float64 else 6
    square = angle * angle
    sine, cosine = angle * horner(_SINE[:count], square), horner(_COSINE[:count], square)
    return jnp.where(inner, cosine, sine), jnp.where(inner, sine, cosine)
