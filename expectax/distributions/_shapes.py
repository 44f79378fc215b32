"""Batching, written once: aligning parameters, lifting one-event code over all lanes, checking shapes and keys."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import _errors, _site
from .._batching import batch_of, float_dtype, nested_vmap, with_batch_rank, working
from .._compat import is_key
from .._typing import Array, Key, Shape

MAX_ELEMENTS = 2**31 - 1
_NUMBERS = (jax.Array, np.ndarray, np.generic, float, int, bool)


def as_value(value: Any) -> Any:
    """Anything array-like that `jax.jit` takes as one leaf."""
    return value if isinstance(value, _NUMBERS) else jnp.asarray(value)


def check_key(key: Any) -> Key:
    """One typed key; an old uint32 pair is wrapped."""
    if isinstance(key, jax.Array | np.ndarray):
        if is_key(key) and key.shape == ():
            return jnp.asarray(key)
        if key.dtype == np.uint32 and key.ndim == 1:
            return jax.random.wrap_key_data(jnp.asarray(key))
    raise _errors.bad_key(key)


def check_sample_shape(shape: Any) -> Shape:
    if not isinstance(shape, tuple | list):
        raise _errors.bad_sample_shape(shape)
    for n in shape:
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise _errors.bad_sample_shape(shape)
    return tuple(map(int, shape))


def check_monte_carlo(key: Any, num_samples: Any) -> int | None:
    """The number of draws of an estimate, for which key and number go together; None where a formula is asked for."""
    if key is None and num_samples is None:
        return None
    if key is None or num_samples is None:
        raise _errors.half_a_monte_carlo()
    if isinstance(num_samples, bool) or not isinstance(num_samples, int | np.integer) or num_samples < 1:
        raise _errors.bad_count("num_samples", num_samples)
    return int(num_samples)


def rounded(draws: Array, dtype: Any, support: Any, *, keep_zero: bool = False) -> Array:
    """Draws in their final type; half precision does not round one onto the end 0 or 1 of its support.

    A 0 that has mass of its own stays one, if it is to be kept.
    """
    out = draws.astype(dtype)
    if support.discrete or jnp.finfo(dtype).bits >= 32:
        return out
    low, high = support.bounds
    if type(low) is float and low == 0:
        below = out < jnp.finfo(dtype).tiny
        out = jnp.where(below & (draws != 0) if keep_zero else below, jnp.finfo(dtype).tiny, out)
    if type(high) is float and high == 1:
        out = jnp.where(out >= 1, 1 - jnp.finfo(dtype).eps / 2, out)  # not a minimum, which may hide a NaN
    return out


def shown_missing(draw: Array, known: Array) -> Array:
    """The draws of lanes whose parameters are known; NaN, or -2³¹ of integers, of the others."""
    integers = jnp.issubdtype(draw.dtype, jnp.integer)
    missing = jnp.asarray(jnp.iinfo(draw.dtype).min if integers else jnp.nan, draw.dtype)
    return jnp.where(known.reshape(known.shape + (1,) * (draw.ndim - known.ndim)), draw, missing)


def _promoted(dist: Any, dtype: Any, method: str = "") -> list[Array]:
    """The leaves in the working type of `dtype`; what breaks its support becomes NaN unless the result is so anyway."""
    parameters, shown = dist._parameters(), method in dist.nan_by_itself
    witnessed = dist.witness is not None and not shown and method in ("log_prob", "sample")
    leaves, known = [], []
    for p in parameters:
        large = witnessed and p.support.event_rank == 2
        leaf, ok = _checked(dist._label, p, working(dtype), poison=p.support.cheap and not shown and not large)
        leaves.append(leaf)
        known += [ok] if large and p.support.cheap else []
    for place, p in enumerate(parameters):
        if p.within is not None:
            leaves[place] = _checked_within(dist._label, p, leaves[place], [leaves[place + s] for s in p.siblings])
    if known:
        at = [p.name for p in parameters].index(dist.witness)
        leaves[at] = _witness(leaves[at], parameters[at].rank, known)
    return leaves


def _checked(family: str, parameter: Any, dtype: Any, poison: bool) -> tuple[Array, Array]:
    """A leaf, NaN where it is not ok if it is to be poisoned; and which lanes are ok."""
    support, value = parameter.support, jnp.asarray(parameter.value)
    if not (support.cheap or support.whole_space):
        return value.astype(dtype), jnp.asarray(True)
    if support.event_rank:
        value = _site.batch_axes_in_front(value)
    ok = support.contains(value)
    if support.event_rank and support.cheap:
        ok = lax.optimization_barrier(ok)  # else XLA judges the whole event anew for each of its entries
    message = f"{family}.{parameter.name} must be {support.description}, got {{value}}"
    return _site.check(message, ok, value.astype(dtype), poison=poison), ok


def _checked_within(family: str, parameter: Any, value: Array, others: list[Array]) -> Array:
    """A scalar leaf, judged by what the others leave to it; the formulas are NaN by themselves where it is not ok."""
    left, wide = parameter.left(value, others)
    ok = left.contains(wide)
    spread = [
        axis for axis in range(ok.ndim) if ok.ndim - axis > value.ndim or value.shape[axis - ok.ndim] != ok.shape[axis]
    ]
    ok = ok.all(tuple(spread), keepdims=True)  # one value that stands for many lanes is to suit them all
    message = f"{family}.{parameter.name} must be {parameter.within.description}, got {{value}}"
    return _site.check(message, ok.reshape(value.shape), value, poison=False)


def _witness(leaf: Array, rank: int, known: list[Array]) -> Array:
    """A leaf of that event rank, NaN in the lanes in which a matrix is not ok."""
    for ok in known:
        batch = max(ok.ndim, leaf.ndim - rank)
        leaf = shown_missing(with_batch_rank(leaf, batch, rank), with_batch_rank(ok, batch, 0))
    return leaf


def aligned(dist: Any, batch_rank: int) -> Any:
    """The distribution with all leaves in one working float type and of equal batch rank, so that they broadcast."""
    structure = jax.tree.structure(dist)
    leaves = _promoted(dist, dist.dtype, "sample")
    ranks = [p.rank for p in dist._parameters()]
    if any(v.ndim for v in leaves):
        leaves = [with_batch_rank(v, batch_rank, r) for v, r in zip(leaves, ranks, strict=True)]
    return structure.unflatten(leaves)


def broadcast_leaves(dist: Any, lanes: Shape) -> Any:
    """The distribution with every leaf broadcast to the lanes."""
    structure = jax.tree.structure(dist)
    ranks = [p.rank for p in dist._parameters()]
    leaves = [jnp.asarray(v).astype(dist.dtype) for v in jax.tree.leaves(dist)]
    leaves = [with_batch_rank(v, 0, r) for v, r in zip(leaves, ranks, strict=True)]
    leaves = [jnp.broadcast_to(v, lanes + v.shape[v.ndim - r :]) for v, r in zip(leaves, ranks, strict=True)]
    return structure.unflatten(leaves)


def lift(dist: Any, fn: Callable, method: str, *values: tuple[Any, int]) -> Array:
    """`fn(dist, *values)`, written for one event, over all batch axes of the distribution and the values.

    Args:
        dist: the distribution with any batch shape.
        fn: takes a distribution and values without batch axes (elementwise code may be given equal ranks instead).
        method: name for messages.
        *values: (value, its event rank).
    """
    arrays = [jnp.asarray(v) for v, _ in values]
    dtype = float_dtype([*jax.tree.leaves(dist), *arrays])
    keeps_integers = jnp.issubdtype(dist.draw_dtype, jnp.integer)
    arrays = [
        v
        if keeps_integers and not jnp.issubdtype(v.dtype, jnp.floating) and v.dtype != bool
        else v.astype(jnp.int32 if keeps_integers and v.dtype == bool else dtype)
        for v in arrays
    ]
    ranks = [p.rank for p in dist._parameters()] + [r for _, r in values]
    operands = _promoted(dist, dtype, method) + arrays
    lanes = _lanes(dist, method, operands, ranks)
    structure = jax.tree.structure(dist)

    def apply(*flat: Array) -> Array:
        return fn(structure.unflatten(flat[: structure.num_leaves]), *flat[structure.num_leaves :])

    operands = [with_batch_rank(v, len(lanes), r) for v, r in zip(operands, ranks, strict=True)]
    if any(ranks) or dist.event_rank:
        return nested_vmap(apply, operands, ranks, lanes).astype(dtype)
    return jnp.broadcast_to(apply(*operands), lanes).astype(dtype)


def lift_pair(p: Any, q: Any, fn: Callable) -> Array:
    """`fn(p, q)`, written for one event, over the batch axes of two distributions."""
    dists, structures = (p, q), (jax.tree.structure(p), jax.tree.structure(q))
    dtype = float_dtype([*jax.tree.leaves(p), *jax.tree.leaves(q)])
    ranks = [parameter.rank for d in dists for parameter in d._parameters()]
    lanes, count = lanes_of_pair(p, q), structures[0].num_leaves

    def apply(*flat: Array) -> Array:
        return fn(structures[0].unflatten(flat[:count]), structures[1].unflatten(flat[count:]))

    operands = [v for d in dists for v in _promoted(d, dtype)]
    operands = [with_batch_rank(v, len(lanes), r) for v, r in zip(operands, ranks, strict=True)]
    if any(ranks) or p.event_rank:
        return nested_vmap(apply, operands, ranks, lanes).astype(dtype)
    return jnp.broadcast_to(apply(*operands), lanes).astype(dtype)


def lanes_of_pair(p: Any, q: Any) -> Shape:
    """The batch shapes of two distributions, broadcast."""
    try:
        return np.broadcast_shapes(p.batch_shape, q.batch_shape)
    except ValueError:
        described = f"{p._label}: batch {p.batch_shape}; {q._label}: batch {q.batch_shape}"
        raise _errors.incompatible_shapes("kl", described) from None


def _lanes(dist: Any, method: str, operands: list[Array], ranks: list[int]) -> Shape:
    for v, r in zip(operands[len(dist._parameters()) :], ranks[len(dist._parameters()) :], strict=True):
        if r and v.shape[max(v.ndim - r, 0) :] != dist.event_shape:
            raise _errors.bad_value_shape(dist._label, method, v.shape, dist.event_shape, dist.batch_shape)
    try:
        return np.broadcast_shapes(*(batch_of(v.shape, r) for v, r in zip(operands, ranks, strict=True)))
    except ValueError:
        shape = operands[-1].shape
        raise _errors.bad_value_shape(dist._label, method, shape, dist.event_shape, dist.batch_shape) from None
