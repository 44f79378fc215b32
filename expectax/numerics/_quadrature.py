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
    nodes, weights, depth = quadrature(start.dtype)

    def newton(_, end):
        value, slope = exponent(end)
        return end - (value + depth) / slope

    end = lax.fori_loop(0, 4, newton, start)  # a loop: unrolled, XLA's fusion would copy the body 4! times over

    def add(total, node_weight):
        node, weight = node_weight
        return total + weight * jnp.exp(exponent(end * node)[0]), None

    total, _ = lax.scan(add, jnp.zeros_like(start), (jnp.asarray(nodes), jnp.asarray(weights)))
    return jnp.log(total) + jnp.log(end)
