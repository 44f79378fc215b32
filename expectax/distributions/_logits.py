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


def inverse_cdf_index(key: Array, probs: Array, shape: tuple[int, ...]) -> Array:
    """Draws of an index with probabilities `probs` on the last axis; an index of probability 0 is never drawn."""
    u = jax.random.uniform(key, shape, probs.dtype)
    below = jnp.cumsum(probs, axis=-1)
    # scaled by the rounded total, so that u < total always; `<=` skips leading values of mass 0
    return (below <= (u * below[..., -1])[..., None]).sum(-1, dtype=jnp.int32)


def entropy_of_logits(logits: Array) -> Array:
    """-Σ p log p; an outcome of logit -inf adds 0."""
    log_p = normalised(logits)
    finite = jnp.where(log_p == -jnp.inf, 0.0, log_p)
    return -(jax.nn.softmax(logits) * finite).sum()
