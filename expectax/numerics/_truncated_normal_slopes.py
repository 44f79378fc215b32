"""How a draw of the truncated normal moves with its parameters, at a fixed value of the distribution function.

With A = φ(a)/φ(z) and B = φ(b)/φ(z) and F = p, 1 - F = q, x moves with low by q A, with high by p B; as it moves with all
of loc, low and high together, and scales with all four,

    ∂x/∂μ = 1 - q A - p B = -q (A - 1) - p (B - 1),   ∂x/∂σ = z - a q A - b p B.

Far out, and on narrow intervals, these differences lose digits that sums of terms of one sign keep (integrate
φ' = -t φ and (t φ)' = (1 - t²) φ over both sides of z):

    ∂x/∂μ = p ∫ (t - z) φ/φ(z) + q ∫ (z - t) φ/φ(z),   above z and below it; ∂x/∂σ likewise with ±(t² - z²).
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._log import divide
from ._polynomial import horner
from ._quadrature import cut_off, quadrature, unit_integral

_EXPM1 = [1 / math.factorial(k + 1) for k in range(15)]  # of (eˣ - 1)/x


class LogTails(NamedTuple):
    """The logarithms of F(x) and of 1 - F(x)."""

    log_p: Array
    log_q: Array


class Draw(NamedTuple):
    """A draw and what it depends on."""

    tail: Array | LogTails
    """F(x) up to ½, F(x) - 1 beyond: both tails with all their digits; their logarithms where they may underflow."""
    x: Array
    loc: Array
    scale: Array
    low: Array
    high: Array


class _View(NamedTuple):
    """A draw in units of the normal. An infinite end has no density, and is put at x."""

    p: Array
    q: Array
    z: Array
    a: Array
    b: Array
    from_low: Array
    to_high: Array
    log_a: Array
    log_b: Array
    at_a: Array
    """q A"""
    at_b: Array


def truncated_normal_slopes(draw: Draw) -> tuple[Array, Array, Array, Array]:
    """∂x/∂(loc, scale, low, high): to 100 ulp, far out and on narrow intervals too."""
    lossy = _is_lossy(draw).any()
    exact = lax.cond(lossy, _integrated, lambda draw: (jnp.zeros_like(_of_all(draw)),) * 2, draw)
    slopes = []
    for slope in (_by_loc, _by_scale, _by_low, _by_high):
        # one pass over the lanes each, computed from the draw: else XLA keeps all that they share in memory
        draw = lax.optimization_barrier(draw)
        slopes.append(slope(draw))
    precise = [jnp.where(_is_lossy(draw), e, s) for e, s in zip(exact, slopes[:2], strict=True)]
    return precise[0], precise[1], slopes[2], slopes[3]


def _is_lossy(draw: Draw) -> Array:
    reach = 3 * draw.scale
    far = (draw.low - draw.loc > reach) | (draw.loc - draw.high > reach)
    return far | (draw.high - draw.low < 0.25 * draw.scale)


def _view(draw: Draw) -> _View:
    tail, x, loc, scale, low, high = draw
    finite = jnp.abs(x) < jnp.inf
    x = jnp.where(finite, x, loc)
    # each quotient is chosen after it is taken: XLA would store it otherwise
    z = jnp.where(finite, divide(x - loc, scale), 0.0)
    a, b = (
        jnp.where(low == -jnp.inf, z, divide(low - loc, scale)),
        jnp.where(high == jnp.inf, z, divide(high - loc, scale)),
    )
    from_low = jnp.where(low == -jnp.inf, 0.0, divide(x - low, scale))
    to_high = jnp.where(high == jnp.inf, 0.0, divide(high - x, scale))
    log_a = jnp.where(low == -jnp.inf, -jnp.inf, 0.5 * from_low * (z + a))
    log_b = jnp.where(high == jnp.inf, -jnp.inf, -0.5 * to_high * (z + b))
    if isinstance(tail, LogTails):
        p, q = jnp.exp(tail.log_p), jnp.exp(tail.log_q)
        at_a, at_b = jnp.exp(tail.log_q + log_a), jnp.exp(tail.log_p + log_b)
    else:
        p, q = jnp.where(tail < 0, 1 + tail, tail), jnp.where(tail < 0, -tail, 1 - tail)
        most = math.log(jnp.finfo(x.dtype).max) - 1  # what a tail of 0 is multiplied with stays finite
        at_a, at_b = q * jnp.exp(jnp.minimum(log_a, most)), p * jnp.exp(jnp.minimum(log_b, most))
    return _View(p, q, z, a, b, from_low, to_high, log_a, log_b, at_a, at_b)


def _by_low(draw: Draw) -> Array:
    return _view(draw).at_a


def _by_high(draw: Draw) -> Array:
    return _view(draw).at_b


def _by_loc(draw: Draw) -> Array:
    v = _view(draw)
    (near_a, more_a), (near_b, more_b) = _expm1_near_0(v.log_a), _expm1_near_0(v.log_b)
    return -(jnp.where(near_a, v.q * more_a, v.at_a - v.q) + jnp.where(near_b, v.p * more_b, v.at_b - v.p))


def _by_scale(draw: Draw) -> Array:
    v = _view(draw)
    (near_a, more_a), (near_b, more_b) = _expm1_near_0(v.log_a), _expm1_near_0(v.log_b)
    by_a = jnp.where(near_a, v.q * (v.from_low - v.a * more_a), v.q * v.z - v.a * v.at_a)
    by_b = jnp.where(near_b, v.p * (-v.to_high - v.b * more_b), v.p * v.z - v.b * v.at_b)
    return by_a + by_b


def _expm1_near_0(x: Array) -> tuple[Array, Array]:
    """(whether |x| < ½, eˣ - 1 there)."""
    near = jnp.abs(x) < 0.5
    x = jnp.where(near, x, 0.0)
    return near, x * horner(_EXPM1[: 15 if x.dtype == jnp.float64 else 8], x)


def _integrated(draw: Draw) -> tuple[Array, Array]:
    """∂x/∂(loc, scale) by the integrals, for lanes that would lose digits."""

    def at(node):
        # all of it in each turn: else XLA keeps in memory what does not change
        here, node = lax.optimization_barrier((draw, node))
        return _integrands(here, node)

    like = _of_all(draw)
    return unit_integral(lambda node: at(node)[0], like), unit_integral(lambda node: at(node)[1], like)


def _of_all(draw: Draw) -> Array:
    """An array that varies along the axes of a `shard_map` along which any part of the draw does."""
    return sum(jax.tree.leaves(draw), jnp.zeros_like(draw.x))


def _integrands(draw: Draw, node: Array) -> tuple[Array, Array]:
    """Of ∂x/∂(loc, scale), each above x and below it at once, over [0, 1]."""
    lossy, harmless = _is_lossy(draw), (0.5, 0.0, 1.0, 0.0, 1.0)
    draw = Draw(draw.tail, *(jnp.where(lossy, v, other) for v, other in zip(draw[1:], harmless, strict=True)))
    v = _view(draw)
    # reflected if the upper end is the nearer one: from the near end on the density falls, or is all but flat
    flip = v.a + v.b < 0
    p, by_near, z = jnp.where(flip, v.q, v.p), jnp.where(flip, v.at_b, v.at_a), jnp.where(flip, -v.z, v.z)
    near, from_near = jnp.where(flip, -v.b, v.a), jnp.where(flip, v.to_high, v.from_low)
    far = jnp.where(flip, draw.low, draw.high)
    to_far = jnp.where(jnp.abs(far) < jnp.inf, jnp.where(flip, v.from_low, v.to_high), jnp.inf)
    above, below = _cut(z, to_far), _cut(near, from_near)
    up, down = node * above, node * below  # from z, and from the near end
    by_up = p * above * up * jnp.exp(-up * (z + 0.5 * up))
    by_down = by_near * below * (from_near - down) * jnp.exp(-down * (near + 0.5 * down))
    by_scale = by_up * (2 * z + up) + by_down * (z + near + down)
    return by_up + by_down, jnp.where(flip, -by_scale, by_scale)


def _cut(start: Array, length: Array) -> Array:
    """The length, or where the density has fallen to the roundoff, if that is nearer."""
    depth = quadrature(start.dtype)[2]
    fall = jnp.where(start > 1e4, depth / start, 2 * depth / (start + jnp.sqrt(start * start + 2 * depth)))
    return jnp.where(length < fall, length, cut_off(fall))
