"""What the relaxed categorical laws share, in log space."""

import math

import jax
import jax.numpy as jnp

from .. import random
from .._typing import Array, Key, Shape


def log_draw(key: Key, temperature: Array, logits: Array, shape: Shape) -> Array:
    """(ℓ + g)/T, whose softmax is a draw; shifted so that the largest is 0, which leaves no overflow."""
    log_u, _ = random.tails(key, (*shape, logits.shape[-1]), logits.dtype)
    perturbed = logits - jnp.log(-log_u)
    return (perturbed - perturbed.max(-1, keepdims=True)) / jnp.broadcast_to(temperature, shape)[..., None]


def log_concrete(y: Array, temperature: Array, logits: Array) -> Array:
    """log of (n - 1)! T^(n-1) Π softmax(ℓ - T y)_i."""
    n = y.shape[-1]
    shares = jax.nn.log_softmax(logits - temperature * y).sum()
    return shares + math.lgamma(n) + (n - 1) * jnp.log(temperature)
