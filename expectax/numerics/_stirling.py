"""Stirling's error: what Stirling's formula for log Γ leaves out, with its derivatives."""

import math

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import log_quotient
from ._polynomial import from_chebyshev, horner

HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
# Chebyshev series in 2/a - 1 of a δ(a), a² δ'(a) and a³ δ''(a) for a >= 1, by interpolation at 64 points in 60 digits;
# at a = ∞ they are 1/12, -1/12 and 1/6 (A&S 6.1.41)
_ERROR = (
    0.082439116621375798701,
    -0.0011586014333953316667,
    -0.00024206338649436504105,
    0.000023096481805266552263,
    2.8126538306420857145e-7,
    -4.2719823691796744913e-7,
    6.7537959898007554259e-8,
    -1.6742216909283221304e-9,
    -1.9048823183699344079e-9,
    5.616082398566717103e-10,
    -7.4978817652826619447e-11,
    -4.8626969754289165562e-12,
    5.7228784547681949659e-12,
    -1.7224915130168884132e-12,
    2.7130552726332094772e-13,
    1.2848926024838206735e-14,
    -2.5096960115971088156e-14,
    9.6415456020985048779e-15,
    -2.1911895633949409044e-15,
    1.7110333231962380827e-16,
    1.1580737676955859931e-16,
    -7.1867982959525927233e-17,
    2.4415184032977973336e-17,
    -5.1912330706853661583e-18,
    1.6293110452397334046e-19,
)
_SLOPE = (
    -0.080865049501101086461,
    0.0031481342405494244803,
    0.00058886798726439610586,
    -0.000091129208608165912775,
    2.1005147620929219925e-6,
    1.7980487297420950532e-6,
    -4.2745089227567187033e-7,
    3.5269496864811076703e-8,
    8.5415471087949588041e-9,
    -4.1095278376810771848e-9,
    8.3174520201020034326e-10,
    -4.1648761925181636227e-11,
    -3.7049462627878490276e-11,
    1.6678059127905383323e-11,
    -3.9098501999078821418e-12,
    3.3961767338966696827e-13,
    1.687460880475119537e-13,
    -1.0363750429042046691e-13,
    3.266009396963862552e-14,
    -5.8926477531120231155e-15,
    -2.702409480979335632e-16,
    7.243543048722784777e-16,
    -3.4402245554475448138e-16,
    1.0331964965866084986e-16,
    -1.7522528633736551105e-17,
    -2.1440121725613297051e-18,
    3.2509554625533650068e-18,
    -1.5953558765670737699e-18,
)
_CURVATURE = (
    0.15766250299918920781,
    -0.011283326246575354703,
    -0.0018389235249270812625,
    0.00042541921552233724814,
    -0.000026025797994306471752,
    -8.0285632325226546381e-6,
    2.8479743065693232527e-6,
    -3.9528534731199632643e-7,
    -2.6610592875926883286e-8,
    3.0038183348255164461e-8,
    -8.5126612501550818251e-9,
    1.093442316640687568e-9,
    1.8151378533454139426e-10,
    -1.5372004104879825304e-10,
    4.9532643470887911101e-11,
    -8.6099299735725325802e-12,
    -4.7398429328302676783e-13,
    1.0088827272158813951e-12,
    -4.3766835078788946779e-13,
    1.1535851680197864964e-13,
    -1.3251423079136639924e-14,
    -5.4339921447178872376e-15,
    4.3457077564494281219e-15,
    -1.741118533792801584e-15,
    4.5637707773151553824e-16,
    -4.8520946714545373704e-17,
    -2.8386344272420515579e-17,
    2.2756511764896860362e-17,
    -9.870439827748271249e-18,
    2.954763226128112528e-18,
)
# Chebyshev series in 2a - 1 of log Γ(1 + a) and ψ(1 + a) on [0, 1], likewise
_LOG_GAMMA1P = (
    -0.060899903818302592313,
    0.0046896667465067021806,
    0.060382196475434101793,
    -0.0046235429136041989703,
    0.00050859424617781280546,
    -0.000064809630990794285811,
    8.9178955589355524598e-6,
    -1.2846062239268106645e-6,
    1.9064578938125463235e-7,
    -2.8886399976232679879e-8,
    4.4438896469660220358e-9,
    -6.9164411864115152527e-10,
    1.0864223981220746663e-10,
    -1.7193644143566582964e-11,
    2.7380811134805097203e-12,
    -4.3835198126662343614e-13,
    7.049836908335802445e-14,
    -1.1383119122387910655e-14,
    1.8444389980445773386e-15,
    -2.997911957282523992e-16,
    4.8863378052146507691e-17,
    -7.9843273297086764185e-18,
    1.3076181411362180812e-18,
)
_DIGAMMA1P = (
    -0.01902854041760896076,
    0.49141539302938712748,
    -0.056815747821244730243,
    0.0083578212259143131363,
    -0.0013332328579943425998,
    0.00022031328706930824893,
    -0.000037040238178456883593,
    6.2837936548549898934e-6,
    -1.0712639085061849855e-6,
    1.8312839465484165806e-7,
    -3.1353509361808509869e-8,
    5.372808776200776626e-9,
    -9.2116814159784275718e-10,
    1.5798126521481822782e-10,
    -2.7098646132380443065e-11,
    4.6487228599096834873e-12,
    -7.9752725638303689727e-13,
    1.3682723857476992249e-13,
    -2.3475156060658972717e-14,
    4.0276307155603541108e-15,
    -6.9102518531179037847e-16,
    1.1856047138863349553e-16,
    -2.0341689616261559308e-17,
    3.490074968646304385e-18,
    -5.9880146934976711003e-19,
)
_POWERS = {
    size: tuple(
        from_chebyshev(series, count)
        for series, count in zip((_ERROR, _SLOPE, _CURVATURE, _LOG_GAMMA1P, _DIGAMMA1P), counts, strict=True)
    )
    for size, counts in ((4, (10, 11, 12, 11, 12)), (8, (25, 28, 30, 23, 25)))
}


def _from_1_on(order: int, inverse: Array) -> Array:
    """a^(k+1) times the k-th derivative of δ, for a >= 1, from 1/a."""
    return horner(_POWERS[inverse.dtype.itemsize][order], 2 * jnp.minimum(inverse, 1.0) - 1)


def _below_1(order: int, a: Array) -> Array:
    """log Γ(1 + a) or its derivative, for a <= 1."""
    return horner(_POWERS[a.dtype.itemsize][3 + order], 2 * jnp.minimum(a, 1.0) - 1)


@jax.custom_jvp
def stirling_error(a: Array) -> Array:
    """δ(a) = log Γ(a) - [(a - ½) log a - a + ½ log 2π] for a > 0; 0 at inf.

    Accuracy: 4 ulp of δ from a = 1 on, of max(1, δ) below. Written with 1/a and log a, which its callers need besides:
    then these are computed once.
    """
    inverse = 1 / a
    below = _below_1(0, a) - (a + 0.5) * jnp.log(a) + (a - HALF_LOG_2PI)
    return jnp.where(a < 1, below, _from_1_on(0, inverse) * inverse)


@stirling_error.defjvp
def _stirling_error_jvp(primals, tangents):
    return stirling_error(*primals), stirling_slope(*primals) * tangents[0]


@jax.custom_jvp
def stirling_error_from_1(a: Array) -> Array:
    """`stirling_error` for a >= 1, which the caller knows: half its cost."""
    inverse = 1 / a
    return _from_1_on(0, inverse) * inverse


@stirling_error_from_1.defjvp
def _stirling_error_from_1_jvp(primals, tangents):
    inverse = 1 / primals[0]
    return stirling_error_from_1(*primals), _from_1_on(1, inverse) * inverse * inverse * tangents[0]


@jax.custom_jvp
def stirling_slope(a: Array) -> Array:
    """δ'(a) = ψ(a) - log a + 1/(2a): 4 ulp from a = 1 on, 20 ulp of max(1, δ') below."""
    inverse = 1 / a
    below = _below_1(1, a) - jnp.log(a) - 0.5 * inverse
    return jnp.where(a < 1, below, _from_1_on(1, inverse) * inverse * inverse)


@stirling_slope.defjvp
def _stirling_slope_jvp(primals, tangents):
    return stirling_slope(*primals), _stirling_curvature(*primals) * tangents[0]


def _stirling_curvature(a: Array) -> Array:
    """δ''(a) = ψ'(a) - 1/a - 1/(2a²), below 1 from that at a + 1."""
    small = a < 1
    low, high = jnp.where(small, a, 0.5), jnp.where(small, a + 1, a)
    gap = 1 / (low * (low + 1))
    return _from_1_on(2, 1 / high) / high / high / high + jnp.where(small, 0.5 * gap * gap, 0.0)


@jax.custom_jvp
def log_gamma_peak(a: Array) -> Array:
    """a log a - a - log Γ(a) = ½ log(a/2π) - δ(a), the largest value over m of a log m - m - log Γ(a)."""
    inverse, log = 1 / a, jnp.log(a)
    below = (a + 1) * log - (a + _below_1(0, a))
    return jnp.where(a < 1, below, 0.5 * log - HALF_LOG_2PI - _from_1_on(0, inverse) * inverse)


def log_gamma_peak_over(a: Array, x: Array, y: Array) -> Array:
    """`log_gamma_peak(a)` + log(y/x); for a < 1 with log(a y/x) in one, as each of three logarithms may be large."""
    small = a < 1
    rest = log_gamma_peak_rest(a) + jnp.where(small, 0.0, 0.5 * jnp.log(a))
    return log_quotient(jnp.where(small, a, 1.0) * y, x) + rest


def log_gamma_peak_rest(a: Array) -> Array:
    """`log_gamma_peak(a)` less log a for a < 1, less ½ log a from 1 on: at most 2 however small or large a is."""
    inverse = 1 / a
    return jnp.where(a < 1, a * jnp.log(a) - (a + _below_1(0, a)), -HALF_LOG_2PI - _from_1_on(0, inverse) * inverse)


@log_gamma_peak.defjvp
def _log_gamma_peak_jvp(primals, tangents):
    return log_gamma_peak(*primals), -digamma_error(*primals) * tangents[0]


def digamma_error(a: Array) -> Array:
    """ψ(a) - log a, without the cancellation at large a."""
    return stirling_slope(a) - 0.5 * (1 / a)
