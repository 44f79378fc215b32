"""Inverse Gaussian variates with their derivatives in both parameters."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import inverse_gaussian_shares
from ._normal import normal
from ._uniform import sides


@functools.partial(jax.custom_jvp, nondiff_argnums=(3,))
def inverse_gaussian(key: Key, loc: Array, concentration: Array, shape: Shape) -> Array:
    """X with mean μ and variance μ³/λ, kept at or above the smallest normal number; the derivative is the implicit one.

    Michael, Schucany, Haas, "Generating random variates using transformations with multiple roots" (1976): with
    c = με²/(2λ) the roots are μ r^±1, r = 1 + c + √(c (c + 2)), and the larger is taken with chance 1/(1 + r).

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> x = ex.random.inverse_gaussian(jax.random.key(0), jnp.float32(1.0), jnp.float32(1e9), (3,))
        >>> bool((abs(x - 1) < 1e-3).all())
        True
    """
    normal_key, side_key = jax.random.split(key)
    noise = normal(normal_key, shape, jnp.result_type(loc))
    side, upper = sides(side_key, shape, noise.dtype)
    c = 0.5 * noise * noise * (loc / concentration)
    root = 1 + c + jnp.sqrt(c) * jnp.sqrt(c + 2)  # c² may overflow
    larger = ~upper & (side * (1 + root) < 1)
    x = jnp.where(larger, loc * root, loc / root)
    tiny = jnp.finfo(x.dtype).tiny
    return jnp.where(x < tiny, tiny, x)


@inverse_gaussian.defjvp
def _inverse_gaussian_jvp(shape, primals, tangents):
    _, loc, concentration = primals
    x = inverse_gaussian(*primals, shape)
    by_loc, by_concentration = inverse_gaussian_shares(x, loc, concentration)
    return x, x * (by_loc * (tangents[1] / loc) + by_concentration * (tangents[2] / concentration))
