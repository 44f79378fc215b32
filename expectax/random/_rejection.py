"""Rejection sampling: a few thousand lanes make proposals together, and whichever is done makes room for the next one."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax

from .._compat import match_varying
from .._typing import Array
from ._words import Seed, words_of

_ROUNDS = 1000
"""Bound of the loop; a lane with a chance of ½ would need more once in 10³⁰¹ draws."""
_TOGETHER = 4096
"""So many lanes at least make proposals together; what they need fits in a processor's cache."""
_PASSES = 128
"""How many such groups of lanes there are at most, so that many lanes keep a parallel machine busy."""

Proposal = Callable[..., tuple[Array, Array]]


class _Desk(NamedTuple):
    """The lanes that are being served, each with the number of its round, and how many were called so far."""

    called: Array
    lane: Array
    number: Array
    value: Array
    """Of all lanes; NaN where there is none yet."""


def accepted(seed: Seed, propose: Proposal, parameters: tuple[Array, ...], *, words: int) -> Array:
    """The first accepted proposal of every lane; NaN, without a proposal, where a parameter is NaN.

    Args:
        seed: the draws of lane i are a function of it, of i and of lane i's parameters.
        propose: (words, *parameters) -> (value, whether it is accepted), elementwise.
        parameters: float arrays of one axis, the lanes.
        words: how many random words a proposal takes.
    """
    (lanes,), dtype = parameters[0].shape, parameters[0].dtype
    if lanes == 0:
        return parameters[0]

    def serve(desk: _Desk) -> _Desk:
        known = jnp.minimum(desk.lane, np.uint32(lanes - 1))
        own = [p[known] for p in parameters]
        drawn = words_of(seed, words, known, dtype, number=desk.number)
        new, ok = propose(lax.optimization_barrier(drawn), *own)  # else XLA hashes again in each of its fusions
        done = ok | _any_nan(own) | (desk.number == _ROUNDS)
        at = jnp.where(done, desk.lane, np.uint32(lanes))
        value = desk.value.at[at].set(jnp.where(ok, new, jnp.nan), mode="drop")
        calls = desk.called + jnp.cumsum(done, dtype=jnp.uint32)
        lane = jnp.where(done, jnp.minimum(calls - 1, np.uint32(lanes)), desk.lane)
        return _Desk(calls[-1], lane, jnp.where(done, np.uint32(0), desk.number + 1), value)

    places = min(lanes, max(_TOGETHER, lanes // _PASSES))
    first, rounds = lax.iota(jnp.uint32, places), jnp.zeros(places, jnp.uint32)
    start = _Desk(jnp.asarray(places, jnp.uint32), first, rounds, jnp.full(lanes, jnp.nan, dtype))
    start = _Desk(*(match_varying(v, [*parameters, *seed]) for v in start))
    return lax.while_loop(lambda desk: (desk.lane < lanes).any(), serve, start).value


def _any_nan(values: list[Array]) -> Array:
    missing = jnp.isnan(values[0])
    for v in values[1:]:
        missing |= jnp.isnan(v)
    return missing
