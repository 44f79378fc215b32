"""Logarithms of weighted sums of densities, over the last axis.

    log Σ_k w_k e^(ℓ_k),   w_k given, or as e^(λ_k)/Σ_j e^(λ_j)

Their derivatives are made of the shares r_k = w_k e^(ℓ_k)/Σ_j w_j e^(ℓ_j): finite where a weight or a density is 0.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._typing import Array

_FEW = 32


def fold(combine: Callable, reduce: Callable, x: Array) -> Array:
    """`reduce` over the last axis, a short one column by column: XLA vectorises that along the lanes, but no reduction."""
    if 0 < x.shape[-1] <= _FEW:
        return functools.reduce(combine, [x[..., k] for k in range(x.shape[-1])])
    return reduce(x, -1)


@jax.custom_jvp
def sum_of(x: Array) -> Array:
    """Σ over the last axis, a short one column by column."""
    return fold(jnp.add, jnp.sum, x)


@sum_of.defjvp
def _sum_of_jvp(primals, tangents):
    return sum_of(*primals), tangents[0].sum(-1)  # its transpose is a broadcast, that of columns a padding of each


@jax.custom_jvp
def log_sum_exp(x: Array) -> Array:
    """log Σ_k e^(x_k), and its derivative Σ_k r_k dx_k, which is 0 where all e^(x_k) are."""
    top = fold(jnp.maximum, jnp.max, x)
    peak = jnp.where(jnp.abs(top) < jnp.inf, top, 0.0)  # NaN and ∞ show by themselves
    if x.shape[-1] <= _FEW:
        return peak + jnp.log(functools.reduce(jnp.add, [jnp.exp(x[..., k] - peak) for k in range(x.shape[-1])]))
    return peak + jnp.log(jnp.exp(x - peak[..., None]).sum(-1))


@log_sum_exp.defjvp
def _log_sum_exp_jvp(primals, tangents):
    (x,), (dx,) = primals, tangents
    total = log_sum_exp(x)
    return total, (shares(x, total) * dx).sum(-1)


def shares(x: Array, total: Array) -> Array:
    """e^(x - total), 0 where total is -∞; total lacks the last axis."""
    return jnp.exp(x - jnp.where(total == -jnp.inf, 0.0, total)[..., None])


@jax.custom_jvp
def log_mixture(weights: Array, log_densities: Array) -> Array:
    """log Σ_k w_k e^(ℓ_k); the derivative in a weight of 0 is e^(ℓ_k - total)."""
    return log_sum_exp(jnp.log(weights) + log_densities)


@log_mixture.defjvp
def _log_mixture_jvp(primals, tangents):
    (weights, log_densities), (dweights, dlog) = primals, tangents
    total = log_mixture(weights, log_densities)
    ratios = shares(log_densities, total)
    return total, (ratios * dweights + weights * ratios * dlog).sum(-1)


@jax.custom_jvp
def log_mixture_of_logits(logits: Array, log_densities: Array) -> Array:
    """log Σ_k e^(λ_k + ℓ_k)/Σ_j e^(λ_j)."""
    return log_sum_exp(logits + log_densities) - log_sum_exp(logits)


@log_mixture_of_logits.defjvp
def _log_mixture_of_logits_jvp(primals, tangents):
    (logits, log_densities), (dlogits, dlog) = primals, tangents
    joint, before = log_sum_exp(logits + log_densities), log_sum_exp(logits)
    r = shares(logits + log_densities, joint)
    weights = jnp.where(joint == -jnp.inf, 0.0, 1.0)[..., None] * shares(
        logits, before
    )  # no derivative outside a support
    return joint - before, (r * (dlogits + dlog) - weights * dlogits).sum(-1)
