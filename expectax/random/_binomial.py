"""Binomial variates."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import log1pexp, poisson_factors
from ._inversion import inverted
from ._rejection import accepted
from ._words import Seed, fine_side, seed_of, uniform, words_of


@functools.partial(jax.jit, static_argnums=3)
def binomial(key: Key, n: Array, logits: Array, shape: Shape) -> Array:
    """Binomial counts in the float type of `logits`, whatever n; NaN where n or logits is.

    Of the rarer outcome: below a mean of 10 by inversion of one uniform; above by transformed rejection (Hörmann, "The
    generation of binomial random variates", 1993, algorithm BTRD without squeezes). Its acceptance test takes the mass
    in its cancelled form: at n = 10⁷ log-factorials of single precision would be off by 1. Where the other outcome is the
    rarer one, uniforms are mirrored: a logit that is rounded to the other side of 0 leaves the count as it is.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.binomial(jax.random.key(0), jnp.asarray(1e6), jnp.asarray(0.0), (1000,))
        >>> bool(abs(counts.mean() - 5e5) < 100)
        True
    """
    n, logits = (jnp.broadcast_to(v, shape).ravel() for v in (n, logits))
    mean = n * jax.nn.sigmoid(-jnp.abs(logits))
    few, many = mean < 10, (mean >= 10) & (n < jnp.inf)
    seed = seed_of(key)  # a lane takes its words for one of the two
    counts = lax.cond(few.any(), _by_inversion, lambda _, mean, *__: mean, seed, mean, n, logits)
    counts = lax.cond(many.any(), _by_rejection, lambda _, counts, *__: counts, seed, counts, many, n, logits)
    return jnp.where(logits > 0, n - counts, counts).reshape(shape)


def _by_inversion(seed: Seed, mean: Array, n: Array, logits: Array) -> Array:
    """Where the mean is below 10; elsewhere the mean itself."""
    few = mean < 10
    size, rare = jnp.where(few, n, 0.0), jnp.where(few, -jnp.abs(logits), 0.0)
    odds, none = jnp.exp(rare), jnp.exp(-size * log1pexp(rare))
    side, upper = fine_side(words_of(seed, 2, lax.iota(jnp.uint32, n.size), n.dtype), n.dtype)
    counts = inverted(side, upper ^ (logits > 0), none, lambda k: (size - k) * (odds * (1 / (k + 1))))
    return jnp.where(few, counts, mean)


def _by_rejection(seed: Seed, counts: Array, many: Array, n: Array, logits: Array) -> Array:
    drawn = accepted(seed, _propose, (jnp.where(many, n, jnp.nan), logits), words=2)
    return jnp.where(many, drawn, counts)


def _propose(words: list[Array], n: Array, logits: Array) -> tuple[Array, Array]:
    odds = jnp.exp(-jnp.abs(logits))
    q = 1 / (1 + odds)
    p = odds * q
    mean, variance = n * p, n * p * q
    deviation = jnp.sqrt(variance)
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    us, upper = fine_side(words[:1], n.dtype)
    u = jnp.where(upper ^ (logits > 0), 0.5 - us, us - 0.5)
    k = jnp.floor((2 * a / us + b) * u + mean + 0.5)
    inside = (k >= 0) & (k <= n)
    count = jnp.where(inside, k, 0.0)
    rest = n - count
    # the binomial mass is that of two Poisson counts over that of their sum
    d = count * q - rest * p
    (e, w), (e_rest, w_rest) = poisson_factors(count, mean, d), poisson_factors(rest, n * q, -d)
    e_sum, w_sum = poisson_factors(n, n, jnp.zeros_like(n))
    # more than the largest mass, which for n p >= 10 and p <= ½ is at most exp(1/(24σ²))/√(2πσ²)
    peak = jnp.exp(1 / (16 * variance)) / math.sqrt(2 * math.pi)
    hat = (2.83 + 5.1 / b) * peak * (us * us) / (a + b * (us * us))
    v = uniform(words[1], n.dtype)
    return k, inside & (jnp.log(v * hat * jnp.sqrt(w * (w_rest / w_sum))) <= e + e_rest - e_sum)
