"""Rejection sampling: a few thousand places make proposals together; each serves every so-many-th lane, one after the other."""

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
"""So many places at least; what they need fits in a processor's cache."""
_PASSES = 128
"""How many lanes a place serves at most, so that many lanes keep a parallel machine busy."""

Proposal = Callable[..., tuple[Array, Array]]


class _Desk(NamedTuple):
    """The lanes that are being served, each with the number of its round."""

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
        # without barriers XLA hashes and proposes again in each of its fusions
        drawn = lax.optimization_barrier(words_of(seed, words, known, dtype, number=desk.number))
        new, ok = propose(drawn, *own)
        new = lax.optimization_barrier(jnp.where(ok, new, jnp.nan))
        done = ~jnp.isnan(new) | _any_nan(own) | (desk.number == _ROUNDS)
        at = jnp.where(done, desk.lane, np.uint32(lanes))
        value = desk.value.at[at].set(new, mode="drop")
        lane = jnp.minimum(desk.lane + jnp.where(done, np.uint32(places), np.uint32(0)), np.uint32(lanes))
        return _Desk(lane, jnp.where(done, np.uint32(0), desk.number + 1), value)

    places = min(lanes, max(_TOGETHER, lanes // _PASSES))
    first, rounds = lax.iota(jnp.uint32, places), jnp.zeros(places, jnp.uint32)
    start = _Desk(first, rounds, jnp.full(lanes, jnp.nan, dtype))
    start = _Desk(*(match_varying(v, [*parameters, *seed]) for v in start))
    return lax.while_loop(lambda desk: (desk.lane < lanes).any(), serve, start).value


def _any_nan(values: list[Array]) -> Array:
    missing = jnp.isnan(values[0])
    for v in values[1:]:
        missing |= jnp.isnan(v)
    return missing
