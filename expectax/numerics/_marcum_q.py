"""Marcum's Q function, the tails of the non-central χ² and gamma laws, in log space.

T ~ Gamma(μ + N, 1) with N ~ Poisson(x) has the density g(t) = e^(-t-x) (t/x)^((μ-1)/2) I_{μ-1}(2 √(xt)), and
Q_μ(a, b) = P(T > y) with x = a²/2, y = b²/2: the definition of Gil, Segura, Temme, "Computation of the Marcum Q
function" (2014), equation 1. g is `log_skellam_kernel`, in which nothing large cancels; the smaller tail is g(y) times
the integral of g(t)/g(y), log-concave in √t for μ >= 1, by Gauss-Legendre to where it reaches the unit roundoff.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array
from ._bessel_i import iv_share
from ._forward import by_forward_mode
from ._log import log1mexp
from ._quadrature import cut_off, quadrature
from ._skellam import log_skellam_kernel


def log_step_down(order: Array, t: Array, x: Array) -> Array:
    """log of g_{μ-1}/g_μ in the index of the Bessel function: μ/t + x ρ/(μ + 1)."""
    return jnp.log(order / t + x * iv_share(order, 4 * t * x) / (order + 1))


def _log_density(order: Array, x: Array, t: Array) -> Array:
    """log g(t) for order >= 1."""
    return log_skellam_kernel(order - 1, t, x)


def noncentral_gamma_log_density(order: Array, x: Array, t: Array) -> Array:
    """log g(t) for order > 0, x >= 0 and t > 0: below 1 by one step of recurrence from I_μ.

    Accuracy: a few ulp of max(1, |result|, its largest derivative times argument).
    """
    few = order < 1
    kernel = log_skellam_kernel(jnp.where(few, order, order - 1), t, x)
    return kernel + jnp.where(few, log_step_down(jnp.where(few, order, 1.0), t, x), 0.0)


def _reach(order: Array, x: Array, y: Array, upper: Array) -> Array:
    """How far in √t the density is followed: a parabola's fall by the depth, or down to 0.

    The parabola has the density's slope at y, or none where that points up, and the least curvature that it has, that
    of e^(-t); of order 1 for a lower one, whose density falls faster.
    """
    depth = quadrature(y.dtype)[2]
    root = jnp.sqrt(y)
    order = jnp.where(order < 1, 1.0, order)
    k = order - 1
    slope = (2 * k + 1) / root + 2 * root * (x * iv_share(k, 4 * y * x) / (k + 1) - 1)
    fall = jnp.maximum(jnp.where(upper, -slope, slope), 0.0)
    reach = 2 * depth / (fall + jnp.sqrt(fall * fall + 4 * depth))
    return jnp.where(upper | (reach < root), cut_off(reach), root)


def _tail_parts(log_density, order: Array, x: Array, y: Array) -> tuple[Array, Array]:
    """(log g(y), log of the smaller tail over g(y)): the upper tail from y = μ + x on. One loop, so that XLA compiles
    the density once: its first node is y itself.
    """
    upper = y >= order + x
    side = jnp.where(upper, 1.0, -1.0).astype(y.dtype)
    nodes, weights, _ = quadrature(y.dtype)
    nodes, weights = (jnp.asarray(np.concatenate([np.zeros(1, y.dtype), v])) for v in (nodes, weights))
    root = jnp.sqrt(y)
    reach = _reach(order, x, y, upper)
    # nodes crowd towards the branch point u^(2μ-1) at 0: where the way leads down to it, or sets out close to it
    down, close = (reach == root) & ~upper, upper & (y < 1)

    def add(parts, node_weight):
        at_end, total = parts
        node, weight = node_weight
        rest = 1 - node
        u = jnp.where(down, root * rest * rest, root + side * reach * jnp.where(close, node**3, node))
        weight = weight * jnp.where(down, 2 * rest, jnp.where(close, 3 * node * node, 1.0))
        value = log_density(order, x, u * u)
        at_end = jnp.where(node == 0, value, at_end)
        return (at_end, total + weight * u * jnp.exp(value - at_end)), None

    (at_end, total), _ = lax.scan(add, (jnp.zeros_like(y), jnp.zeros_like(y)), (nodes, weights))
    return at_end, jnp.log(2 * total) + jnp.log(reach)


def _smaller_tail(log_density):
    """A function (order, x, y) -> log P(T > y) from y = μ + x on, else log P(T <= y), with its derivatives.

    ∂Q/∂y = -g_{μ-1}(y) and ∂Q/∂x = g_μ(y) (Gil, Segura, Temme 2014, equations 2 and 16).
    """

    def slopes(change: Array, of_log_density: Array) -> Array:
        return jnp.stack([change, of_log_density - change])

    def hazard(tail_and_hazard: Array, order: Array, x: Array, y: Array) -> Array:
        return jnp.where(y >= order + x, 1.0, -1.0).astype(y.dtype) * jnp.exp(tail_and_hazard[1])

    def by_x(values: Array, order: Array, x: Array, y: Array) -> Array:
        change = hazard(values, order, x, y) * jnp.exp(-log_step_down(order, y, x))
        return slopes(change, jax.jvp(lambda x: log_density(order, x, y), (x,), (jnp.ones_like(x),))[1])

    def by_y(values: Array, order: Array, x: Array, y: Array) -> Array:
        change = -hazard(values, order, x, y)
        return slopes(change, jax.jvp(lambda y: log_density(order, x, y), (y,), (jnp.ones_like(y),))[1])

    @functools.partial(by_forward_mode, known={1: by_x, 2: by_y})
    def tail_and_hazard(order: Array, x: Array, y: Array) -> Array:
        at_end, log_mills = _tail_parts(log_density, order, x, y)
        return jnp.stack([at_end + log_mills, -log_mills])

    return lambda order, x, y: tail_and_hazard(order, x, y)[0]


_log_tail_from_one = _smaller_tail(_log_density)
_log_tail_of_every_order = _smaller_tail(noncentral_gamma_log_density)


def log_noncentral_gamma(order: Array, x: Array, y: Array, *, from_one: bool = False) -> tuple[Array, Array]:
    """(log P(T <= y), log P(T > y)) for order > 0 and x, y >= 0.

    Accuracy: the smaller tail 20 ulp times its condition in y and x; fewer digits for orders below 10⁻³ at x near 0.
    Below order 1 the lower tail is P_{μ+1} + g_{μ+1}, a sum of positive terms.

    Args:
        order: μ.
        x: mean of the Poisson number of further events.
        y: where the law is cut.
        from_one: promises order >= 1, for less code.
    """
    inside = (y > 0) & (y < jnp.inf)
    safe = jnp.where(inside, y, 1.0)
    upper = safe >= order + x
    if from_one:
        tail = _log_tail_from_one(order, x, safe)
    else:
        few = ~upper & (order < 1)
        # one order up, the mean is farther right: still the lower tail
        tail = _log_tail_of_every_order(jnp.where(few, order + 1, order), x, safe)
        step = log_skellam_kernel(jnp.where(few, order, 1.0), safe, x)
        tail = jnp.where(few, jnp.logaddexp(tail, step), tail)
    least = -jnp.finfo(tail.dtype).tiny
    tail = jnp.where(tail > least, least, tail)  # of the smallest orders rounding leaves a chance above 1
    rest = log1mexp(tail)
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
