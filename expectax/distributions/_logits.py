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


def log_prob_of_choice(logits: Array, chosen: Array) -> Array:
    """log p of the one outcome that `chosen` marks: log σ(ℓ_k - log Σ_{j≠k} e^ℓ_j).

    The derivative δ - p keeps its digits where p is nearly 1. Outcomes of logit -inf are left out.
    """
    others = ~chosen & (logits > -jnp.inf)
    none = ~others.any(-1)
    rest = jnp.where(others | none[..., None], logits, -jnp.inf)
    rest = jnp.where(none, -jnp.inf, jax.nn.logsumexp(jnp.where(none[..., None], 0.0, rest), axis=-1))
    own = jnp.where(chosen, logits, 0.0).sum(-1)
    forbidden = own == -jnp.inf
    return jnp.where(forbidden, -jnp.inf, -jax.nn.softplus(rest - jnp.where(forbidden, 0.0, own)))


def entropy_of_logits(logits: Array) -> Array:
    """-Σ p log p; an outcome of logit -inf adds 0."""
    log_p = normalised(logits)
    finite = jnp.where(log_p == -jnp.inf, 0.0, log_p)
    return -(jax.nn.softmax(logits) * finite).sum()
