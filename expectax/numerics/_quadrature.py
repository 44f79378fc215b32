"""Integrals of log-concave functions by Gauss-Legendre, in log space."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array


def quadrature(dtype) -> tuple[np.ndarray, np.ndarray, float]:
    """Gauss-Legendre nodes and weights on [0, 1], and the depth to which tails are followed, for a precision."""
    count, depth = (40, 39.0) if dtype == jnp.float64 else (16, 18.0)
    nodes, weights = gauss_legendre(count)
    return nodes.astype(dtype), weights.astype(dtype), depth


@functools.cache
def gauss_legendre(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1]: NumPy's nodes polished in extended precision, as its weights err by 300 ulp at 40 points."""
    x = np.polynomial.legendre.leggauss(count)[0].astype(np.longdouble)
    for _ in range(2):
        before, value = np.ones_like(x), x
        for n in range(2, count + 1):  # Bonnet's recursion, A&S 22.7.10
            before, value = value, ((2 * n - 1) * x * value - (n - 1) * before) / n
        slope = count * (before - x * value) / (1 - x * x)
        x = x - value / slope
    weights = 2 / ((1 - x * x) * slope * slope)
    return (0.5 * (1 + x)).astype(np.float64), (0.5 * weights).astype(np.float64)


@jax.custom_jvp
def cut_off(end: Array) -> Array:
    """An end at which a quadrature is cut because nothing lies beyond: it has no derivative, only noise would follow."""
    return end


@cut_off.defjvp
def _cut_off_jvp(primals, _):
    return primals[0], jnp.zeros_like(primals[0])


def log_integral(exponent, start: Array) -> Array:
    """log ∫₀^∞ exp(φ(s)) ds for concave φ with φ(0) = 0 that falls.

    Args:
        exponent: s -> (φ(s), φ'(s)).
        start: a first guess of where φ reaches the depth; Newton's steps then bound it from the right.
    """
    nodes, weights, _ = quadrature(start.dtype)
    end = _end_of_tail(exponent, start)

    def add(total, node_weight):
        node, weight = node_weight
        return total + weight * jnp.exp(exponent(end * node)[0]), None

    total, _ = lax.scan(add, jnp.zeros_like(start), (jnp.asarray(nodes), jnp.asarray(weights)))
    return jnp.log(total) + jnp.log(end)


def log_integral_from_corner(exponent, start: Array) -> Array:
    """`log_integral` for φ with singularities beside s = 0, as near as 1/25 of the tail's length (a tenth in single).

    In u = √s they are further off, and the nodes are more.
    """
    end, total = _from_corner(exponent, start, lambda _, __: 1.0)
    return jnp.log(total) + jnp.log(end)


def integral_from_corner(exponent, start: Array, of) -> Array:
    """∫₀^∞ of(s, φ(s)) exp(φ(s)) ds, as `log_integral_from_corner`."""
    end, total = _from_corner(exponent, start, of)
    return total * end


def _from_corner(exponent, start: Array, of) -> tuple[Array, Array]:
    """The end of the tail, and the integral in units of it."""
    nodes, weights = _fine(start)
    end = _end_of_tail(exponent, start)

    def add(total, node_weight):
        node, weight = node_weight
        s = end * (node * node)
        height = exponent(s)[0]
        return total + weight * (jnp.exp(height) * of(s, height)), None

    pairs = jnp.asarray(nodes), jnp.asarray((2 * nodes * weights).astype(start.dtype))
    return end, lax.scan(add, jnp.zeros_like(start), pairs)[0]


def unit_integral(of, like: Array) -> Array:
    """∫₀¹ of(s) ds for a smooth function whose values are shaped as `like`."""
    nodes, weights, _ = quadrature(like.dtype)
    return _unit_integral(of, like, nodes, weights)


def fine_unit_integral(of, like: Array) -> Array:
    """The same for one that bends more, with as many nodes as `log_integral_from_corner`."""
    return _unit_integral(of, like, *_fine(like))


def _fine(like: Array) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = gauss_legendre(64 if like.dtype == jnp.float64 else 24)
    return nodes.astype(like.dtype), weights.astype(like.dtype)


def _unit_integral(of, like: Array, nodes: np.ndarray, weights: np.ndarray) -> Array:
    def add(total, node_weight):
        node, weight = node_weight
        return total + weight * of(node), None

    return lax.scan(add, jnp.zeros_like(like), (jnp.asarray(nodes), jnp.asarray(weights)))[0]


def means_over_tail(exponent, start: Array, of) -> list[Array]:
    """∫₀^∞ f(s) exp(φ(s)) ds / ∫₀^∞ exp(φ(s)) ds for every f(s) in the list of(s), as `log_integral`."""
    nodes, weights, _ = quadrature(start.dtype)
    end = _end_of_tail(exponent, start)

    def add(totals, node_weight):
        node, weight = node_weight
        mass = weight * jnp.exp(exponent(end * node)[0])
        values = of(end * node)
        return (totals[0] + mass, [t + mass * v for t, v in zip(totals[1], values, strict=True)]), None

    zero = jnp.zeros_like(start)
    zeros = [zero for _ in jax.eval_shape(of, start)]
    (mass, totals), _ = lax.scan(add, (zero, zeros), (jnp.asarray(nodes), jnp.asarray(weights)))
    return [total / mass for total in totals]


def _end_of_tail(exponent, start: Array) -> Array:
    """Where φ has fallen to the depth, or a little beyond."""
    depth = quadrature(start.dtype)[2]

    def newton(_, end):
        value, slope = exponent(end)
        return end - (value + depth) / slope

    # a loop: unrolled, XLA's fusion would copy the body 4! times over
    return cut_off(lax.fori_loop(0, 4, newton, start))
