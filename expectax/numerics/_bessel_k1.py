"""log(eˣ K₁(x)) and its derivatives, by polynomials.

Below x = 2 by the power series (A&S 9.6.11), above by Chebyshev's in (x - 3)/(x + 1), a linear function of 1/(x + 1). The
derivative is 1 - R - 1/x with R = K₀/K₁, and R' = R² + R/x - 1.
"""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide
from ._polynomial import from_chebyshev, horner

# Chebyshev series by interpolation at 60 points in 40 digits: of √x eˣ K₁(x) and of (x + 1) (1 - K₀(x)/K₁(x)), x >= 2
_K1 = (
    1.3497852981823501106,
    0.10344067959815565368,
    0.00759069775787763981,
    0.00067513710338989676696,
    0.000059051780695107523545,
    5.5516938043013947108e-6,
    5.0323028510990307527e-7,
    4.9241002066027185243e-8,
    4.4297441508881375176e-9,
    4.6257923669586366908e-10,
    3.8107265493450500944e-11,
    4.8128158272537519296e-12,
    2.5528560417026069417e-13,
    6.6414015103737115149e-14,
    -2.0710808611652746732e-15,
    1.6271202762000659398e-15,
    -2.4667127887635326467e-16,
    6.8956409055570475407e-17,
    -1.5258091105784474655e-17,
    3.8588727992597103759e-18,
)
_RATIO = (
    0.52647178047190228186,
    0.028454596784055647845,
    0.0020573200711946496049,
    0.000083526208300118201002,
    9.1901491965934040763e-6,
    2.4104267175528828702e-7,
    7.0128052262781517232e-8,
    -2.060174221047331339e-9,
    1.0069187755493482014e-9,
    -1.1572859902714804493e-10,
    2.603653334928824099e-11,
    -4.5971666991631878947e-12,
    9.6770884331118579457e-13,
    -2.0108243177642188077e-13,
    4.4439887863187226836e-14,
    -1.0076095560381037231e-14,
    2.3675262591128813582e-15,
    -5.7204736069454189679e-16,
    1.4209480020198064363e-16,
    -3.6187944992986407684e-17,
    9.4353140224886286362e-18,
)
_K1_COEFFICIENTS = {4: from_chebyshev(_K1, 10), 8: from_chebyshev(_K1, 20)}
_RATIO_COEFFICIENTS = {4: from_chebyshev(_RATIO, 10), 8: from_chebyshev(_RATIO, 21)}
_TERMS = {4: 9, 8: 15}


def _psi(n: int) -> float:
    """ψ(n) for n = 1, 2, ..."""
    return math.fsum([1 / k for k in range(1, n)]) - 0.57721566490153286061


# in powers of x²/4: I₀, 2 I₁/x, and what is added to them times log(x/2)
_I0 = tuple(1 / math.factorial(k) ** 2 for k in range(15))
_I1 = tuple(1 / (math.factorial(k) * math.factorial(k + 1)) for k in range(15))
_K0_REST = tuple(_psi(k + 1) * c for k, c in enumerate(_I0))
_K1_REST = tuple(0.5 * (_psi(k + 1) + _psi(k + 2)) * c for k, c in enumerate(_I1))


@jax.custom_jvp
def log_k1e(x: Array) -> Array:
    """log(eˣ K₁(x)) for x > 0, to 8 ulp of max(1, |result|)."""
    small = x < 2
    inner, outer = jnp.where(small, x, 1.0), jnp.where(small, 2.0, x)
    series = jnp.log(_k1_times_x(inner)) - jnp.log(inner) + inner
    u = 6 / (outer + 1) - 1
    return jnp.where(small, series, jnp.log(horner(_K1_COEFFICIENTS[x.dtype.itemsize], u)) - 0.5 * jnp.log(outer))


@log_k1e.defjvp
def _log_k1e_jvp(primals, tangents):
    (x,) = primals
    return log_k1e(x), (k01_deficit(x) - 1 / x) * tangents[0]


@jax.custom_jvp
def k01_deficit(x: Array) -> Array:
    """1 - K₀(x)/K₁(x), about 1/(2x) for large x; 8 ulp."""
    small = x < 2
    inner, outer = jnp.where(small, x, 1.0), jnp.where(small, 2.0, x)
    ratio = inner * _k0(inner) / _k1_times_x(inner)
    u = 1 / (outer + 1)
    return jnp.where(small, 1 - ratio, u * horner(_RATIO_COEFFICIENTS[x.dtype.itemsize], 6 * u - 1))


@k01_deficit.defjvp
def _k01_deficit_jvp(primals, tangents):
    # with d = 1 - R: d' = 1 - R² - R/x = d (2 - d) - (1 - d)/x
    (x,) = primals
    d = k01_deficit(x)
    return d, (d * (2 - d) - divide(1 - d, x)) * tangents[0]


def _k0(x: Array) -> Array:
    count, square = _TERMS[x.dtype.itemsize], 0.25 * x * x
    return horner(_K0_REST[:count], square) - jnp.log(0.5 * x) * horner(_I0[:count], square)


def _k1_times_x(x: Array) -> Array:
    count, square = _TERMS[x.dtype.itemsize], 0.25 * x * x
    return 1 + 2 * square * (jnp.log(0.5 * x) * horner(_I1[:count], square) - horner(_K1_REST[:count], square))
