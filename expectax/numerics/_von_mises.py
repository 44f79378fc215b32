"""The circular normal law of von Mises with mean direction 0: f(z) = exp(-2κ sin²(z/2)) / (2π e^(-κ) I₀(κ)), |z| <= π.

Written with sin² instead of cos z - 1, nothing cancels however large κ is. Its tails are integrals of the density over
that at the end, an entire function, by Gauss-Legendre up to where it reaches the unit roundoff or the other end of the
circle; that serves every κ, from the uniform law to the normal one.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from .._typing import Array
from ._bessel_i0 import i0_deficit, log_i0e
from ._forward import by_forward_mode
from ._log import log1mexp
from ._quadrature import cut_off, quadrature

_LOG_2PI = math.log(2 * math.pi)


def von_mises_log_density(z: Array, kappa: Array) -> Array:
    """log f(z) for any angle z: a few ulp of max(1, |result|, |z f'/f|), κ from 0 to the largest number."""
    half = jnp.sin(0.5 * z)
    return -2 * (kappa * half) * half - (_LOG_2PI + log_i0e(kappa))


def _to_the_end(size: Array) -> Array:
    """π - |z| >= 0, with the digits of π beyond the float type's."""
    high = np.asarray(math.pi, size.dtype)
    low = (math.pi - float(high)) if size.dtype != jnp.float64 else 1.2246467991473532e-16  # sin of the rounded π
    rest = (jnp.asarray(high) - size) + low
    return jnp.where(rest > 0, rest, jnp.where(jnp.isnan(size), size, 0.0))


def _reach(size: Array, kappa: Array) -> Array:
    """How far beyond |z| the density is followed: 2(asin √(h + δ) - asin √h), h = sin²(z/2), δ = depth/(2κ)."""
    sine, cosine = jnp.sin(0.5 * size), jnp.cos(0.5 * size)
    depth = quadrature(size.dtype)[2]
    floor = jnp.finfo(size.dtype).tiny
    delta = 0.5 * depth / jnp.where(kappa > floor, kappa, floor)
    rest = cosine * cosine - delta
    inside = rest > 0
    root = jnp.sqrt(sine * sine + delta) * cosine + sine * jnp.sqrt(jnp.where(inside, rest, 1.0))
    by_depth = 2 * jnp.arcsin(jnp.where(inside, jnp.minimum(delta / jnp.where(inside, root, 1.0), 1.0), 0.0))
    end = _to_the_end(size)
    return jnp.where(inside & (by_depth < end), cut_off(by_depth), end)


def _integrate(weight, size: Array, kappa: Array, side: Array, length: Array) -> Array:
    """∫₀^length weight(t) f(t)/f(z) ds with t = |z| + side · s."""
    nodes, weights, _ = quadrature(size.dtype)

    def add(total, node_weight):
        node, quadrature_weight = node_weight
        half = 0.5 * side * length * node
        drop = 2 * jnp.sin(size + half) * jnp.sin(half)  # cos z - cos t
        return total + quadrature_weight * weight(size + 2 * half) * jnp.exp(-kappa * drop), None

    total, _ = lax.scan(add, jnp.zeros_like(length), (jnp.asarray(nodes), jnp.asarray(weights)))
    return total * length


def _mills(size: Array, kappa: Array) -> Array:
    """P(Z > |z|)/f(z)."""
    return _integrate(jnp.ones_like, size, kappa, jnp.ones_like(size), _reach(size, kappa))


@jax.custom_jvp
def von_mises_log_cdf(z: Array, kappa: Array) -> Array:
    """log P(Z <= z) on the circle cut at ±π; log P(Z > z) is that at -z.

    Accuracy, relative to P in the smaller tail: 75 ulp at most in single precision, of which most is the condition
    """
    inside = jnp.abs(z) < math.pi
    size = jnp.where(inside, jnp.abs(z), 1.0)
    log_tail = von_mises_log_density(size, kappa) + jnp.log(_mills(size, kappa))
    value = jnp.where(z <= 0, log_tail, log1mexp(jnp.where(z <= 0, -1.0, log_tail)))
    return jnp.where(
        inside, value, jnp.where(jnp.isnan(z) | jnp.isnan(kappa), jnp.nan, jnp.where(z < 0, -jnp.inf, 0.0))
    )


@von_mises_log_cdf.defjvp
def _von_mises_log_cdf_jvp(primals, tangents):
    z, kappa = primals
    dz, dkappa = tangents
    value = von_mises_log_cdf(z, kappa)
    on_circle = jnp.where(jnp.abs(z) >= math.pi, 0.0, z)  # z may be infinite
    return value, _hazard(z, kappa) * (dz - von_mises_slope(on_circle, kappa) * dkappa)


@by_forward_mode
def _hazard(z: Array, kappa: Array) -> Array:
    """f(z)/P(Z <= z); 0 outside the circle."""
    inside = jnp.abs(z) < math.pi
    size = jnp.where(inside, jnp.abs(z), 1.0)
    mills = _mills(size, kappa)
    log_density = von_mises_log_density(size, kappa)
    density = jnp.exp(log_density)
    return jnp.where(inside, jnp.where(z <= 0, 1 / mills, density / (1 - density * mills)), 0.0)


@by_forward_mode
def von_mises_slope(z: Array, kappa: Array) -> Array:
    """dz/dκ at a fixed value of the CDF, -F_κ/f: how a draw moves.

    F_κ = ∫ (cos t - A) f dt, A = I₁/I₀, vanishes over the half circle; it is taken from 0 to |z| where cos z > A and
    from |z| to π elsewhere, where the integrand has one sign: no cancellation, a few ulp relative to the result.
    """
    size = jnp.abs(z)
    deficit = i0_deficit(kappa)
    central = 2 * jnp.sin(0.5 * size) ** 2 < deficit
    side = jnp.where(central, -1.0, 1.0).astype(z.dtype)
    length = jnp.where(central, size, _reach(size, kappa))

    def excess(t):
        return side * (2 * jnp.sin(0.5 * t) ** 2 - deficit)

    return -jnp.sign(z) * _integrate(excess, size, kappa, side, length)


@jax.custom_jvp
def von_mises_quantile(p: Array, kappa: Array) -> Array:
    """z in [-π, π] with P(Z <= z) = p: a few ulp of max(|z|, p/f). Newton's method on log P, kept in a bracket."""
    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, p, 0.25)
    tail = jnp.where(safe < 0.5, safe, 1 - safe)
    z = _lower_quantile(tail, kappa)
    z = jnp.where(safe < 0.5, z, -z)
    end = jnp.where(p == 0, -math.pi, jnp.where(p == 1, math.pi, jnp.nan)).astype(z.dtype)
    return jnp.where(jnp.isnan(kappa), jnp.nan, jnp.where(inside, z, end))


def _lower_quantile(tail: Array, kappa: Array) -> Array:
    """z <= 0 with P(Z <= z) = tail <= ½; that of the uniform law lies below it."""
    eps = jnp.finfo(tail.dtype).eps
    target = jnp.log(tail)
    low = 2 * math.pi * tail - math.pi
    chord = 0.5 * special.ndtri(tail) / jnp.sqrt(jnp.where(kappa > 0.1, kappa, 0.1))
    start = jnp.maximum(low, 2 * jnp.arcsin(jnp.maximum(chord, -1.0)))

    def unfinished(state):
        count, moving = state[0], state[-1]
        return (count < 60) & moving.any()

    def iterate(state):
        count, low, high, z, _ = state
        mills = _mills(-z, kappa)
        gap = target - (von_mises_log_density(z, kappa) + jnp.log(mills))
        low, high = jnp.where(gap > 0, z, low), jnp.where(gap < 0, z, high)
        step = gap * mills
        proposal = z + step
        bad = ~((proposal >= low) & (proposal <= high))
        proposal = jnp.where(bad, 0.5 * (low + high), proposal)
        moving = jnp.abs(proposal - z) > 2 * eps * (jnp.abs(z) + mills)
        return count + 1, low, high, proposal, moving

    first = (0, low, jnp.zeros_like(start), start, jnp.ones(start.shape, bool))
    return lax.while_loop(unfinished, iterate, iterate(first))[3]


@von_mises_quantile.defjvp
def _von_mises_quantile_jvp(primals, tangents):
    p, kappa = primals
    dp, dkappa = tangents
    z = von_mises_quantile(p, kappa)
    inside = (p > 0) & (p < 1)
    safe = jnp.where(inside, z, 1.0)
    change = jnp.exp(-von_mises_log_density(safe, kappa)) * dp + von_mises_slope(safe, kappa) * dkappa
    return z, jnp.where(inside, change, 0.0)


def von_mises_variance(kappa: Array) -> Array:
    """E[Z²] on the circle cut at ±π: from π²/3 at κ = 0 to 1/κ; a few ulp."""
    zero = jnp.zeros_like(kappa)
    second = _integrate(jnp.square, zero, kappa, jnp.ones_like(kappa), _reach(zero, kappa))
    return 2 * jnp.exp(von_mises_log_density(zero, kappa)) * second


def von_mises_entropy(kappa: Array) -> Array:
    """-E[log f(Z)] = log(2π e^(-κ) I₀(κ)) + κ (1 - I₁(κ)/I₀(κ))."""
    return _LOG_2PI + log_i0e(kappa) + kappa * i0_deficit(kappa)
