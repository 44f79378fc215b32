"""Density of Student's t with its derivatives in closed form, for any number of degrees of freedom, inf included.

Value and derivatives share their few logarithms and quotients, which a compiler then computes once.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide, log1p
from ._polynomial import from_chebyshev, horner
from ._standardise import standardised
from ._stirling import HALF_LOG_2PI

# With g(ν) = log Γ((ν + 1)/2) - log Γ(ν/2) - ½ log(πν) + ½ log 2π: Chebyshev series in 2/ν - 1 of ν g and ν² g' for ν >= 1,
# in 2ν - 1 of g - ½ log 2πν and its derivative for ν <= 1, by interpolation at 64 points in 60 digits
_RISE = (
    -0.23979037478063196644,
    0.012610653491597650665,
    0.0018385285654096207004,
    -0.00051118133962845878491,
    0.000060521907903200962663,
    3.5799171082612063754e-6,
    -4.1489699766116598827e-6,
    1.2831969801830977312e-6,
    -2.2578717517616751505e-7,
    -1.5944479795482744695e-9,
    1.991213121822881046e-8,
    -9.5536401911898626751e-9,
    2.907894505879421282e-9,
    -5.3850700410539474974e-10,
    -2.9153988340258049008e-11,
    8.1179457213920636556e-11,
    -4.4753094177669961193e-11,
    1.6830819896465604957e-11,
    -4.4984284358847789274e-12,
    5.1846025836551945572e-13,
    3.1881501817902319901e-13,
    -2.9429602953687471813e-13,
    1.5289151655965124696e-13,
    -5.9878237414452957732e-14,
    1.7436528349856525577e-14,
    -2.479264693937125504e-15,
    -1.210095740390827244e-15,
    1.3479868602487999297e-15,
    -8.0254960805437358702e-16,
    3.6633855979352092966e-16,
    -1.329398064195362591e-16,
    3.3902288839369599429e-17,
)
_RISE_SLOPE = (
    0.22479383081194635347,
    -0.02999308793737122595,
    -0.0029332523887663039196,
    0.0015599706282056406117,
    -0.00030318900659859163989,
    0.000013740201350457998929,
    0.000014474854116966937767,
    -6.8687538382160950245e-6,
    1.81631177701551422e-6,
    -2.2852838340637961116e-7,
    -6.5263682237803061715e-8,
    5.8233359250815226597e-8,
    -2.4423483478789491403e-8,
    6.9170610483782482663e-9,
    -1.0010388575206328671e-9,
    -3.0183628162961469044e-10,
    3.2573862112806607656e-10,
    -1.6577086154887358441e-10,
    6.0710613177466063059e-11,
    -1.5427242453765386358e-11,
    9.9944805894644353748e-13,
    1.8086428499684363542e-12,
    -1.4551479520901312583e-12,
    7.4403570566388235175e-13,
    -2.9200184023628854554e-13,
    8.4409015855633581784e-14,
    -1.0304259696502362419e-14,
    -7.9291863205858998343e-15,
    8.145606348912411347e-15,
    -4.870852610445836646e-15,
    2.2640497971932397294e-15,
    -8.400155366312963186e-16,
    2.1883342333200909825e-16,
    -4.6072022803166274153e-18,
    -4.2596082735204150003e-17,
    3.6725528730544895255e-17,
    -2.1785136140940067199e-17,
    1.0470258781445113877e-17,
    -4.1276181038965311523e-18,
)
_RISE_BELOW_1 = (
    -0.94184022754496798922,
    -0.22288338015689226038,
    0.022502210238688644197,
    -0.0028508552679162939901,
    0.00039110784511307403921,
    -0.0000558659038893214118,
    8.1865725105086038865e-6,
    -1.2222138166220024877e-6,
    1.8517341418248627874e-7,
    -2.839703257868911037e-8,
    4.399496275850917642e-9,
    -6.8757210839821264663e-10,
    1.0826541217649730338e-10,
    -1.7158517796366007058e-11,
    2.734786749430083286e-12,
    -4.3804140339715498407e-13,
    7.0468957036189230625e-14,
    -1.1380322772477885018e-14,
    1.8441722080215802326e-15,
    -2.9976566320724887988e-16,
    4.8860927722743564683e-17,
    -7.9840915842037830136e-18,
)
_SLOPE_BELOW_1 = (
    -0.46344818868644238039,
    0.18647799205521008181,
    -0.035362856745315719275,
    0.0064603101457009282402,
    -0.001152593530320191394,
    0.00020258462389174361282,
    -0.000035275452533763157958,
    6.1068836395371195422e-6,
    -1.0534656683470883022e-6,
    1.8133438569755862269e-7,
    -3.1172495514280328883e-8,
    5.3545346635219170055e-9,
    -9.1932274475897243085e-10,
    1.5779487905004644342e-10,
    -2.7079819347940063828e-11,
    4.6468210819617794061e-12,
    -7.9733514411076478414e-13,
    1.3680783164566864611e-13,
    -2.3473195582268602936e-14,
    4.0274326681148693555e-15,
    -6.9100517851768806575e-16,
    1.1855845029538418078e-16,
    -2.0341485444570292603e-17,
)
_POWERS = {
    size: tuple(
        from_chebyshev(series, count)
        for series, count in zip((_RISE, _RISE_SLOPE, _RISE_BELOW_1, _SLOPE_BELOW_1), counts, strict=True)
    )
    for size, counts in ((4, (9, 14, 11, 12)), (8, (32, 39, 22, 23)))
}
_LOG1P_REST = {size: tuple(1 / k for k in range(2, count)) for size, count in ((4, 14), (8, 28))}


def _series(which: int, x: Array) -> Array:
    return horner(_POWERS[x.dtype.itemsize][which], 2 * x - 1)


@jax.custom_jvp
def student_t_log_normaliser(df: Array) -> Array:
    """log Γ(ν/2 + ½) - log Γ(ν/2) - ½ log(πν) for ν > 0, to 2 ulp of max(1, |result|); -½ log 2π at inf."""
    inverse, few = 1 / df, df < 1
    rise = _series(0, jnp.where(few, 1.0, inverse)) * inverse - HALF_LOG_2PI
    return jnp.where(few, _series(2, jnp.where(few, df, 1.0)) + 0.5 * jnp.log(df), rise)


def _normaliser_slope(df: Array) -> Array:
    inverse, few = 1 / df, df < 1
    rise = _series(1, jnp.where(few, 1.0, inverse)) * inverse * inverse
    return jnp.where(few, _series(3, jnp.where(few, df, 1.0)) + 0.5 * inverse, rise)


@student_t_log_normaliser.defjvp
def _student_t_log_normaliser_jvp(primals, tangents):
    return student_t_log_normaliser(*primals), _normaliser_slope(*primals) * tangents[0]


def _log1p_square(z: Array, inverse_df: Array) -> tuple[Array, Array]:
    """s = z²/ν, and log(1 + s) also where s overflows."""
    s = argument = z * (z * inverse_df)
    shift = jnp.zeros_like(s)
    for power in (514, 1022) if s.dtype == jnp.float64 else (66, 126):
        small, over = z * 2.0**-power, argument == jnp.inf
        argument = jnp.where(over, small * (small * inverse_df) - 1, argument)
        shift = jnp.where(over, 2 * power * math.log(2.0), shift)
    return s, log1p(argument) + shift


@jax.custom_jvp
def student_t_log_density(df: Array, z: Array) -> Array:
    """log of Γ((ν+1)/2) / (Γ(ν/2) √(νπ)) (1 + z²/ν)^(-(ν+1)/2), to a few ulp; the normal's at ν = inf."""
    inverse = 1 / df
    s, log = _log1p_square(z, inverse)
    heavy = s >= jnp.finfo(z.dtype).eps / 16  # else (ν + 1) log(1 + s) is (1 + 1/ν) z², and ν may be inf
    return student_t_log_normaliser(df) - 0.5 * jnp.where(heavy, (df + 1) * log, z * z * (1 + inverse))


def log1p_rest(v: Array, log: Array) -> Array:
    """log(1 + s) - v for v = s/(1 + s) >= 0: v²/2 + v³/3 + ... where it is small."""
    small = v < 0.25
    near = jnp.where(small, v, 0.0)
    return jnp.where(small, near * near * horner(_LOG1P_REST[v.dtype.itemsize], near), log - v)


class _Slopes(NamedTuple):
    """Derivatives of the log-density in ν, z and the logarithm of a scale."""

    by_df: Array
    by_z: Array
    by_log_scale: Array


def _slopes(df: Array, z: Array) -> _Slopes:
    """-(ν+1) z/(ν+z²) and ν (z²-1)/(ν+z²), over ν, and over z² where that is the larger; no overflow."""
    inverse = 1 / df
    s, log = _log1p_square(z, inverse)
    far = s > 1
    y = jnp.where(far, 1 / jnp.where(far, z, 1.0), z)
    square = y * (y * jnp.where(far, 1.0, inverse))  # y² itself may overflow where ν = inf
    over = 1 / (jnp.where(far, inverse, 1.0) + square)
    share = jnp.where(far, inverse, square) * over  # s/(1 + s)
    excess = (y - 1) * (y + 1) * over
    return _Slopes(
        _normaliser_slope(df) + 0.5 * (inverse * share - log1p_rest(share, log)),
        -(inverse + 1) * y * over,
        jnp.where(far, -excess, excess),
    )


@student_t_log_density.defjvp
def _student_t_log_density_jvp(primals, tangents):
    slopes = _slopes(*primals)
    return student_t_log_density(*primals), slopes.by_df * tangents[0] + slopes.by_z * tangents[1]


@jax.custom_jvp
def student_t_log_prob(df: Array, x: Array, loc: Array, scale: Array) -> Array:
    """log-density at x, to a few ulp; the derivative in the scale, ν (z² - 1)/(ν + z²)/σ, keeps its digits at small ν."""
    return student_t_log_density(df, standardised(x, loc, scale)) - jnp.log(scale)


@student_t_log_prob.defjvp
def _student_t_log_prob_jvp(primals, tangents):
    df, x, loc, scale = primals
    slopes = _slopes(df, standardised(x, loc, scale))
    change = slopes.by_df * tangents[0] + divide(slopes.by_z, scale) * (tangents[1] - tangents[2])
    return student_t_log_prob(*primals), change + divide(slopes.by_log_scale, scale) * tangents[3]
