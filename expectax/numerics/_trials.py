"""Logarithms of the masses of single trials and of waiting for a success, with derivatives in closed form.

In closed form a derivative needs no logarithm, and what multiplies an infinite one does not reach it.
"""

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._expm1 import expm1
from ._log import log1m, log1p_of_share, log_sigmoid


@jax.custom_jvp
def log_bernoulli(one: Array, p: Array) -> Array:
    """log p where `one`, else log(1 - p), by one logarithm as in `log1m`; p in [0, 1]."""
    chance = jnp.where(one, p, 1 - p)
    return jnp.log(chance) + jnp.where(one, 0.0, (1 - chance) - p)


@log_bernoulli.defjvp
def _log_bernoulli_jvp(primals, tangents):
    one, p = primals
    return log_bernoulli(one, p), tangents[1] / jnp.where(one, p, p - 1)


@jax.custom_jvp
def log_geometric(k: Array, p: Array) -> Array:
    """log p + k log(1 - p) for k >= 0 and p in [0, 1], with 0 log 0 = 0."""
    return jnp.log(p) + jnp.where(k > 0, k * log1m(p), 0.0)


def _log_geometric_jvp(primals, tangents):
    k, p = primals
    change = jnp.zeros_like(p)
    if not isinstance(tangents[0], SymbolicZero):
        change = change + log1m(p) * tangents[0]
    if not isinstance(tangents[1], SymbolicZero):
        # 1/p - k/(1 - p) by one division; 1 at p = 1, k = 0
        q = jnp.maximum(1 - p, jnp.finfo(p.dtype).tiny)
        change = change + (q - k * p) / (p * q) * tangents[1]
    return log_geometric(k, p), change


log_geometric.defjvp(_log_geometric_jvp, symbolic_zeros=True)


@jax.custom_jvp
def log_geometric_of_logits(k: Array, logits: Array) -> Array:
    """As `log_geometric`, log σ(ℓ) + k log σ(-ℓ), by one logarithm."""
    rest = log1p_of_share(jnp.exp(-jnp.abs(logits)))
    log_p, log_q = jnp.minimum(logits, 0.0) - rest, jnp.minimum(-logits, 0.0) - rest
    return log_p + jnp.where(k > 0, k * log_q, 0.0)


def _log_geometric_of_logits_jvp(primals, tangents):
    k, logits = primals
    change = jnp.zeros_like(logits)
    if not isinstance(tangents[0], SymbolicZero):
        change = change + log_sigmoid(-logits) * tangents[0]
    if not isinstance(tangents[1], SymbolicZero):
        # σ(-ℓ) - k σ(ℓ); with e^-|ℓ| = 1 + f where something would be lost near k = 1, ℓ = 0
        positive, size = logits > 0, jnp.abs(logits)
        near, e, f = size < 0.5, jnp.exp(-size), expm1(-size)
        gap = (1 - k) + jnp.where(positive, 1.0, -k) * f
        difference = jnp.where(near, gap, jnp.where(positive, e, 1.0) - k * jnp.where(positive, 1.0, e))
        change = change + difference / (1 + e) * tangents[1]
    return log_geometric_of_logits(k, logits), change


log_geometric_of_logits.defjvp(_log_geometric_of_logits_jvp, symbolic_zeros=True)
