"""Rejection sampling: one proposal for every lane, then further ones only for those rejected, packed together."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array, Key
from ._packing import positions
from ._words import words_of, words_of_all

_ROUNDS = 1000
"""Bound of the loops; a lane with a chance of ½ would need more once in 10³⁰¹ draws."""
_SMALL = 4096
"""So many lanes are not worth packing."""

Proposal = Callable[..., tuple[Array, Array]]


def accepted(key: Key, propose: Proposal, parameters: tuple[Array, ...], *, words: int, rejected: float) -> Array:
    """The first accepted proposal of every lane.

    Args:
        key: the draws of lane i are a function of it, of i and of lane i's parameters.
        propose: (words, *parameters) -> (value, whether it is accepted), elementwise.
        parameters: arrays of one axis, the lanes.
        words: how many random words a proposal takes.
        rejected: the share of proposals rejected at most. A larger share is sampled as exactly, but in more passes.
    """
    first_key, retry_key = jax.random.split(key)
    lanes, dtype = parameters[0].shape[0], parameters[0].dtype
    first = words_of_all(first_key, words, lanes, dtype)

    def in_rounds(start: int, numbers: Array, own: list[Array], value: Array, done: Array) -> Array:
        """Round 0 takes the first words, round n > 0 those of the lanes' numbers."""

        def again(state):
            number, value, done = state
            drawn = words_of(jax.random.fold_in(retry_key, number), words, numbers, dtype)
            if start == 0:
                drawn = [jnp.where(number == 0, f, w) for f, w in zip(first, drawn, strict=True)]
            proposal, ok = propose(drawn, *own)
            return number + 1, jnp.where(done, value, proposal), done | ok

        return lax.while_loop(lambda s: ~s[2].all() & (s[0] < _ROUNDS), again, (start, value, done))[1]

    if lanes <= _SMALL:  # one place for the proposal: half the compiling
        unknown = parameters[0]
        return in_rounds(0, jnp.arange(lanes, dtype=jnp.uint32), list(parameters), unknown, jnp.isnan(unknown))
    size = min(lanes, int(1.05 * rejected * lanes) + 1024)

    def refill(state):
        value, done = state
        numbers = positions(~done, size)
        own = [jnp.take(p, numbers, mode="clip") for p in (*parameters, value)]
        new = in_rounds(1, numbers.astype(jnp.uint32), own[:-1], own[-1], numbers == lanes)
        return value.at[numbers].set(new, mode="drop"), done.at[numbers].set(True, mode="drop")

    return lax.while_loop(lambda s: ~s[1].all(), refill, propose(first, *parameters))[0]
