"""Draws of a guide's latents, and its density at them.

A guide is a distribution, a `Pushforward`, or a pytree of them: independent given params and data.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .._typing import Array, Key
from ..distributions import AbstractDistribution
from . import _errors
from ._pushforward import Pushforward


class Drawn(NamedTuple):
    """What a guide drew: `count` draws, in front."""

    bases: list[Array]
    """Of each part the draw itself, for a `Pushforward` its free reals."""
    latents: Any
    """What the model is given."""


def parts_of(guide: Any) -> tuple[list[tuple[str | None, Any]], Any]:
    """The parts of a guide with their names, and the structure that holds them."""
    found, structure = jax.tree_util.tree_flatten_with_path(guide, is_leaf=_is_part)
    if not found or not all(_is_part(part) for _, part in found):
        raise _errors.bad_guide(guide)
    return [(jax.tree_util.keystr(p, simple=True, separator=".") or None, part) for p, part in found], structure


def _is_part(node: Any) -> bool:
    return isinstance(node, AbstractDistribution | Pushforward)


def draw(guide: Any, key: Key, count: int, gradient: Any) -> Drawn:
    """`count` draws of every part. Sites bear names, by which plans reach them, only where any estimator is right."""
    parts, structure = parts_of(guide)
    keys = jax.random.split(key, len(parts))
    bases = [
        (part.base if isinstance(part, Pushforward) else part).sample(
            k, (count,), gradient=gradient, name=name if gradient == "auto" else None
        )
        for k, (name, part) in zip(keys, parts, strict=True)
    ]
    return _pushed(parts, structure, bases)


def _pushed(parts: list, structure: Any, bases: list[Array]) -> Drawn:
    values = [part.push(b) if isinstance(part, Pushforward) else b for (_, part), b in zip(parts, bases, strict=True)]
    return Drawn(bases, jax.tree.unflatten(structure, values))


def log_density(guide: Any, bases: list[Array]) -> Array:
    """log q of each draw, shape (count,)."""
    parts, _ = parts_of(guide)
    terms = [
        part.log_prob_at(b) if isinstance(part, Pushforward) else part.log_prob(b)
        for (_, part), b in zip(parts, bases, strict=True)
    ]
    return _total([t.sum(tuple(range(1, t.ndim))) for t in terms])


def log_density_at(guide: Any, latents: Any) -> Array:
    """log q of one pytree of latents."""
    parts, structure = parts_of(guide)
    values = structure.flatten_up_to(latents)
    return _total([jnp.sum(part.log_prob(value)) for (_, part), value in zip(parts, values, strict=True)])


def _total(terms: list[Array]) -> Array:
    dtype = jnp.result_type(*terms)
    return sum((t.astype(dtype) for t in terms[1:]), terms[0].astype(dtype))
