"""The law of von Mises and Fisher on the unit sphere of ℝⁿ, in the angle φ to its mean direction.

    p(x) = exp(κ (cos φ - 1)) / (e^(-κ) (2π)^(n/2) I_v(κ)/κ^v),   v = n/2 - 1

The angle's density is g(φ) ∝ exp(κ cos φ) sin^(n-2) φ. How a quantile of it moves with κ is an integral of g over g(φ),
an entire function, by Gauss-Legendre up to where it falls below the unit roundoff, as in `_von_mises`.
"""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._bessel_i import iv_deficit, log_iv_factor, radius
from ._forward import by_forward_mode
from ._gamma import HALF_LOG_2PI
from ._quadrature import cut_off, quadrature

_HALVINGS = 7
"""Of the logarithm of an interval's length, from 2⁻⁶⁴ of the whole: to a factor √2."""


def von_mises_fisher_log_peak(kappa: Array, n: int) -> Array:
    """log p(x) at φ = 0: a few ulp of max(1, |result|, n); its slope is the deficit of the mean length."""
    return _log_peak(kappa, jnp.full_like(kappa, 0.5 * n - 1))


@jax.custom_jvp
def _log_peak(kappa: Array, v: Array) -> Array:
    w = radius(v, kappa)
    total = jnp.where(v > 0, v + w, 1.0)
    excess = jnp.where(w > 0, v * (v / jnp.where(w > 0, kappa + w, 1.0)), 0.0)  # w - κ
    return v * jnp.log(total) - excess - log_iv_factor(v, kappa) - 2 * (v + 1) * HALF_LOG_2PI


@_log_peak.defjvp
def _log_peak_jvp(primals, tangents):
    kappa, v = primals  # v is a constant
    return _log_peak(kappa, v), iv_deficit(v, kappa) * tangents[0]


def mean_deficit(kappa: Array, n: int) -> Array:
    """1 - I_{v+1}(κ)/I_v(κ), the mean of 1 - cos φ."""
    return iv_deficit(jnp.full_like(kappa, 0.5 * n - 1), kappa)


def polar_angle_slope(angle: Array, kappa: Array, n: int) -> Array:
    """dφ/dκ at a fixed value of φ's distribution function, for 0 <= φ <= π; every derivative.

    -∫ (cos s - A) g(s)/g(φ) ds from 0 to φ, where cos φ > A = E cos φ, and else that from φ to π with the other sign: one
    sign under the integral, no cancellation.
    """
    return _slope(angle, kappa, jnp.full_like(angle, float(n - 2)))


@by_forward_mode
def _slope(angle: Array, kappa: Array, power: Array) -> Array:
    deficit = iv_deficit(0.5 * power, kappa)
    central = 2 * jnp.sin(0.5 * angle) ** 2 < deficit
    side = jnp.where(central, -1.0, 1.0).astype(angle.dtype)
    whole = jnp.where(central, angle, _to_the_end(angle))
    length = _reach(angle, kappa, power, side, whole)
    nodes, weights, _ = quadrature(angle.dtype)

    def add(total, node_weight):
        node, weight = node_weight
        step = length * node
        lift = deficit - 2 * jnp.sin(0.5 * (angle + side * step)) ** 2  # cos s - A
        return total + weight * lift * jnp.exp(_log_ratio(angle, kappa, power, side, step)), None

    total, _ = lax.scan(add, jnp.zeros_like(angle), (jnp.asarray(nodes), jnp.asarray(weights)))
    return side * total * length


def _to_the_end(angle: Array) -> Array:
    rest = math.pi - angle
    return jnp.where(rest > 0, rest, jnp.where(jnp.isnan(angle), angle, 0.0))


def _log_ratio(angle: Array, kappa: Array, power: Array, side: Array, step: Array) -> Array:
    """log g(s)/g(φ) at s = φ ± step."""
    half = 0.5 * side * step
    drop = 2 * jnp.sin(angle + half) * jnp.sin(half)  # cos φ - cos s
    # sin s/sin φ = cos h + cot φ sin h, with h = ± step
    own, other = jnp.sin(angle), jnp.sin(angle + 2 * half)
    floor = jnp.finfo(angle.dtype).tiny
    ratio = jnp.maximum(other, floor) / jnp.maximum(own, floor)
    return -kappa * drop + power * jnp.log(jnp.maximum(ratio, floor))


def _reach(angle: Array, kappa: Array, power: Array, side: Array, whole: Array) -> Array:
    """The least of `whole` and a length (within a factor √2) beyond which g is below the depth: it has one mode."""
    depth = quadrature(angle.dtype)[2]

    def halve(_, ends):
        low, high = ends
        middle = 0.5 * (low + high)
        value = _log_ratio(angle, kappa, power, side, whole * jnp.exp2(-middle))
        seen = value > -depth
        return jnp.where(seen, low, middle), jnp.where(seen, middle, high)

    start = jnp.zeros_like(angle), jnp.full_like(angle, 64.0)
    return whole * jnp.exp2(-cut_off(lax.fori_loop(0, _HALVINGS, halve, start)[0]))
