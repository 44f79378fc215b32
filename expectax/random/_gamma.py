"""Gamma variates with their derivative in the concentration."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import expm1_rest, gamma_draw_slope
from ._normal import normal_of
from ._rejection import accepted
from ._words import Seed, log_uniforms, seed_of, uniform, words_of

_BOOST = 1 << 16
"""A round that no proposal reaches."""


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def gamma(key: Key, a: Array, shape: Shape) -> tuple[Array, Array]:
    """(G, log G) for G ~ Gamma(a, 1), with the implicit derivative in a; log G is finite however small a is.

    Marsaglia & Tsang, "A simple method for generating gamma variables" (2000); below a = 1, Gamma(a + 1) · U^(1/a).
    NaN where a is NaN.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> _, log_draw = ex.random.gamma(jax.random.key(0), jnp.asarray(1e-4), ())
        >>> bool(jnp.isfinite(log_draw))
        True
    """
    lanes = jnp.broadcast_to(a, shape).ravel()
    seed = seed_of(key)
    boosted = lanes < 1
    d = jnp.where(boosted, lanes + 1, lanes) - 1 / 3
    log_v = accepted(seed, _propose, (d,), words=2)
    drawn = d * jnp.exp(log_v), jnp.log(d) + log_v  # d large, the first has more digits than exp of the second
    drawn = lax.cond(boosted.any(), _boost, lambda _, __, *same: same, seed, lanes, *drawn)
    return drawn[0].reshape(shape), drawn[1].reshape(shape)


def _boost(seed: Seed, a: Array, drawn: Array, log_drawn: Array) -> tuple[Array, Array]:
    boosted = a < 1
    (word,) = words_of(seed, 1, lax.iota(jnp.uint32, a.shape[0]), a.dtype, number=_BOOST)
    log_u, _ = log_uniforms(word, a.dtype)
    log_boosted = log_drawn + log_u / jnp.where(boosted, a, 1.0)
    return jnp.where(boosted, jnp.exp(log_boosted), drawn), jnp.where(boosted, log_boosted, log_drawn)


def _propose(words: list[Array], d: Array) -> tuple[Array, Array]:
    """log of v = (1 + z/√(9d))³, accepted where log u < z²/2 + d (1 - v + log v), for d >= 2/3."""
    z = normal_of(words[0], d.dtype)
    root = 1 + z * lax.rsqrt(9 * d)
    positive = root > 0
    log_v = 3 * jnp.log(jnp.where(positive, root, 1.0))
    log_u = jnp.log(uniform(words[1], d.dtype))
    ok = log_u < 0.5 * z * z - d * expm1_rest(log_v)
    return log_v, (positive & ok) | (d == jnp.inf)


@gamma.defjvp
def _gamma_jvp(shape, primals, tangents):
    drawn, log_drawn = gamma(*primals, shape)
    slope = gamma_draw_slope(jnp.broadcast_to(primals[1], shape), drawn, log_drawn)
    change = slope * jnp.broadcast_to(tangents[1], shape)
    return (drawn, log_drawn), (drawn * change, change)
