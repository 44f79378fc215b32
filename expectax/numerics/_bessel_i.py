"""The modified Bessel function I of real order v >= 0, in log space, with its exponential part split off.

With w = √(v² + x²),   log I_v(x) = w - v log((v + w)/x) + c(v, x).   c, `log_iv_factor`, varies slowly; whoever has
large terms of his own (Skellam's law) cancels them against the exponential part by hand.

Two regions. Debye's expansion in 1/w and v²/w² (DLMF 10.41.3) is uniform: with v = 0 it is Hankel's in 1/x, with
x = 0 it is Stirling's; it holds from w = 12 on (25 in double precision). Below, the power series (DLMF 10.25.2), whose
terms are all positive.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array
from ._forward import by_forward_mode
from ._gamma import HALF_LOG_2PI, log_gamma1p
from ._log import log1p
from ._stirling import stirling_error


def _debye_polynomials(count: int) -> np.ndarray:
    """u_k(p) = pᵏ Σ_j c_kj p²ʲ as rows c_k: DLMF 10.41.9; c_kj alternates in j, so that no sum below cancels."""
    rows = np.zeros((count + 1, count + 1))
    rows[0, 0] = 1
    for k in range(count):
        for j in range(k + 2):
            n = k + 2 * j  # power of p in the term that is raised to n + 1
            rows[k + 1, j] = rows[k, j] * (n / 2 + 1 / (8 * (n + 1)))
            if j:
                rows[k + 1, j] -= rows[k, j - 1] * ((n - 2) / 2 + 5 / (8 * (n + 1)))
    return rows


_DEBYE = _debye_polynomials(17)


def debye_limit(dtype) -> float:
    """w from which Debye's expansion has all digits."""
    return 25.0 if dtype == jnp.float64 else 12.0


def debye_rest(t: Array, share: Array) -> Array:
    """Σ_{k>=1} u_k(p)/vᵏ with t = 1/w (-1/w for K) and share = p² = v²/w²."""
    count = 17 if t.dtype == jnp.float64 else 7
    rows = jnp.asarray(_DEBYE[count:0:-1, : count + 1].astype(t.dtype))

    def add(total, row):
        inner = jnp.zeros_like(share)
        for j in range(count, -1, -1):
            inner = inner * share + row[j]
        return (total + inner) * t, None

    return lax.scan(add, jnp.zeros_like(t), rows)[0]


@jax.custom_jvp
def radius(v: Array, x: Array) -> Array:
    """√(v² + x²) without overflow; its derivative at 0 is 0."""
    large, small = jnp.maximum(v, x), jnp.minimum(v, x)
    ratio = small / jnp.where(large > 0, large, 1.0)
    return large * jnp.sqrt(1 + ratio * ratio)


@radius.defjvp
def _radius_jvp(primals, tangents):
    w = radius(*primals)
    safe = jnp.where(w > 0, w, 1.0)
    return w, primals[0] / safe * tangents[0] + primals[1] / safe * tangents[1]


def _series(v: Array, q: Array) -> tuple[Array, Array]:
    """S_v and S_{v+1} with S_v = Σ qᵏ / (k! (v + 1)...(v + k)), by Horner's rule from the last term."""
    count = 62 if q.dtype == jnp.float64 else 32

    def add(j, sums):
        k = lax.convert_element_type(count - j, q.dtype)
        step = q / k
        return 1 + step / (v + k) * sums[0], 1 + step / (v + (k + 1)) * sums[1]

    return lax.fori_loop(0, count, add, (jnp.ones_like(q), jnp.ones_like(q)))


def log_iv_factor(v: Array, x: Array) -> Array:
    """c(v, x) = log I_v(x) - w + v log((v + w)/x) for v, x >= 0: absolute error a few ulp of max(1, |c|).

    For v = 0 it is log(e^(-x) I₀(x)), for x = 0 minus Stirling's error less ½ log 2πv.
    """
    w = radius(v, x)
    near = w < debye_limit(w.dtype)
    return jnp.where(near, _factor_by_series(jnp.where(near, v, 1.0), jnp.where(near, x, 1.0)), _factor_by_debye(
        jnp.where(near, 30.0, v), jnp.where(near, 30.0, x)))  # fmt: skip


def iv_factor_order_slope(v: Array, x: Array) -> Array:
    """∂c/∂v."""
    return jax.jvp(lambda v: log_iv_factor(v, x), (v,), (jnp.ones_like(v),))[1]


def _factor_by_debye(v: Array, x: Array) -> Array:
    w = radius(v, x)
    return log1p(debye_rest(1 / w, (v / w) ** 2)) - HALF_LOG_2PI - 0.5 * jnp.log(w)


def _factor_by_series(v: Array, x: Array) -> Array:
    """The power series, times e^(-x) so that its size leaves the logarithm, over Γ(v + 1)."""
    w = radius(v, x)
    log_series = jnp.log(_series(v, 0.25 * x * x)[0] * jnp.exp(-x))
    few = v < 1
    fraction, many = jnp.where(few, v, 0.5), jnp.where(few, 1.0, v)
    total, middle = w + x, 0.5 * (fraction + w)
    below = fraction * jnp.log(jnp.where(middle > 0, middle, 1.0)) - log_gamma1p(fraction)
    below = below - v * (v / jnp.where(total > 1e-18, total, 1.0))  # nothing is left of it below
    y = x * (x / (w + many))  # w - v
    above = many * log1p(0.5 * y / many) + 2 * many * x / (w + many + x)
    above = above - HALF_LOG_2PI - 0.5 * jnp.log(many) - stirling_error(many)
    return log_series + jnp.where(few, below, above)


@by_forward_mode
def iv_share(v: Array, square: Array) -> Array:
    """ρ = (2(v + 1)/x) I_{v+1}(x)/I_v(x) for v >= 0, as a function of v and x²: relative error a few ulp, 1 at 0.

    In Debye's region from (log I_v)' = (w + x ∂c/∂x)/x and DLMF 10.29.2, where w - v = x²/(w + v).
    """
    w = jnp.sqrt(v * v + square)
    near = w < debye_limit(w.dtype)
    own, following = _series(jnp.where(near, v, 1.0), 0.25 * jnp.where(near, square, 1.0))
    v, w = jnp.where(near, 30.0, v), jnp.where(near, 40.0, w)
    t = 1 / w
    share = (v * t) ** 2
    rest, slope = jax.jvp(debye_rest, (t, share), (-t, -2 * share))  # its derivative in log x, times (w/x)²
    from_rest = t * t * (slope / (1 + rest) - 0.5)
    return jnp.where(near, following / own, 2 * (v + 1) * (1 / (w + v) + from_rest))


@by_forward_mode
def iv_deficit(v: Array, x: Array) -> Array:
    """1 - I_{v+1}(x)/I_v(x) for v, x >= 0: relative error 60 ulp at most, where the series' difference is small.

    In Debye's region w - x = v²/(w + x) leaves terms of one sign.
    """
    w = jnp.sqrt(v * v + x * x)
    near = w < debye_limit(w.dtype)
    inner, few = jnp.where(near, x, 1.0), jnp.where(near, v, 1.0)
    own, following = _series(few, 0.25 * inner * inner)
    by_series = (own - 0.5 * inner / (few + 1) * following) / own
    v, x, w = (
        jnp.where(near, 30.0, v),
        jnp.where(near, 30.0, x),
        radius(jnp.where(near, 30.0, v), jnp.where(near, 30.0, x)),
    )
    t = 1 / w
    share = (v * t) ** 2
    rest, slope = jax.jvp(debye_rest, (t, share), (-t, -2 * share))
    from_rest = t * (0.5 - slope / (1 + rest)) * (x * t)
    by_debye = v * (1 + v / (w + x)) / (w + v) + from_rest
    return jnp.where(near, by_series, by_debye)


def iv_ratio(v: Array, x: Array) -> Array:
    """I_{v+1}(x)/I_v(x) for v, x >= 0: relative error a few ulp, derivatives of any order."""
    return 0.5 * x / (v + 1) * iv_share(v, x * x)


@jax.custom_jvp
def log_over(v: Array, x: Array) -> Array:
    """asinh(v/x) = log((v + w)/x) for v >= 0, x > 0."""
    ratio = v / x
    large = ratio > 1e10
    small = jnp.where(large, 1.0, ratio)
    by_log1p = log1p(small + small * (small / (1 + jnp.sqrt(1 + small * small))))
    return jnp.where(large, math.log(2) + jnp.log(jnp.where(large, v, 1.0)) - jnp.log(x), by_log1p)


@log_over.defjvp
def _log_over_jvp(primals, tangents):
    v, x = primals
    w = radius(v, x)
    by_x = v / w * (1 / x)  # XLA would make v/w/x a quotient by w x, which underflows
    return log_over(v, x), tangents[0] / w - by_x * tangents[1]


@jax.custom_jvp
def log_iv(v: Array, x: Array) -> Array:
    """log I_v(x) for v >= 0, x > 0: a few ulp of max(1, w, v log((v + w)/x)); every derivative in both arguments."""
    return radius(v, x) - v * log_over(v, x) + log_iv_factor(v, x)


@log_iv.defjvp
def _log_iv_jvp(primals, tangents):
    v, x = primals
    by_x = v / x + iv_ratio(v, x)  # DLMF 10.29.2
    return log_iv(v, x), _log_iv_order_slope(v, x) * tangents[0] + by_x * tangents[1]


@by_forward_mode
def _log_iv_order_slope(v: Array, x: Array) -> Array:
    """∂/∂v: the exponential part w - v log((v + w)/x) is stationary in w."""
    return iv_factor_order_slope(v, x) - log_over(v, x)
