"""`ex.value_and_grad` and `ex.grad`: averages over independent runs of a program, and their derivatives."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from . import _compat, _errors
from ._boxes import held
from ._estimate import checked_count
from ._module import Module, static
from ._program import Program, Signature, prepare
from ._runs import Moments, Request, by_forward_mode, by_reverse_mode, in_chunks, single
from ._typing import Array, PyTree


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


def value_and_grad(
    loss: Callable,
    num_samples: int,
    *,
    argnums: int | tuple[int, ...] = 0,
    key_argnum: int = -1,
    has_aux: bool = False,
    batch_size: int | None = None,
    plan: Mapping[Any, Any] | None = None,
    return_stats: bool = False,
    control_variates: bool = False,
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
        batch_size: runs that are in memory at once; None is all. The baseline is taken within a batch; with 1 there is none, and of
            a branch only what is taken is computed.
        plan: estimators by site name or number (from 1, in the order of the program), instead of those that the sites ask for.
        control_variates: subtract multiples of the score, which has mean 0, from each entry of the gradient, with coefficients
            fitted on the other half of the runs; for `num_samples` >= 8, and for twice the time, less variance where the
            gradient resembles the score.
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
    num_samples = checked_count("num_samples", num_samples)
    size = num_samples if batch_size is None else min(checked_count("batch_size", batch_size), num_samples)
    request = Request(Signature(argnums, key_argnum, has_aux), num_samples, size, plan, return_stats, control_variates)

    def wrapped(*args: Any) -> Any:
        program = _sealed(prepare(loss, args, request.signature, request.plan))
        _check_live(program)
        forward = bool(program.plan.analysis.loops_on_path)
        if forward and control_variates:
            raise _errors.control_in_forward_mode(program.plan.analysis.loops_on_path[0])
        moments, aux = in_chunks(program, request, by_forward_mode if forward else by_reverse_mode)
        value, gradient = _mean(moments, num_samples, [jnp.asarray(v) for v in program.live])
        out: tuple = ((value, aux) if has_aux else value, _shaped(program, request, args, gradient))
        if return_stats:
            out += (_stats(program, request, args, moments, forward),)
        return out

    return wrapped


def grad(loss: Callable, num_samples: int, **options: Any) -> Callable:
    """Like `value_and_grad`, but the function returns the gradient alone (with `has_aux`: gradient, aux).

    Example:
        >>> import jax, expectax as ex
        >>> step = lambda loc, key: (ex.Normal(loc, 1.0).sample(key) > 0).astype(float)  # E = Phi(loc)
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


# --- Results -----------------------------------------------------------------------------------------------------


def _mean(moments: Moments, n: int, live: list) -> tuple[Array, list]:
    gradient = [(single(g) / n).astype(v.dtype) for g, v in zip(moments.gradient, live, strict=True)]
    return single(moments.cost) / n, gradient


def _shaped(program: Program, request: Request, args: tuple, leaves: list) -> Any:
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


def _stats(program: Program, request: Request, args: tuple, moments: Moments, forward: bool) -> Stats:
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
