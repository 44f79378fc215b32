"""Marcum's Q function, the tails of the non-central χ² and gamma laws, in log space.

T ~ Gamma(μ + N, 1) with N ~ Poisson(x) has the density g(t) = e^(-t-x) (t/x)^((μ-1)/2) I_{μ-1}(2 √(xt)), and
Q_μ(a, b) = P(T > y) with x = a²/2, y = b²/2: the definition of Gil, Segura, Temme, "Computation of the Marcum Q
function" (2014), equation 1. g is `log_skellam_kernel`, in which nothing large cancels; the smaller tail is g(y) times
the integral of g(t)/g(y), log-concave in √t for μ >= 1, by Gauss-Legendre to where it reaches the unit roundoff.
"""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._bessel_i import iv_share
from ._forward import by_forward_mode
from ._log import log1mexp
from ._quadrature import quadrature
from ._skellam import log_skellam_kernel


def _log_step_down(order: Array, t: Array, x: Array) -> Array:
    """log of g_{μ-1}/g_μ in the index of the Bessel function: μ/t + x ρ/(μ + 1)."""
    return jnp.log(order / t + x * iv_share(order, 4 * t * x) / (order + 1))


def _log_density(order: Array, x: Array, t: Array) -> Array:
    """log g(t) for order > 0: below 1 by one step of recurrence from I_μ."""
    few = order < 1
    kernel = log_skellam_kernel(jnp.where(few, order, order - 1), t, x)
    return kernel + jnp.where(few, _log_step_down(jnp.where(few, order, 1.0), t, x), 0.0)


def _slope(order: Array, x: Array, t: Array) -> Array:
    """∂ log g/∂t for order >= 1, for a reach only."""
    k = order - 1
    return k / t + x * iv_share(k, 4 * t * x) / (k + 1) - 1


@by_forward_mode
def _log_mills(order: Array, x: Array, y: Array) -> Array:
    """log of the smaller tail over g(y): the upper one from y = μ + x on."""
    upper = y >= order + x
    side = jnp.where(upper, 1.0, -1.0).astype(y.dtype)
    nodes, weights, _ = quadrature(y.dtype)
    root = jnp.sqrt(y)
    reach = lax.stop_gradient(_reach(order, x, y, upper))
    at_end = _log_density(order, x, y)

    def add(total, node_weight):
        node, weight = node_weight
        u = root + side * reach * node
        return total + weight * u * jnp.exp(_log_density(order, x, u * u) - at_end), None

    total, _ = lax.scan(add, jnp.zeros_like(y), (jnp.asarray(nodes), jnp.asarray(weights)))
    return jnp.log(2 * total) + jnp.log(reach)


def _reach(order: Array, x: Array, y: Array, upper: Array) -> Array:
    """How far in √t the density is followed: Newton's steps towards its fall by e^(-depth), or down to 0."""
    depth = quadrature(y.dtype)[2]
    root = jnp.sqrt(y)
    side = jnp.where(upper, 1.0, -1.0).astype(y.dtype)
    order = jnp.where(order < 1, 1.0, order)
    at_end = log_skellam_kernel(order - 1, y, x) + jnp.log(root)

    def fall(s):
        u = root + side * s
        u = jnp.where(u > 1e-3 * root, u, 1e-3 * root)
        value = log_skellam_kernel(order - 1, u * u, x) + jnp.log(u) - at_end
        return value, side * (1 / u + 2 * u * _slope(order, x, u * u))

    def newton(_, s):
        value, slope = fall(s)
        following = s - (value + depth) / slope
        following = jnp.where(following > 0.1 * s, following, 0.1 * s)
        following = jnp.where(following < 10 * s, following, 10 * s)
        return jnp.where(upper | (following < root), following, root)

    steep = jnp.abs(fall(jnp.zeros_like(y))[1])
    start = 2 * depth / (steep + jnp.sqrt(steep * steep + 4 * depth))
    return lax.fori_loop(0, 5, newton, jnp.where(upper | (start < root), start, root))


@jax.custom_jvp
def _log_smaller_tail(order: Array, x: Array, y: Array) -> Array:
    """log P(T > y) from y = μ + x on, else log P(T <= y); for order >= 1, or the upper tail."""
    return _log_density(order, x, y) + _log_mills(order, x, y)


@_log_smaller_tail.defjvp
def _log_smaller_tail_jvp(primals, tangents):
    """∂Q/∂y = -g_{μ-1}(y) and ∂Q/∂x = g_μ(y) (Gil, Segura, Temme 2014, equations 2 and 16)."""
    order, x, y = primals
    d_order, dx, dy = tangents
    hazard = jnp.where(y >= order + x, 1.0, -1.0).astype(y.dtype) * jnp.exp(-_log_mills(order, x, y))
    by_x = hazard * jnp.exp(-_log_step_down(order, y, x))
    tangent = by_x * dx - hazard * dy + _order_slope(order, x, y) * d_order
    return _log_smaller_tail(*primals), tangent


@by_forward_mode
def _order_slope(order: Array, x: Array, y: Array) -> Array:
    def log_tail(order):
        return _log_density(order, x, y) + _log_mills(order, x, y)

    return jax.jvp(log_tail, (order,), (jnp.ones_like(order),))[1]


def log_noncentral_gamma(order: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """(log P(T <= y), log P(T > y)) for order > 0 and x, y >= 0.

    Accuracy: the smaller tail a few ulp of max(1, |log|) for order >= 1. Below 1 the lower tail is P_{μ+1} + g_{μ+1},
    a sum of positive terms.
    """
    inside = (y > 0) & (y < jnp.inf)
    safe = jnp.where(inside, y, 1.0)
    upper = safe >= order + x
    few = ~upper & (order < 1)
    # one order up, the mean is farther right: still the lower tail
    tail = _log_smaller_tail(jnp.where(few, order + 1, order), x, safe)
    step = log_skellam_kernel(jnp.where(few, order, 1.0), safe, x)
    tail = jnp.where(few, jnp.logaddexp(tail, step), tail)
    rest = log1mexp(jnp.where(tail < 0, tail, -jnp.finfo(tail.dtype).tiny))
    nan = jnp.isnan(y) | jnp.isnan(x) | jnp.isnan(order)
    ends = [jnp.where(nan, jnp.nan, jnp.where(at_end, -jnp.inf, 0.0)) for at_end in (y <= 0, y > 0)]
    below = jnp.where(inside & ~nan, jnp.where(upper, rest, tail), ends[0])
    return below, jnp.where(inside & ~nan, jnp.where(upper, tail, rest), ends[1])


def log_marcum_q(order: Array, a: Array, b: Array) -> Array:
    """log Q_μ(a, b) for order μ > 0 and a, b >= 0: that a non-central χ with 2μ degrees of freedom exceeds b."""
    return log_noncentral_gamma(order, 0.5 * a * a, 0.5 * b * b)[1]


def log_marcum_p(order: Array, a: Array, b: Array) -> Array:
    """log(1 - Q_μ(a, b)), accurate also where Q is close to 1."""
    return log_noncentral_gamma(order, 0.5 * a * a, 0.5 * b * b)[0]
