"""Sums of costs and gradients over many runs: in chunks, by reverse or by forward mode."""

import dataclasses
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.flatten_util import ravel_pytree

from . import _errors
from ._baselines import leave_one_out
from ._batching import working
from ._control_variates import scores, without_controls
from ._interpret import Context
from ._program import Program, Signature, context, key_of, run_once
from ._typing import Array

_log = logging.getLogger("expectax")
MIN_CONTROLLED = 8
"""Runs from which on coefficients of control variates are fitted."""
MAX_FORWARD_PASSES = 128
"""Parameters up to which a program with an unbounded loop is differentiated in forward mode."""


class Moments(NamedTuple):
    """Sums over one chunk of runs."""

    cost: Array
    cost_square: Array
    gradient: list
    gradient_square: list | None


@dataclasses.dataclass(frozen=True)
class Request:
    """The checked arguments of `value_and_grad`."""

    signature: Signature
    num_samples: int
    batch_size: int
    plan: Mapping[Any, Any] | None
    stats: bool
    control_variates: bool = False


def in_chunks(program: Program, request: Request, chunk: Callable) -> tuple[Moments, Any]:
    """Sums over all runs, at most `batch_size` at a time."""
    key, n, size = key_of(program), request.num_samples, request.batch_size
    keys = jax.random.split(key, n)
    if size == n:
        return chunk(program, request, keys)
    full = n // size

    def body(total, rows):
        moments, aux = chunk(program, request, rows)
        return jax.tree.map(jnp.add, total, moments), aux

    first, *_ = jax.eval_shape(lambda rows: chunk(program, request, rows), keys[:size])
    zeros = jax.tree.map(lambda v: jnp.zeros(v.shape, v.dtype), first)
    rows = keys[: full * size].reshape(full, size, *keys.shape[1:])
    total, aux = lax.scan(body, zeros, rows)
    aux = jax.tree.map(lambda v: v.reshape(full * size, *v.shape[2:]), aux)
    if n % size:
        last, last_aux = chunk(program, request, keys[full * size :])
        total = jax.tree.map(jnp.add, total, last)
        aux = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), aux, last_aux)
    return total, aux


def by_reverse_mode(program: Program, request: Request, keys: Array) -> tuple[Moments, Any]:
    """Sums of costs and gradients over one chunk, by reverse mode."""
    count = keys.shape[0]
    if request.control_variates:
        return _controlled(program, keys)
    ctx = context(program, leave_one_out(program, count))

    if request.stats:
        costs, aux, gradients = _differentiated(program, ctx, _copies(program, count), 0, keys)
        return _moments(costs, gradients), aux

    costs, aux, gradient = _differentiated(program, ctx, program.live, None, keys)
    costs = single(costs)
    return Moments(costs.sum(), (costs * costs).sum(), [single(g) for g in gradient], None), aux


def _copies(program: Program, count: int) -> list[Array]:
    """The parameters once for each run, so that the runs' gradients stay apart."""
    return [jnp.broadcast_to(v, (count, *jnp.shape(v))) for v in program.live]


def _differentiated(
    program: Program, ctx: Context, live: list, in_axes: int | None, keys: Array
) -> tuple[Array, Any, list[Array]]:
    """Each run's cost and auxiliary outputs, and the gradient of all: apart too, if each run has its own copy (`in_axes` 0)."""

    def total(live):
        runs = _over_runs(lambda live, key: run_once(program, ctx, live, key), in_axes, live, keys)
        return runs.surrogate.sum(), (runs.cost, runs.aux)

    (_, (costs, aux)), gradients = jax.value_and_grad(total, has_aux=True)(live)
    return costs, aux, gradients


def _over_runs(run: Callable, in_axes: int | None, live: list, keys: Array) -> Any:
    """`run` over the keys; a single one by itself, so that of a branch only what is taken is computed."""
    if keys.shape[0] > 1:
        return jax.vmap(run, (in_axes, 0))(live, keys)
    alone = run(live if in_axes is None else [v[0] for v in live], keys[0])
    return jax.tree.map(lambda v: jnp.asarray(v)[None], alone)


def _controlled(program: Program, keys: Array) -> tuple[Moments, Any]:
    """The same, less control variates; baselines are taken within each half, which the other half is fitted for."""
    count = keys.shape[0]
    if count < MIN_CONTROLLED:
        raise _errors.too_few_to_control(count, MIN_CONTROLLED)
    again, cut = jax.random.clone(keys), count // 2  # the scores are those of the same draws
    copies = _copies(program, count)

    def half(keys: Array, live: list[Array]) -> tuple[Array, Any, list[Array]]:
        return _differentiated(program, context(program, leave_one_out(program, len(keys))), live, 0, keys)

    parts = ((keys[:cut], [v[:cut] for v in copies]), (keys[cut:], [v[cut:] for v in copies]))
    halves = [half(*part) for part in parts]
    costs, aux, gradients = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), *halves)
    controls = [single(s) for s in scores(program, copies, again)]
    return _moments(costs, without_controls([single(g) for g in gradients], controls)), aux


def by_forward_mode(program: Program, request: Request, keys: Array) -> tuple[Moments, Any]:
    """The same by forward mode, one pass a parameter; the baseline is the mean cost of the other runs."""
    flat, unravel = ravel_pytree(program.live)
    line = program.plan.analysis.loops_on_path[0]
    if flat.size > MAX_FORWARD_PASSES:
        raise _errors.too_many_forward_passes(flat.size, MAX_FORWARD_PASSES, line)
    for learned in program.plan.analysis.learned:
        raise _errors.learned_in_forward_mode(learned, line)
    _log.info("forward mode through the while_loop at %s: %d passes", line, flat.size)
    ctx, count = dataclasses.replace(context(program), reverse=False), keys.shape[0]

    def centred(vector):
        runs = jax.vmap(lambda key: run_once(program, ctx, unravel(vector), key))(keys)
        others = (runs.cost.sum() - runs.cost) / max(count - 1, 1) if count > 1 else jnp.zeros_like(runs.cost)
        surrogates = runs.surrogate - others * (jnp.exp(runs.weight).astype(runs.cost.dtype) - 1)
        return surrogates, (runs.cost, runs.aux)

    jacobian, (costs, aux) = jax.jacfwd(centred, has_aux=True)(flat)
    gradients = [jax.vmap(lambda row, i=i: unravel(row)[i])(jacobian) for i in range(len(program.live))]
    moments = _moments(costs, gradients)
    return (moments if request.stats else moments._replace(gradient_square=None)), aux


def _moments(costs: Array, gradients: list) -> Moments:
    costs, gradients = single(costs), [single(g) for g in gradients]
    return Moments(
        costs.sum(), (costs * costs).sum(), [g.sum(0) for g in gradients], [(g * g).sum(0) for g in gradients]
    )


def single(x: Array) -> Array:
    """At least float32: in float16 a number of samples above 65504 is infinite."""
    return x.astype(working(x.dtype))
