"""What families with `probs` or `logits` share: of the two arrays one is None."""

import jax
import jax.numpy as jnp

from .._typing import Array
from ..numerics import xlogy


def mark_missing(draw: Array, parameter: Array) -> Array:
    """int32 draws have no NaN: where the parameter is NaN they become -2³¹, outside every support."""
    return jnp.where(jnp.isnan(parameter), jnp.iinfo(jnp.int32).min, draw)


def normalised(logits: Array) -> Array:
    """log-probabilities over the last axis; -inf stays -inf."""
    return logits - jax.nn.logsumexp(logits, axis=-1, keepdims=True)


def probabilities(probs: Array | None, logits: Array | None) -> Array:
    """Those of outcomes on the last axis."""
    return jax.nn.softmax(logits, axis=-1) if probs is None else probs  # pyright: ignore


def log_mass(chosen: Array, probs: Array | None, logits: Array | None) -> Array:
    """log of the probability of the chosen outcomes."""
    if probs is not None:
        return jnp.log(jnp.where(chosen, probs, 0.0).sum())
    return jax.nn.logsumexp(normalised(logits), where=chosen)  # pyright: ignore


def entropy(probs: Array | None, logits: Array | None) -> Array:
    """-Σ p log p; an outcome of logit -inf adds 0."""
    if probs is not None:
        return -xlogy(probs, probs).sum()  # pyright: ignore
    log_p = normalised(logits)  # pyright: ignore
    finite = jnp.where(log_p == -jnp.inf, 0.0, log_p)
    return -(jax.nn.softmax(logits) * finite).sum()  # pyright: ignore


def one_draw_covariance(p: Array) -> Array:
    """That of the indicators of outcomes, diag(p) - p pᵀ, with p (1 - p) on the diagonal."""
    outer = -p[:, None] * p[None]
    return jnp.where(jnp.eye(p.shape[0], dtype=bool), p * (1 - p), outer)
