"""Standard variates with their derivatives, where `jax.random` has none or loses digits."""

import functools

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key, Shape
from ._gamma import log_gamma_kernel


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def random_log_gamma(key: Key, a: Array, shape: Shape) -> Array:
    """log G for G ~ Gamma(a, 1), never -inf however small a is; differentiable in a by the implicit derivative.

    Sampled by `jax.random.loggamma` (Marsaglia & Tsang 2000, with its boost kept in log space).
    """
    return jax.random.loggamma(key, jnp.broadcast_to(a, shape), shape, a.dtype)


@random_log_gamma.defjvp
def _random_log_gamma_jvp(shape, primals, tangents):
    key, a = primals
    log_x = random_log_gamma(key, a, shape)
    wide = jnp.broadcast_to(a, shape)
    return log_x, log_gamma_slope(wide, log_x) * jnp.broadcast_to(tangents[1], shape)


def log_gamma_slope(a: Array, log_x: Array) -> Array:
    """d log x / d a at a fixed value of the CDF P(a, x) of Gamma(a, 1): -(∂P/∂a) / (∂P/∂log x).

    Below x = 0.01, where `lax.random_gamma_grad` loses digits and then underflows, from the first terms of
    log P = a log x - log Γ(a + 1) + log M,  M = Σ (-x)ⁿ a / ((a + n) n!).

    Source: Figurnov, Mohamed, Mnih, "Implicit reparameterization gradients", NeurIPS 2018, equation 3.
    """
    small = log_x < -4.6
    lx = jnp.where(small, log_x, -4.6)
    safe_a = jnp.where(small, a, 1.0)
    x = jnp.exp(lx)
    m, m_a, m_lx = jnp.ones_like(x), jnp.zeros_like(x), jnp.zeros_like(x)
    term = jnp.ones_like(x)
    for n in range(1, 8 if x.dtype == jnp.float64 else 4):
        term = -term * x / n
        share = term / (safe_a + n)
        m, m_lx = m + safe_a * share, m_lx + n * safe_a * share
        m_a = m_a + n * share / (safe_a + n)
    by_series = -(lx - lax.digamma(safe_a + 1) + m_a / m) / (safe_a + m_lx / m)
    middle = jnp.exp(jnp.where(small, 0.0, log_x))
    by_jax = lax.random_gamma_grad(jnp.where(small, 1.0, a), middle) / middle
    return jnp.where(small, by_series, by_jax)


def random_fine_uniform(key: Key, shape: Shape, dtype) -> Array:
    """Uniform on [0, 1) with full relative precision down to 2⁻⁴⁶ (single), where `jax.random.uniform` has a grid."""
    coarse, fine = (jax.random.uniform(k, shape, dtype) for k in jax.random.split(key))
    eps = jnp.finfo(dtype).eps
    return jnp.minimum(coarse + eps * fine, 1 - eps / 2)


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
    return lax.while_loop(lambda s: s[4], step, start)[3]


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
    return lax.while_loop(lambda s: ~s[2].all(), propose, start)[1]
