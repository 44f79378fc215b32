"""What families with `probs` or `logits` share."""

import jax
import jax.numpy as jnp

from .._typing import Array


def mark_missing(draw: Array, parameter: Array) -> Array:
    """int32 draws have no NaN: where the parameter is NaN they become -2³¹, outside every support."""
    return jnp.where(jnp.isnan(parameter), jnp.iinfo(jnp.int32).min, draw)


def normalised(logits: Array) -> Array:
    """log-probabilities over the last axis; -inf stays -inf."""
    return logits - jax.nn.logsumexp(logits, axis=-1, keepdims=True)


def entropy_of_logits(logits: Array) -> Array:
    """-Σ p log p; an outcome of logit -inf adds 0."""
    log_p = normalised(logits)
    finite = jnp.where(log_p == -jnp.inf, 0.0, log_p)
    return -(jax.nn.softmax(logits) * finite).sum()
