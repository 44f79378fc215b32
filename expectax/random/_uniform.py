"""Uniform variates that are as precise near both ends: their distance from the nearer one, or the logarithms of both."""

import math
from collections.abc import Callable

import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ._words import log_uniforms, seed_of, smaller_side, uniform, words_of, words_of_all


def sides(key: Key, shape: Shape, dtype) -> tuple[Array, Array]:
    """(P, upper) for U uniform on (0, 1): P = U in the lower half, 1 - U in the `upper` one.

    P has full relative precision and is 2⁻³³ at least (2⁻⁶⁵ in double precision), where `jax.random.uniform` has a grid.

    Example:
        >>> import expectax as ex, jax
        >>> p, upper = ex.random.sides(jax.random.key(0), (1000,), "float32")
        >>> bool((p <= 0.5).all())
        True
    """
    side, upper = smaller_side(_word(key, shape, dtype), dtype)
    return side.reshape(shape), upper.reshape(shape)


def tails(key: Key, shape: Shape, dtype) -> tuple[Array, Array]:
    """(log U, log(1 - U)) for U uniform on (0, 1), both with full relative precision; U and 1 - U as small as in `sides`.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> log_u, log_rest = ex.random.tails(jax.random.key(0), (), "float32")
        >>> round(float(jnp.exp(log_u) + jnp.exp(log_rest)), 5)
        1.0
    """
    log_u, log_rest = log_uniforms(_word(key, shape, dtype), dtype)
    return log_u.reshape(shape), log_rest.reshape(shape)


def signs(key: Key, shape: Shape, dtype) -> Array:
    """1 or -1, with even chances.

    Example:
        >>> import expectax as ex, jax
        >>> set(ex.random.signs(jax.random.key(0), (100,), "float32").tolist()) == {-1.0, 1.0}
        True
    """
    _, upper = sides(key, shape, dtype)
    return jnp.where(upper, 1.0, -1.0).astype(dtype)


def uniforms(key: Key, shape: Shape, dtype) -> Callable[[int | Array], Array]:
    """Arrays of U uniform on (0, 1], one for each number of a round below 2³², of full relative precision near 0.

    Example:
        >>> import expectax as ex, jax
        >>> draw = ex.random.uniforms(jax.random.key(0), (1000,), "float32")
        >>> bool((draw(0) > 0).all()), bool((draw(0) == draw(1)).any())
        (True, False)
    """
    seed, lanes = seed_of(key), lax.iota(jnp.uint32, math.prod(shape))
    return lambda number: uniform(words_of(seed, 1, lanes, dtype, number=number)[0], dtype).reshape(shape)


def _word(key: Key, shape: Shape, dtype) -> Array:
    return words_of_all(key, 1, math.prod(shape), dtype)[0]
