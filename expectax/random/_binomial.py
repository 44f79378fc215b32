"""Binomial variates."""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import log1pexp, log_binomial_mass
from ._rejection import accepted
from ._uniform import sides
from ._words import centred_uniform, log_uniforms


def binomial(key: Key, n: Array, logits: Array, shape: Shape) -> Array:
    """Binomial counts in the float type of `logits`, whatever n; NaN where n or logits is.

    Of the rarer outcome: below a mean of 10 by inversion of one uniform; above by transformed rejection (Hörmann, "The
    generation of binomial random variates", 1993, algorithm BTRD without squeezes). Its acceptance test is the quotient
    of two masses in their cancelled form: at n = 10⁷ log-factorials of single precision would be off by 1.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.binomial(jax.random.key(0), jnp.asarray(1e6), jnp.asarray(0.0), (1000,))
        >>> bool(abs(counts.mean() - 5e5) < 100)
        True
    """
    n, logits = jnp.broadcast_to(n, shape), jnp.broadcast_to(logits, shape)
    missing = jnp.isnan(n) | jnp.isnan(logits)
    size, rare = jnp.where(missing, 0.0, n), jnp.where(missing, 0.0, -jnp.abs(logits))
    few = size * jax.nn.sigmoid(rare) < 10
    low_key, high_key = jax.random.split(key)
    by_inversion = _by_inversion(low_key, jnp.where(few, size, 0.0), jnp.where(few, rare, 0.0))
    lanes = (jnp.where(few, jnp.nan, size).ravel(), jnp.where(few, 0.0, rare).ravel())
    by_rejection = accepted(high_key, _propose, lanes, words=2).reshape(shape)
    count = jnp.where(few, by_inversion, by_rejection)
    return jnp.where(missing, jnp.nan, jnp.where(logits > 0, n - count, count))


def _by_inversion(key: Key, n: Array, logits: Array) -> Array:
    side, upper = sides(key, n.shape, n.dtype)
    u = jnp.where(upper, 1 - side, side)
    odds, mean = jnp.exp(logits), n * jax.nn.sigmoid(logits)

    def step(state):
        k, mass, below, count, _ = state
        mass = mass * ((n - k) / (k + 1) * odds)
        # rounded sums may stop short of u: nothing is counted once a mass no longer moves the sum
        going = (below <= u) & (k < n) & ((below + mass > below) | (k < mean))
        return k + 1, mass, below + mass, count + going.astype(n.dtype), going.any()

    mass = jnp.exp(jnp.where(n == 0, 0.0, -n * log1pexp(logits)))
    start = (jnp.zeros((), n.dtype), mass, mass, jnp.zeros_like(n), jnp.array(True))
    return lax.while_loop(lambda s: s[4], step, step(start))[3]  # one step ahead: inside shard_map its types are right


def _propose(words: list[Array], n: Array, logits: Array) -> tuple[Array, Array]:
    p, q = jax.nn.sigmoid(logits), jax.nn.sigmoid(-logits)
    mean, deviation = n * p, jnp.sqrt(n * p * q)
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    alpha = (2.83 + 5.1 / b) * deviation
    mode = jnp.floor((n + 1) * p)
    u = centred_uniform(words[0], n.dtype)
    log_v, _ = log_uniforms(words[1], n.dtype)
    us = 0.5 - jnp.abs(u)
    k = jnp.floor((2 * a / us + b) * u + mean + 0.5)
    inside = (k >= 0) & (k <= n)
    safe = jnp.where(inside, k, 0.0)
    log_ratio = log_binomial_mass(safe, n - safe, logits) - log_binomial_mass(mode, n - mode, logits)
    ok = inside & (log_v + jnp.log(alpha) - jnp.log(a / (us * us) + b) <= log_ratio)
    return k, ok
