"""Lambert's W function, both real branches, and its form for exponentials."""

import functools
import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._polynomial import horner

# 1/e in two parts: 1 + e x must keep its digits near the branch point x = -1/e
_INVERSE_E = {4: (0.36787945032119751, -9.1492112e-09), 8: (0.36787944117144233, -1.2428753672788363e-17)}


def _branch_series(count: int) -> tuple[float, ...]:
    """Coefficients of W in p = ±√(2(1 + e x)): Corless et al., "On the Lambert W function" (1996), equations 4.23-4.25."""
    mu, alpha = [-1.0, 1.0], [2.0, -1.0]
    for k in range(2, count):
        inner = sum(mu[j] * mu[k + 1 - j] for j in range(2, k))
        alpha.append(inner)
        mu.append((k - 1) / (k + 1) * (mu[k - 2] / 2 + alpha[k - 2] / 4) - alpha[k] / 2 - mu[k - 1] / (k + 1))
    return tuple(mu)


_SERIES = {4: _branch_series(14), 8: _branch_series(30)}


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def lambert_w(x: Array, branch: int = 0) -> Array:
    """w with w eʷ = x: branch 0 (w >= -1, for x >= -1/e) or -1 (w <= -1, for -1/e <= x < 0); NaN elsewhere.

    4 ulp, of 1 + w near the branch point -1/e; there by its series, else by the fourth-order iteration of Fritsch,
    Shafer and Crowley (1973). The derivative is 1/(eʷ (1 + w)), infinite at -1/e.
    """
    if branch not in (0, -1):
        raise ValueError(f"lambert_w has the real branches 0 and -1, got {branch}")
    high, low = _INVERSE_E[x.dtype.itemsize]
    above = math.e * ((x + high) + low)  # 1 + e x
    inside = (above >= -2 * jnp.finfo(x.dtype).eps) & (x < jnp.inf) & ((x < 0) if branch else True)
    sign = -1.0 if branch else 1.0
    p = sign * jnp.sqrt(2 * jnp.where(inside & (above > 0), above, 0.0))
    near = jnp.abs(p) < 0.3
    series = horner(_SERIES[x.dtype.itemsize], jnp.where(near, p, 0.0))
    safe = jnp.where(inside & ~near & (x != 0), x, -0.1 if branch else 1.0)
    w = jnp.where(near, series, _iterated(safe, branch))
    w = jnp.where(x == 0, -jnp.inf if branch else 0.0, jnp.where(inside, w, jnp.nan))
    return w if branch else jnp.where(x == jnp.inf, jnp.inf, w)


def _iterated(x: Array, branch: int) -> Array:
    size = jnp.log(jnp.abs(x))
    if branch:
        start = size - jnp.log(-size)
    else:
        log1p = jnp.log1p(x)
        large = x > 3
        log_size = jnp.where(large, size, 2.0)
        start = jnp.where(large, log_size - jnp.log(log_size), log1p * (1 - jnp.log1p(log1p) / (2 + log1p)))

    def step(_, w):
        z = jnp.log(x / w) - w
        q = 2 * (1 + w) * (1 + w + 2 / 3 * z)
        return w * (1 + z / (1 + w) * (q - z) / (q - 2 * z))

    return lax.fori_loop(0, 3, step, start)


@lambert_w.defjvp
def _lambert_w_jvp(branch, primals, tangents):
    w = lambert_w(primals[0], branch)
    return w, jnp.exp(-w) / (1 + w) * tangents[0]


@jax.custom_jvp
def lambert_w_exp(t: Array) -> Array:
    """W(eᵗ), the ω with ω + log ω = t (Wright's omega), for every real t, also where eᵗ overflows: 4 ulp, of t below 0."""
    small = t < 1
    start = jnp.where(small, t, jnp.log(jnp.where(small, 1.0, t)))

    def step(_, u):  # u = log ω; u + eᵘ is convex
        power = jnp.exp(u)
        return u - (u + power - t) / (1 + power)

    u = lax.fori_loop(0, 5, step, start)
    # the last step in ω itself, where u has lost digits
    high = jnp.exp(jnp.where(t < 1, 0.0, u))
    refined = high * (1 - (high + jnp.log(high) - t) / (1 + high))
    return jnp.where(t < 1, jnp.exp(u), jnp.where(t == jnp.inf, t, refined))


@lambert_w_exp.defjvp
def _lambert_w_exp_jvp(primals, tangents):
    w = lambert_w_exp(*primals)
    return w, jnp.where(w < jnp.inf, w / (1 + jnp.where(w < jnp.inf, w, 0.0)), 1.0) * tangents[0]
