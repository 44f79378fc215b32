"""Angles to the mean direction of the law of von Mises and Fisher, with their derivative in the concentration."""

import functools
import math

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import polar_angle_slope
from ._rejection import accepted
from ._words import seed_of, uniform


@functools.partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def polar_angle(key: Key, kappa: Array, n: int, shape: Shape) -> Array:
    """φ in [0, π] with density ∝ exp(κ cos φ) sin^(n-2) φ, for any κ >= 0 and n >= 2, with the implicit derivative in κ.

    Wood, "Simulation of the von Mises Fisher distribution" (1994), with the symmetric beta variate of Ulrich, "Computer
    generation of distributions on the m-sphere" (1984). cos φ enters as 1 - cos φ, so that a large κ loses no digits.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> angle = ex.random.polar_angle(jax.random.key(0), jnp.asarray(100.0), 3, (1000,))
        >>> bool(abs((1 - jnp.cos(angle)).mean() - 0.01) < 0.002)
        True
    """
    lanes = jnp.broadcast_to(kappa, shape).ravel()
    propose = functools.partial(_propose, n)
    return accepted(seed_of(key), propose, (lanes,), words=3).reshape(shape)


def _propose(n: int, words: list[Array], kappa: Array) -> tuple[Array, Array]:
    """With b = (n - 1)/(2κ + √(4κ² + (n - 1)²)) and Z ~ Beta((n-1)/2, (n-1)/2): 1 - cos φ = 2bZ/D, D = 1 - (1 - b)Z."""
    b, dtype = _tangent(2 * kappa / (n - 1)), kappa.dtype
    turn = math.pi * uniform(words[0], dtype)
    cap = jnp.exp(2 / (n - 2) * jnp.log(uniform(words[1], dtype))) if n > 2 else jnp.zeros_like(turn)
    length = jnp.sqrt(1 - cap)
    flat = 0.5 * cap / (1 + length)  # (1 - length)/2
    z, rest = flat + length * jnp.sin(turn) ** 2, flat + length * jnp.cos(turn) ** 2  # Z and 1 - Z
    d = rest + b * z
    height = 0.5 * (1 + b) / jnp.where(d > 0, d, 1.0)
    ok = (n - 1) * (jnp.log(height) + 1 - height) >= jnp.log(uniform(words[2], dtype))
    return 2 * jnp.arctan2(jnp.sqrt(b * z), jnp.sqrt(rest)), ok & (d > 0)


def _tangent(a: Array) -> Array:
    """1/(a + √(1 + a²)) where a² may overflow."""
    large = a > 1
    outer, inner = jnp.where(large, a, 1.0), jnp.where(large, 1.0, a)
    root = jnp.where(large, outer * jnp.sqrt(1 + 1 / outer / outer), jnp.sqrt(1 + inner * inner))
    return 1 / (a + root)


@polar_angle.defjvp
def _polar_angle_jvp(n, shape, primals, tangents):
    angle = polar_angle(*primals, n, shape)
    kappa, change = (jnp.broadcast_to(v, shape) for v in (primals[1], tangents[1]))
    return angle, polar_angle_slope(angle, kappa, n) * change
