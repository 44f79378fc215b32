"""Standard variates with their derivatives, where `jax.random` has none or loses digits."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ._gamma import log_gamma_kernel
from ._incomplete_gamma import log_gamma_slope


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def random_gamma(key: Key, a: Array, shape: Shape) -> tuple[Array, Array]:
    """(G, log G) for G ~ Gamma(a, 1), with the implicit derivative in a; log G is finite however small a is.

    Marsaglia & Tsang, "A simple method for generating gamma variables" (2000); below a = 1, Gamma(a + 1) · U^(1/a).
    """
    gamma_key, uniform_key = jax.random.split(key)
    a = jnp.broadcast_to(a, shape)
    boosted = a < 1
    gamma = jax.random.gamma(gamma_key, jnp.where(boosted, a + 1, a), shape, a.dtype)
    log_u = -jax.random.exponential(uniform_key, shape, a.dtype)
    log_gamma = jnp.log(gamma) + jnp.where(boosted, log_u / jnp.where(boosted, a, 1.0), 0.0)
    gamma = jnp.where(boosted, jnp.exp(log_gamma), gamma)
    return jnp.where(jnp.isnan(a), a, gamma), jnp.where(jnp.isnan(a), a, log_gamma)  # a sampler may hide a NaN


@random_gamma.defjvp
def _random_gamma_jvp(shape, primals, tangents):
    gamma, log_gamma = random_gamma(*primals, shape)
    slope = log_gamma_slope(jnp.broadcast_to(primals[1], shape), gamma, log_gamma)
    change = slope * jnp.broadcast_to(tangents[1], shape)
    return (gamma, log_gamma), (gamma * change, change)


def random_fine_uniform(key: Key, shape: Shape, dtype) -> Array:
    """Uniform on [0, 1) with full relative precision down to 2⁻⁴⁶ (single), where `jax.random.uniform` has a grid."""
    coarse, fine = (jax.random.uniform(k, shape, dtype) for k in jax.random.split(key))
    eps = jnp.finfo(dtype).eps
    return jnp.minimum(coarse + eps * fine, 1 - eps / 2)


def random_tails(key: Key, shape: Shape, dtype) -> tuple[Array, Array]:
    """(log U, log(1 - U)) for U uniform on (0, 1), both with full relative precision, however small U or 1 - U is."""
    uniform_key, side_key = jax.random.split(key)
    small = 0.5 * random_fine_uniform(uniform_key, shape, dtype)
    small = jnp.where(small > 0, small, jnp.finfo(dtype).tiny)
    lower = jax.random.bernoulli(side_key, 0.5, shape)
    log_small, log_rest = jnp.log(small), jnp.log1p(-small)
    return jnp.where(lower, log_small, log_rest), jnp.where(lower, log_rest, log_small)


def random_poisson(key: Key, rate: Array, shape: Shape) -> Array:
    """Poisson counts in the float type of `rate`, whatever its size; NaN where it is NaN.

    Below 10 by inversion of one uniform; above by transformed rejection (Hörmann, "The transformed rejection method
    for generating Poisson random variables", 1993, algorithm PTRS), its acceptance test in the cancelled form of
    `log_gamma_kernel`, so that large rates keep their digits.
    """
    rate = jnp.broadcast_to(rate, shape)
    low_key, high_key = jax.random.split(key)
    low = rate < 10
    by_inversion = _poisson_by_inversion(low_key, jnp.where(low, rate, 1.0))
    by_rejection = _poisson_by_rejection(high_key, jnp.where(rate >= 10, rate, 10.0))
    counts = jnp.where(low, by_inversion, jnp.where(rate == jnp.inf, jnp.inf, by_rejection))
    return jnp.where(jnp.isnan(rate), jnp.nan, counts)


def _poisson_by_inversion(key: Key, rate: Array) -> Array:
    u = random_fine_uniform(key, rate.shape, rate.dtype)

    def step(state):
        k, mass, below, counts, _ = state
        mass = mass * rate / (k + 1)
        # rounded sums may stop short of u: nothing is counted once a mass no longer moves the sum
        going = (below <= u) & ((below + mass > below) | (k < rate))
        return k + 1, mass, below + mass, counts + going.astype(rate.dtype), going.any()

    mass = jnp.exp(-rate)
    start = (jnp.zeros((), rate.dtype), mass, mass, jnp.zeros_like(rate), jnp.array(True))
    return lax.while_loop(lambda s: s[4], step, step(start))[3]  # one step ahead: inside shard_map its types are right


def _poisson_by_rejection(key: Key, rate: Array) -> Array:
    root = jnp.sqrt(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)

    def propose(state):
        key, counts, done = state
        key, u_key, v_key = jax.random.split(key, 3)
        u = jax.random.uniform(u_key, rate.shape, rate.dtype) - 0.5
        v = jax.random.uniform(v_key, rate.shape, rate.dtype)
        us = 0.5 - jnp.abs(u)
        k = jnp.floor((2 * a / us + b) * u + rate + 0.43)
        ok = (k >= 0) & ((us >= 0.013) | (v <= us))
        safe = jnp.maximum(k, 1.0)
        log_mass = jnp.where(k == 0, -rate, log_gamma_kernel(safe, rate) - jnp.log(safe))
        ok &= jnp.log(v) + jnp.log(inverse_alpha) - jnp.log(a / (us * us) + b) <= log_mass
        return key, jnp.where(done, counts, k), done | ok

    start = (key, jnp.zeros_like(rate), jnp.zeros(rate.shape, bool))
    return lax.while_loop(lambda s: ~s[2].all(), propose, propose(start))[1]  # one step ahead, as above
