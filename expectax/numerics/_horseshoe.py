"""The horseshoe law of scale 1: a normal whose standard deviation is half-Cauchy.

With y = z²/2 and K = 2/√(2π³), density and mass of |Z| are

    2 p(z) = K eʸ E₁(y),   eʸ E₁(y) = Σ_k (ψ(k + 1) - log y) yᵏ/k!   (A&S 5.1.11, times eʸ),
    P(|Z| <= z) = K z Σ_k (ψ(k + 1) - log y + 2/(2k + 1)) yᵏ/(k! (2k + 1)),

used for y < 1, and above Chebyshev series in (4 - y)/(y + 2).
Source: Carvalho, Polson, Scott, "The horseshoe estimator for sparse signals" (2010), theorem 1.
"""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import log1p
from ._polynomial import from_chebyshev, horner
from ._root import root_of

# by interpolation in 40 digits, of (y + 2) eʸ E₁(y), of (y + 2) (1 - y eʸ E₁(y)) and of z P(|Z| > z), for y >= 1
_DENSITY = (
    1.3126730800785259003,
    0.37767503273908293013,
    0.078030863696100847866,
    0.015986226812526014523,
    0.0036133933793254132902,
    0.00081192876213559485444,
    0.00019205253658051707684,
    0.000045051701539087462306,
    0.000010957679243980926602,
    2.6336358354303488267e-6,
    6.5327190812459982428e-7,
    1.5930370255743298392e-7,
    4.0146058453552022446e-8,
    9.8664719180849470952e-9,
    2.5240457894198974783e-9,
    6.212641566176441347e-10,
    1.6170430404732736811e-10,
    3.9536692864794282195e-11,
    1.0544493239432455252e-11,
    2.5259821791178845125e-12,
    7.0153450409152880139e-13,
    1.6029501483839322345e-13,
    4.8013386476030194982e-14,
    9.8761673824762783173e-15,
    3.4441759439555282373e-15,
    5.5525993473110323407e-16,
    2.6826268820095063675e-16,
    2.2001587271228951287e-17,
    2.3893666356097469569e-17,
)
_REST = (
    1.0757142675296143434,
    0.10253688979072997084,
    0.028851471152953227649,
    0.002835777437774680234,
    0.00087567362214181801089,
    0.00010203943266159617717,
    0.000035709247262091533391,
    4.0827075194487748422e-6,
    1.7321570353072253569e-6,
    1.6221920712498389426e-7,
    9.622017121106909344e-8,
    5.0442614316429458056e-9,
    6.0976186224848370671e-9,
    -6.7617353992937482068e-11,
    4.4604922676530098368e-10,
    -4.1375265491661852026e-11,
    3.8088238211319335665e-11,
    -6.8339443447189304346e-12,
    3.7837021332839143771e-12,
    -9.6405574948420692391e-13,
    4.2860741978939147855e-13,
    -1.3288073491425097246e-13,
    5.3889712467082671527e-14,
    -1.8663417386416926921e-14,
    7.3429080859124022154e-15,
    -2.7129517026373403054e-15,
    1.0657931058264102709e-15,
    -4.1021297061842095972e-16,
    1.6293284635469625086e-16,
    -6.454755926369154041e-17,
    2.604181199637872519e-17,
    -1.0553104290400473677e-17,
)
_TAIL = (
    0.46843429372732394952,
    -0.044590658804087133963,
    -0.0060695753038198104335,
    -0.0011838785999856909449,
    -0.0002313620158669387021,
    -0.000049986119387173577828,
    -0.000010802192497983774482,
    -2.461561607351838472e-6,
    -5.5870489665297944123e-7,
    -1.3162403435013088015e-7,
    -3.0748250807579917219e-8,
    -7.4165683822203710659e-9,
    -1.7641153599040164763e-9,
    -4.3355384098525779541e-10,
    -1.0424029906098164675e-10,
    -2.6060246519999574032e-11,
    -6.291902314842166091e-12,
    -1.6025709087106010992e-12,
    -3.8537736472137204868e-13,
    -1.0062101701591793344e-13,
    -2.3784303712653897518e-14,
    -6.4603852672332767338e-15,
    -1.4635997637800916924e-15,
    -4.2721324699863677231e-16,
    -8.7902551593032352051e-17,
    -2.9603578542588622596e-17,
    -4.8706445745794430294e-18,
    -2.2230010427406634136e-18,
    -1.9977048980721225602e-19,
    -1.903478989100084506e-19,
)
_DENSITY_COEFFICIENTS = {4: from_chebyshev(_DENSITY, 14), 8: from_chebyshev(_DENSITY, 29)}
_REST_COEFFICIENTS = {4: from_chebyshev(_REST, 14), 8: from_chebyshev(_REST, 32)}
_TAIL_COEFFICIENTS = {4: from_chebyshev(_TAIL, 14), 8: from_chebyshev(_TAIL, 30)}
_LOG_FRONT = math.log(2) - 0.5 * math.log(2 * math.pi**3)
_LOG_2 = math.log(2)
_TERMS = {4: 11, 8: 18}


def _psi(k: int) -> float:
    """ψ(k + 1)."""
    return math.fsum([1 / j for j in range(1, k + 1)]) - 0.57721566490153286061


_POWERS = tuple(1 / math.factorial(k) for k in range(18))
_DENSITY_SERIES = tuple(_psi(k) * c for k, c in enumerate(_POWERS))
_MASS_POWERS = tuple(c / (2 * k + 1) for k, c in enumerate(_POWERS))
_MASS_SERIES = tuple((_psi(k) + 2 / (2 * k + 1)) * c for k, c in enumerate(_MASS_POWERS))


def _parts(log_size: Array) -> tuple[Array, Array, Array, Array, Array]:
    """y and log y where y < 1 (else 1/2), whether so, and y/(y + 2) and (4 - y)/(y + 2) where not."""
    log_y = 2 * log_size - _LOG_2
    small = log_y < 0
    near = jnp.where(small, log_y, -_LOG_2)
    # by 1/y, which does not overflow where y would
    inverse = jnp.exp(-jnp.where(small, 0.0, log_y))
    share = 1 / (1 + 2 * inverse)
    return small, near, jnp.exp(near), share, 6 * inverse * share - 1


@jax.custom_jvp
def horseshoe_log_density(log_size: Array) -> Array:
    """log p(z) at log|z|, to a few ulp of max(1, |result|); inf at z = 0."""
    small, log_y, y, share, t = _parts(log_size)
    width = log_size.dtype.itemsize
    series = jnp.log(horner(_DENSITY_SERIES[: _TERMS[width]], y) - log_y * jnp.exp(y))
    tail = jnp.log(share * horner(_DENSITY_COEFFICIENTS[width], t)) - (2 * log_size - _LOG_2)
    return jnp.where(small, series, tail) + (_LOG_FRONT - _LOG_2)


@horseshoe_log_density.defjvp
def _horseshoe_log_density_jvp(primals, tangents):
    # d log(eʸ E₁)/d log z = 2y - 2/(eʸ E₁) = -2 (1 - y eʸ E₁)/(eʸ E₁)
    (log_size,) = primals
    small, log_y, y, _, t = _parts(log_size)
    width = log_size.dtype.itemsize
    series = horner(_DENSITY_SERIES[: _TERMS[width]], y) - log_y * jnp.exp(y)
    far = -2 * horner(_REST_COEFFICIENTS[width], t) / horner(_DENSITY_COEFFICIENTS[width], t)
    return horseshoe_log_density(log_size), jnp.where(small, 2 * y - 2 / series, far) * tangents[0]


def _mass_and_tail(log_size: Array) -> tuple[Array, Array, Array]:
    """Whether y < 1; log P(|Z| <= z) if so; log P(|Z| > z) if not."""
    small, log_y, y, _, t = _parts(log_size)
    width = log_size.dtype.itemsize
    series = horner(_MASS_SERIES[: _TERMS[width]], y) - log_y * horner(_MASS_POWERS[: _TERMS[width]], y)
    tail = horner(_TAIL_COEFFICIENTS[width], t)
    return small, log_size + _LOG_FRONT + jnp.log(series), jnp.log(tail) - log_size


@jax.custom_jvp
def horseshoe_log_mass(log_size: Array) -> Array:
    """log P(|Z| <= z) at log z."""
    small, mass, tail = _mass_and_tail(log_size)
    return jnp.where(small, mass, log1p(-jnp.exp(jnp.where(small, -1.0, tail))))


@horseshoe_log_mass.defjvp
def _horseshoe_log_mass_jvp(primals, tangents):
    value = horseshoe_log_mass(*primals)
    return value, jnp.exp(horseshoe_log_density(*primals) + _LOG_2 + primals[0] - value) * tangents[0]


@jax.custom_jvp
def horseshoe_log_tail(log_size: Array) -> Array:
    """log P(|Z| > z) at log z."""
    small, mass, tail = _mass_and_tail(log_size)
    return jnp.where(small, log1p(-jnp.exp(jnp.where(small, mass, -1.0))), tail)


@horseshoe_log_tail.defjvp
def _horseshoe_log_tail_jvp(primals, tangents):
    value = horseshoe_log_tail(*primals)
    return value, -jnp.exp(horseshoe_log_density(*primals) + _LOG_2 + primals[0] - value) * tangents[0]


def _balance(log_size: Array, mass: Array, tail: Array) -> Array:
    inner = mass < tail
    below, above = jnp.where(inner, mass, 0.5), jnp.where(inner, 0.5, tail)
    return jnp.where(
        inner, horseshoe_log_mass(log_size) - jnp.log(below), jnp.log(above) - horseshoe_log_tail(log_size)
    )


horseshoe_log_size = root_of(_balance, lambda mass, _: (jnp.zeros_like(mass), jnp.ones_like(mass), jnp.ones_like(mass)))
"""log z with P(|Z| <= z) = m, given m and 1 - m in (0, 1)."""
