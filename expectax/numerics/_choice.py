"""Log-probability of one outcome among n, with a derivative that keeps its digits where the outcome is nearly certain."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .._typing import Array
from ._log import log1p

_FEW = 32
"""Sums over so few entries are written out: XLA vectorises these along the lanes, but not a reduction over a short axis."""


@jax.custom_jvp
def log_choice(logits: Array, index: Array) -> Array:
    """ℓ_k - log Σ_j exp(ℓ_j) for one vector ℓ and one index k; -inf is an outcome that is not there.

    With the largest ℓ taken out of the sum, (ℓ_k - max ℓ) - log(1 + rest): it needs no other form where the largest is
    nearly certain. What depends on ℓ alone is computed once for all indices that share it.
    """
    peak = _peak(logits)
    own = _at(logits, index)
    return jnp.where(own == -jnp.inf, -jnp.inf, (own - peak.top) - log1p(peak.rest))


def _log_choice_jvp(primals, tangents):
    logits, index = primals
    value = log_choice(logits, index)
    if isinstance(tangents[0], SymbolicZero):
        return value, jnp.zeros_like(value)
    change = _change_of_few if logits.shape[0] <= _FEW else _change_of_many
    return value, jnp.where(jnp.isneginf(value), 0.0, change(logits, index, tangents[0]))


def _change_of_few(logits: Array, index: Array, tangent: Array) -> Array:
    """Σ_j (δ_jk - p_j) dℓ_j; where k is the largest, and alone, 1 - p_k is the others' share, without a difference."""
    peak, own = _peak(logits), _at(logits, index)
    share = 1 / (1 + peak.rest)
    others = jnp.where((own == peak.top) & peak.single, peak.rest * share, 1 - jnp.exp(own - peak.top) * share)
    top, share, others = lax.optimization_barrier((peak.top, share, others))  # else XLA finds them anew for every entry
    chosen = jnp.arange(logits.shape[0], dtype=index.dtype) == index
    return (jnp.where(chosen, others, -jnp.exp(logits - top) * share) * tangent).sum()


def _change_of_many(logits: Array, index: Array, tangent: Array) -> Array:
    """The same with all sums over j as functions of ℓ alone, shared by all indices."""
    peak = _peak(logits)
    total, at_top = 1 + peak.rest, logits == peak.top
    others = jnp.where(at_top, 0.0, jnp.exp(logits - peak.top) / total * tangent).sum()
    largest = jnp.where(at_top, tangent / total, 0.0).sum()
    change = jnp.where(at_top & peak.single, peak.rest / total * tangent, tangent - largest)
    return change[index] - others


log_choice.defjvp(_log_choice_jvp, symbolic_zeros=True)


class _Peak(NamedTuple):
    """The largest ℓ, whether it is alone there, and Σ exp(ℓ_j - max ℓ) over all others."""

    top: Array
    single: Array
    rest: Array


def _peak(logits: Array) -> _Peak:
    few = logits.shape[0] <= _FEW
    parts = [logits[j] for j in range(logits.shape[0])] if few else [logits]
    top = functools.reduce(jnp.maximum, parts) if few else logits.max()

    def total(fn):
        terms = [fn(part) for part in parts]
        return functools.reduce(jnp.add, terms) if few else terms[0].sum()

    count = total(lambda part: jnp.where(part == top, 1.0, 0.0).astype(logits.dtype))
    below = total(lambda part: jnp.where(part == top, 0.0, jnp.exp(part - top)))
    return _Peak(top, count == 1, below + (count - 1))


def _at(values: Array, index: Array) -> Array:
    """values[index]; of a few values by comparisons, whose transpose is no scatter."""
    if values.shape[0] > _FEW:
        return values[index]
    return functools.reduce(
        lambda found, j: jnp.where(index == j, values[j], found), range(1, values.shape[0]), values[0]
    )
