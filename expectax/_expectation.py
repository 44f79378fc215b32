"""`ex.value_and_grad`, `ex.grad` and `ex.expect`: averages over independent runs of a program."""

import dataclasses
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.flatten_util import ravel_pytree

from . import _compat, _errors, _site
from ._boxes import held, magic_box
from ._module import Module, static
from ._surrogate import Program, Signature, check_key_argument, context, key_of, leave_one_out, prepare, run_once
from ._typing import Array, PyTree

_log = logging.getLogger("expectax")
MAX_FORWARD_PASSES = 128
"""Parameters up to which a program with an unbounded loop is differentiated in forward mode."""


class Estimate(Module):
    """A Monte Carlo mean with its standard error; each as the loss returns it."""

    mean: PyTree
    standard_error: PyTree
    num_samples: int = static()


class Stats(Module):
    """How sure an estimated gradient is, and what it took."""

    value_standard_error: Array
    standard_error: PyTree
    """Standard error of each entry of the gradient."""
    num_samples: int = static()
    mode: str = static()
    """"reverse", or "forward" for a program with an unbounded loop."""
    passes: int = static()
    """Derivative passes through the program: 1 in reverse mode, one a parameter in forward mode."""


class Moments(NamedTuple):
    """Sums over one chunk of runs."""

    cost: Array
    cost_square: Array
    gradient: list
    gradient_square: list | None


@dataclasses.dataclass(frozen=True)
class _Request:
    """The checked arguments of `value_and_grad`."""

    signature: Signature
    num_samples: int
    batch_size: int
    plan: Mapping[str, Any] | None
    stats: bool


def _checked_count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _errors.bad_count(name, value)
    return value


def value_and_grad(
    loss: Callable,
    num_samples: int,
    *,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
    batch_size: int | None = None,
    plan: Mapping[str, Any] | None = None,
    return_stats: bool = False,
) -> Callable:
    """A function that estimates E[loss] and its gradient: unbiased, or refused.

    Each draw gets the estimator that its site asks for, or that the facts allow (`print(ex.explain(loss)(*args))` shows
    which, and why): pathwise where the draw is differentiable and what follows is continuous in it, else the score
    function with a leave-one-out baseline over the samples. With num_samples=1 there are no other samples: the baseline
    is then taken across a vmapped minibatch if the costs of its examples are separate, else there is none.

    Args:
        loss: `loss(*args) -> cost`, a scalar; any JAX program whose draws come from this library's distributions.
        num_samples: independent runs to average.
        argnums: arguments to differentiate, as in `jax.grad`.
        key_argnum: the argument that is the random key.
        has_aux: whether `loss` returns (cost, aux); aux comes back stacked over samples.
        batch_size: runs that are in memory at once; None is all. The baseline is taken within a batch.
        plan: estimators by site name, instead of those that the sites ask for.
        return_stats: also return `Stats`, with a standard error for every leaf of the gradient.

    Returns:
        A function of the loss's arguments giving (value, gradient), ((value, aux), gradient) with `has_aux`, and one
        more item, `Stats`, with `return_stats`. Not compiled: wrap it in `jax.jit`.

    Raises:
        UnsoundGradientError: some draw has no unbiased estimator; says which, why, and the ways out.
        UnsupportedProgramError, EstimatorError, ArgumentError, RandomKeyError: see their texts.

    Source: Mohamed, Rosca, Figurnov, Mnih, JMLR 21 (2020); Schulman, Heess, Weber, Abbeel, NeurIPS 2015.

    Example:
        >>> import jax, expectax as ex
        >>> loss = lambda rate, key: ex.Poisson(rate).sample(key) ** 2   # E = rate + rate², gradient 1 + 2 rate
        >>> value, grad = jax.jit(ex.value_and_grad(loss, num_samples=50_000))(2.0, jax.random.key(0))
        >>> abs(float(grad) - 5.0) < 0.2
        True
    """
    num_samples = _checked_count("num_samples", num_samples)
    size = num_samples if batch_size is None else min(_checked_count("batch_size", batch_size), num_samples)
    request = _Request(Signature(argnums, key_argnum, has_aux), num_samples, size, plan, return_stats)

    def wrapped(*args: Any) -> Any:
        program = _sealed(prepare(loss, args, request.signature, request.plan))
        _check_live(program)
        forward = bool(program.plan.analysis.loops_on_path)
        moments, aux = _in_chunks(program, request, _forward if forward else _reverse)
        value, gradient = _mean(moments, num_samples)
        out: tuple = ((value, aux) if has_aux else value, _shaped(program, request, args, gradient))
        if return_stats:
            out += (_stats(program, request, args, moments, forward),)
        return out

    return wrapped


def grad(loss: Callable, num_samples: int, **options: Any) -> Callable:
    """Like `value_and_grad`, but the function returns the gradient alone (with `has_aux`: gradient, aux).

    Example:
        >>> import jax, expectax as ex
        >>> step = lambda loc, key: (ex.Normal(loc, 1.0).sample(key) > 0) * 1.0     # E = Phi(loc)
        >>> g = jax.jit(ex.grad(step, num_samples=50_000))(0.0, jax.random.key(0))
        >>> abs(float(g) - 0.3989) < 0.02
        True
    """
    both = value_and_grad(loss, num_samples, **options)

    def wrapped(*args: Any) -> Any:
        value, gradient, *stats = both(*args)
        out = [gradient, *([value[1]] if options.get("has_aux") else []), *stats]
        return tuple(out) if len(out) > 1 else gradient

    return wrapped


def _sealed(program: Program) -> Program:
    """The same program; its results raise if they are differentiated once more."""
    call = program.call
    leaves = tuple(
        held(_errors.result_differentiated, v) if i in call.live_leaves and _compat.is_traced(v) else v
        for i, v in enumerate(call.leaves)
    )
    return dataclasses.replace(program, call=dataclasses.replace(call, leaves=leaves))


def _check_live(program: Program) -> None:
    if not program.call.live_leaves:
        raise _errors.nothing_to_differentiate()


# --- Chunks of runs ----------------------------------------------------------------------------------------------


def _in_chunks(program: Program, request: _Request, chunk: Callable) -> tuple[Moments, Any]:
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


def _reverse(program: Program, request: _Request, keys: Array) -> tuple[Moments, Any]:
    """Sums of costs and gradients over one chunk, by reverse mode."""
    count = keys.shape[0]
    ctx = context(program, leave_one_out(program, count))

    def total(live, in_axes):
        runs = jax.vmap(lambda live, key: run_once(program, ctx, live, key), (in_axes, 0))(live, keys)
        return runs.surrogate.sum(), (runs.cost, runs.aux)

    if not request.stats:
        (_, (costs, aux)), gradient = jax.value_and_grad(total, has_aux=True)(program.live, None)
        return Moments(costs.sum(), (costs * costs).sum(), gradient, None), aux
    # one copy of the parameters for each run: their gradients stay apart
    copies = [jnp.broadcast_to(v, (count, *jnp.shape(v))) for v in program.live]
    (_, (costs, aux)), gradients = jax.value_and_grad(total, has_aux=True)(copies, 0)
    return _moments(costs, gradients), aux


def _forward(program: Program, request: _Request, keys: Array) -> tuple[Moments, Any]:
    """The same by forward mode, one pass a parameter; the baseline is the mean cost of the other runs."""
    flat, unravel = ravel_pytree(program.live)
    line = program.plan.analysis.loops_on_path[0]
    if flat.size > MAX_FORWARD_PASSES:
        raise _errors.too_many_forward_passes(flat.size, MAX_FORWARD_PASSES, line)
    _log.info("forward mode through the while_loop at %s: %d passes", line, flat.size)
    ctx, count = context(program), keys.shape[0]

    def centred(vector):
        runs = jax.vmap(lambda key: run_once(program, ctx, unravel(vector), key))(keys)
        others = (runs.cost.sum() - runs.cost) / max(count - 1, 1) if count > 1 else jnp.zeros_like(runs.cost)
        surrogates = runs.surrogate - others * (magic_box(runs.weight).astype(runs.cost.dtype) - 1)
        return surrogates, (runs.cost, runs.aux)

    jacobian, (costs, aux) = jax.jacfwd(centred, has_aux=True)(flat)
    gradients = [jax.vmap(lambda row, i=i: unravel(row)[i])(jacobian) for i in range(len(program.live))]
    moments = _moments(costs, gradients)
    return (moments if request.stats else moments._replace(gradient_square=None)), aux


def _moments(costs: Array, gradients: list) -> Moments:
    return Moments(
        costs.sum(), (costs * costs).sum(), [g.sum(0) for g in gradients], [(g * g).sum(0) for g in gradients]
    )


# --- Results -----------------------------------------------------------------------------------------------------


def _mean(moments: Moments, n: int) -> tuple[Array, list]:
    return moments.cost / n, [g / n for g in moments.gradient]


def _shaped(program: Program, request: _Request, args: tuple, leaves: list) -> Any:
    """Gradient leaves in the structure of the differentiated arguments."""
    argnums, _ = request.signature.positions(len(args))
    by_position = dict(zip(sorted(program.call.live_leaves), leaves, strict=True))
    everything = program.call.rebuild([by_position.get(i) for i in range(len(program.call.leaves))])
    for n in argnums:
        for path, leaf in jax.tree_util.tree_flatten_with_path(args[n])[0]:
            if not jnp.issubdtype(jnp.result_type(leaf), jnp.inexact):
                raise _errors.not_float(f"argument {n}{jax.tree_util.keystr(path)}", jnp.result_type(leaf))
    single = isinstance(request.signature.argnums, int)
    return everything[argnums[0]] if single else tuple(everything[n] for n in argnums)


def _stats(program: Program, request: _Request, args: tuple, moments: Moments, forward: bool) -> Stats:
    n = request.num_samples
    assert moments.gradient_square is not None
    errors = [_standard_error(g, s, n) for g, s in zip(moments.gradient, moments.gradient_square, strict=True)]
    passes = sum(math.prod(jnp.shape(v)) for v in program.live) if forward else 1
    return Stats(
        value_standard_error=_standard_error(moments.cost, moments.cost_square, n),
        standard_error=_shaped(program, request, args, errors),
        num_samples=n,
        mode="forward" if forward else "reverse",
        passes=passes,
    )


def _standard_error(total: Array, square: Array, n: int) -> Array:
    """Of the mean; NaN for a single sample, which says nothing about its spread."""
    if n == 1:
        return jnp.full_like(total, jnp.nan)
    variance = jnp.maximum(square - total * total / n, 0) / (n - 1)
    return jnp.sqrt(variance / n)


# --- ex.expect ---------------------------------------------------------------------------------------------------


def expect(fn: Callable, num_samples: int, *, key_argnum: int = -1, batch_size: int | None = None) -> Callable:
    """A function that estimates E[fn] with its standard error: `Estimate(mean, standard_error, num_samples)`.

    `fn` may return any pytree of arrays. Inside a loss the mean may be used linearly; E[f(mean)] for another f is
    refused by the gradient verbs, because it is not f(E).

    Example:
        >>> import jax, expectax as ex
        >>> square = lambda scale, key: ex.Normal(0.0, scale).sample(key) ** 2
        >>> estimate = ex.expect(square, num_samples=10_000)(2.0, jax.random.key(0))
        >>> abs(float(estimate.mean) - 4.0) < 4 * float(estimate.standard_error)
        True
    """
    num_samples = _checked_count("num_samples", num_samples)
    size = num_samples if batch_size is None else min(_checked_count("batch_size", batch_size), num_samples)

    def wrapped(*args: Any) -> Estimate:
        position = Signature((), key_argnum, False).positions(len(args))[1]
        check_key_argument(args[position], position)
        keys = jax.random.split(args[position], num_samples)

        def one(key):
            return fn(*args[:position], key, *args[position + 1 :])

        draws = jax.vmap(one)(keys) if size == num_samples else lax.map(one, keys, batch_size=size)
        mean = jax.tree.map(lambda v: _site.mean_mark(_as_float(v).mean(0)), draws)
        error = jax.tree.map(lambda v: _spread(_as_float(v), num_samples), draws)
        return Estimate(mean, error, num_samples)

    return wrapped


def _as_float(v: Array) -> Array:
    return v if jnp.issubdtype(v.dtype, jnp.inexact) else v.astype(jnp.result_type(float))


def _spread(draws: Array, n: int) -> Array:
    if n == 1:
        return jnp.full(draws.shape[1:], jnp.nan, draws.dtype)
    return draws.std(0, ddof=1) / math.sqrt(n)
