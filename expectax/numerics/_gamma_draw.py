"""The derivative of a gamma draw in its shape, quick in single precision.

At a fixed value of P(a, x) = x^a e⁻ˣ S/Γ(a + 1), S = Σ xⁿ/((a + 1)...(a + n)) (Abramowitz & Stegun 6.5.29),

    d log x/da = ((ψ(a + 1) - log x) S - ∂S/∂a)/a,

a sum of positive terms for x <= 1. Beyond, dx/da is smooth, with poles in a at 0, -1, -2, ... only, and near a normal
limit for large a: two tables, of a (a + 1) (a + 2) dx/da in (a, log x) and of dx/da in (1/√a, √a log(x/a)), from
`scripts/fit_gamma_draw.py`. Every lane takes all three, so there is no branch.
"""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._incomplete_gamma import log_gamma_slope
from ._polynomial import horner

SPLIT = 2.0
"""a, between the tables."""
LARGEST_X = 32.0
"""Of the table for small a: exceeded once in 10¹² draws at a = 2."""
SMALLEST_L, LARGEST_L = -9.7, 7.5
"""√a log(x/a) of the table for large a."""
_TERMS = 10
"""Of S: x¹¹/11! is 2.5e-8."""

# rows by powers of the second variable, columns of the first, both on [-1, 1]
_MIDDLE = (
    (1.47785449e01, 1.95954492e01, 7.06895662e00, 4.80393502e-01, -3.50629652e-02, 4.62263592e-03, -9.00327112e-04),
    (8.99916152e00, 1.41316918e01, 6.14071799e00, 6.04369016e-01, -3.55371583e-02, 4.02416192e-03, -7.21613590e-04),
    (9.44945727e-01, 2.47309159e00, 1.63530859e00, 2.85776622e-01, -8.35369880e-03, 3.43489564e-04, -1.63177503e-06),
    (
        -3.24573708e-01,
        -4.89498488e-01,
        -1.18357711e-01,
        3.27866668e-02,
        4.19525815e-03,
        -7.38590318e-04,
        1.07734117e-04,
    ),
    (
        2.43961697e-02,
        -7.94928116e-02,
        -1.01028742e-01,
        -2.00336351e-02,
        1.95839576e-03,
        -1.15019989e-04,
        -3.27867204e-05,
    ),
    (2.58691807e-02, 5.65946064e-02, 1.69893939e-02, -4.77719378e-03, -7.57399149e-04, 2.20992507e-04, 1.01868875e-04),
    (-8.31930959e-03, 2.18070394e-04, 9.27085366e-03, 2.12711475e-03, -4.34691445e-04, 4.04674356e-05, 5.67808980e-05),
    (
        -1.26891140e-03,
        -6.07821242e-03,
        -2.46921346e-03,
        7.94119203e-04,
        3.69397056e-04,
        -1.36178880e-04,
        -1.81092042e-04,
    ),
    (
        9.68177005e-04,
        4.53236938e-04,
        -7.70370336e-04,
        -1.89866912e-04,
        8.75381832e-05,
        -1.19006349e-05,
        -2.90024200e-05,
    ),
    (-3.21155565e-05, 5.08530322e-04, 3.16367979e-04, -1.37817675e-04, -1.45124150e-04, 5.38798554e-05, 8.53364299e-05),
)
_LARGE = (
    (
        8.35227441e-01,
        -1.38650224e-01,
        2.26549633e-02,
        -3.48011190e-03,
        -1.07439990e-04,
        -7.48642027e-05,
        2.57909643e-05,
        5.76525359e-06,
    ),
    (
        1.35359221e00,
        1.21606741e00,
        -1.09748454e-01,
        2.59486571e-02,
        -2.59905335e-03,
        -1.04500334e-03,
        -1.90480241e-04,
        8.30061895e-05,
    ),
    (
        7.72294953e-01,
        1.55243857e00,
        7.98335543e-01,
        3.32330391e-02,
        1.93018875e-02,
        2.93796690e-03,
        -2.02834918e-03,
        -6.94356587e-04,
    ),
    (
        5.29099845e-02,
        2.06182853e-01,
        2.98837244e-01,
        1.93603300e-01,
        5.83434132e-02,
        1.99027706e-02,
        1.14602592e-02,
        1.86272825e-03,
    ),
    (
        -1.19565167e-01,
        -4.82009285e-01,
        -7.38717789e-01,
        -5.28891261e-01,
        -1.77304804e-01,
        -2.68801441e-02,
        -8.24018001e-04,
        1.25846453e-03,
    ),
    (
        -1.80035849e-02,
        -1.06490834e-01,
        -2.64425037e-01,
        -3.66170991e-01,
        -3.29383505e-01,
        -2.17825936e-01,
        -1.01567021e-01,
        -2.28571891e-02,
    ),
    (
        2.61065198e-02,
        1.58359095e-01,
        4.12516047e-01,
        6.12487405e-01,
        5.76711819e-01,
        3.63064526e-01,
        1.57431238e-01,
        3.92087353e-02,
    ),
    (
        5.16097107e-03,
        3.65230650e-02,
        1.14452407e-01,
        2.23043089e-01,
        3.07065914e-01,
        2.84661154e-01,
        1.46040551e-01,
        2.82906438e-02,
    ),
    (
        -5.01648380e-03,
        -4.13893220e-02,
        -1.62356370e-01,
        -3.96689142e-01,
        -6.36222951e-01,
        -6.55143686e-01,
        -3.97054127e-01,
        -1.07786687e-01,
    ),
    (
        -6.49605157e-04,
        -5.64999445e-04,
        1.81080730e-02,
        8.33195749e-02,
        1.80008600e-01,
        2.30994104e-01,
        1.72078008e-01,
        5.60691792e-02,
    ),
)


@jax.custom_jvp
def gamma_draw_slope(a: Array, x: Array, log_x: Array) -> Array:
    """d log x/da at a fixed value of P(a, x), where x is a draw of Gamma(a, 1).

    Single precision: 2e-6 of the value wherever both tails exceed 10⁻¹²; beyond, less exact. Double: as
    `log_gamma_slope`, which also gives the derivatives of both. x may have underflowed; log_x has not.
    """
    if x.dtype == jnp.float64:
        return log_gamma_slope(a, x, log_x)
    single = [v.astype(jnp.float32) for v in (a, x, log_x)]
    near = single[1] < 1
    beyond = _beyond_one(*(jnp.where(near, 2.0, v) for v in single[:2]))
    return jnp.where(near, _near_zero(*single), beyond).astype(x.dtype)


@gamma_draw_slope.defjvp
def _gamma_draw_slope_jvp(primals, tangents):
    return gamma_draw_slope(*primals), jax.jvp(log_gamma_slope, primals, tangents)[1]


def _near_zero(a: Array, x: Array, log_x: Array) -> Array:
    """By the series, for x < 1; ψ(a + 1) by recurrence (A&S 6.3.6) from a + 11 (6.3.18)."""
    x = jnp.minimum(x, 1.0)
    total, by_a, harmonic = jnp.ones_like(x), jnp.zeros_like(x), jnp.zeros_like(a)
    for n in range(_TERMS, 0, -1):
        share = 1 / (a + n)
        harmonic = harmonic + share
        by_a = x * share * (by_a - share * total)
        total = 1 + x * share * total
    share = 1 / (a + (_TERMS + 1))
    digamma = jnp.log(a + (_TERMS + 1)) - share * (0.5 + share * (1 / 12 - share * share / 120)) - harmonic
    return ((digamma - log_x) * total - by_a) / a


def _beyond_one(a: Array, x: Array) -> Array:
    small = a < SPLIT
    low = jnp.minimum(a, SPLIT)
    middle = _polynomial(_MIDDLE, low - 1, _onto_unit(jnp.log(x), 0.0, math.log(LARGEST_X)))
    high = jnp.maximum(a, SPLIT)
    root = lax.rsqrt(high)
    ell = jnp.log(x / high) * jnp.sqrt(high)
    large = _polynomial(_LARGE, 2 * math.sqrt(SPLIT) * root - 1, _onto_unit(ell, SMALLEST_L, LARGEST_L))
    return jnp.where(small, middle / (low * (low + 1) * (low + 2)), large) / x


def _onto_unit(v: Array, low: float, high: float) -> Array:
    return jnp.clip((2 * v - (low + high)) / (high - low), -1.0, 1.0)


def _polynomial(table: tuple[tuple[float, ...], ...], u: Array, v: Array) -> Array:
    """Σ_jk table[j][k] vʲ uᵏ."""
    return functools.reduce(lambda total, row: horner(row, u) + v * total, reversed(table), jnp.zeros_like(u))
