"""Integrals of log-concave functions by Gauss-Legendre, in log space."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array


def quadrature(dtype) -> tuple[np.ndarray, np.ndarray, float]:
    """Gauss-Legendre nodes and weights on [0, 1], and the depth to which tails are followed, for a precision."""
    count, depth = (40, 39.0) if dtype == jnp.float64 else (16, 18.0)
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return 0.5 * (nodes + 1).astype(dtype), 0.5 * weights.astype(dtype), depth


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


def unit_integral(of, like: Array) -> Array:
    """∫₀¹ of(s) ds for a smooth function whose values are shaped as `like`."""
    nodes, weights, _ = quadrature(like.dtype)

    def add(total, node_weight):
        node, weight = node_weight
        return total + weight * of(node), None

    return lax.scan(add, jnp.zeros_like(like), (jnp.asarray(nodes), jnp.asarray(weights)))[0]


def mean_over_tail(exponent, start: Array, of) -> Array:
    """∫₀^∞ of(s) exp(φ(s)) ds / ∫₀^∞ exp(φ(s)) ds, as `log_integral`."""
    nodes, weights, _ = quadrature(start.dtype)
    end = _end_of_tail(exponent, start)

    def add(totals, node_weight):
        node, weight = node_weight
        mass = weight * jnp.exp(exponent(end * node)[0])
        return (totals[0] + mass, totals[1] + mass * of(end * node)), None

    zero = jnp.zeros_like(start)
    (mass, total), _ = lax.scan(add, (zero, zero), (jnp.asarray(nodes), jnp.asarray(weights)))
    return total / mass


def _end_of_tail(exponent, start: Array) -> Array:
    """Where φ has fallen to the depth, or a little beyond."""
    depth = quadrature(start.dtype)[2]

    def newton(_, end):
        value, slope = exponent(end)
        return end - (value + depth) / slope

    return lax.fori_loop(0, 4, newton, start)  # a loop: unrolled, XLA's fusion would copy the body 4! times over
