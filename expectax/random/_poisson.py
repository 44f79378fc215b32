"""Poisson variates."""

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import log_gamma_kernel
from ._rejection import accepted
from ._uniform import fine_uniform
from ._words import centred_uniform, log_uniforms


def poisson(key: Key, rate: Array, shape: Shape) -> Array:
    """Poisson counts in the float type of `rate`, whatever its size; NaN where it is NaN.

    Below 10 by inversion of one uniform; above by transformed rejection (Hörmann, "The transformed rejection method
    for generating Poisson random variables", 1993, algorithm PTRS), its acceptance test in the cancelled form of
    `numerics.log_gamma_kernel`, so that large rates keep their digits.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.poisson(jax.random.key(0), jnp.asarray(1e6), (1000,))
        >>> bool(abs(counts.mean() - 1e6) < 200)
        True
    """
    rate = jnp.broadcast_to(rate, shape)
    low_key, high_key = jax.random.split(key)
    low = rate < 10
    by_inversion = _by_inversion(low_key, jnp.where(low, rate, 1.0))
    high = jnp.where(rate >= 10, rate, 10.0)
    lanes = (high.ravel(), low.ravel())
    by_rejection = accepted(high_key, _propose, lanes, words=2, rejected=0.25).reshape(shape)
    counts = jnp.where(low, by_inversion, jnp.where(rate == jnp.inf, jnp.inf, by_rejection))
    return jnp.where(jnp.isnan(rate), jnp.nan, counts)


def _by_inversion(key: Key, rate: Array) -> Array:
    u = fine_uniform(key, rate.shape, rate.dtype)

    def step(state):
        k, mass, below, counts, _ = state
        mass = mass * rate / (k + 1)
        # rounded sums may stop short of u: nothing is counted once a mass no longer moves the sum
        going = (below <= u) & ((below + mass > below) | (k < rate))
        return k + 1, mass, below + mass, counts + going.astype(rate.dtype), going.any()

    mass = jnp.exp(-rate)
    start = (jnp.zeros((), rate.dtype), mass, mass, jnp.zeros_like(rate), jnp.array(True))
    return lax.while_loop(lambda s: s[4], step, step(start))[3]  # one step ahead: inside shard_map its types are right


def _propose(words: list[Array], rate: Array, unwanted: Array) -> tuple[Array, Array]:
    b = 0.931 + 2.53 * jnp.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    u = centred_uniform(words[0], rate.dtype)
    log_v, _ = log_uniforms(words[1], rate.dtype)
    us = 0.5 - jnp.abs(u)
    k = jnp.floor((2 * a / us + b) * u + rate + 0.43)
    ok = (k >= 0) & ((us >= 0.013) | (log_v <= jnp.log(us)))
    safe = jnp.maximum(k, 1.0)
    log_mass = jnp.where(k == 0, -rate, log_gamma_kernel(safe, rate) - jnp.log(safe))
    ok &= log_v + jnp.log(inverse_alpha) - jnp.log(a / (us * us) + b) <= log_mass
    return k, ok | unwanted | (rate == jnp.inf)
