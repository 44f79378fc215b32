"""`ex.expect`: a mean with its standard error."""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from . import _errors, _site
from ._module import Module, static
from ._program import Signature, check_key_argument
from ._typing import Array, PyTree


class Estimate(Module):
    """A Monte Carlo mean with its standard error; each as the loss returns it."""

    mean: PyTree
    standard_error: PyTree
    num_samples: int = static()


def checked_count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _errors.bad_count(name, value)
    return value


def expect(fn: Callable, num_samples: int, *, key_argnum: int = -1, batch_size: int | None = None) -> Callable:
    """A function that estimates E[fn] with its standard error: `Estimate(mean, standard_error, num_samples)`.

    `fn` may return any pytree of arrays. Inside a loss the mean may be used linearly, and means of different keys may be
    multiplied: they are independent, so that the mean of the product is the product of the means. E[f(mean)] for another f is
    refused by the gradient verbs, because it is not f(E); `ex.debiased` is for that.

    Example:
        >>> import jax, expectax as ex
        >>> square = lambda scale, key: ex.Normal(0.0, scale).sample(key) ** 2
        >>> estimate = ex.expect(square, num_samples=10_000)(2.0, jax.random.key(0))
        >>> abs(float(estimate.mean) - 4.0) < 4 * float(estimate.standard_error)
        True
    """
    num_samples = checked_count("num_samples", num_samples)
    size = num_samples if batch_size is None else min(checked_count("batch_size", batch_size), num_samples)

    def wrapped(*args: Any) -> Estimate:
        position = Signature((), key_argnum, False).positions(len(args))[1]
        check_key_argument(args[position], position)
        keys = jax.random.split(args[position], num_samples)

        def one(key):
            return fn(*args[:position], key, *args[position + 1 :])

        if size == 1:  # by itself, so that of a branch only what is taken is computed
            draws = lax.map(one, keys)
        else:
            draws = jax.vmap(one)(keys) if size == num_samples else lax.map(one, keys, batch_size=size)
        mean = jax.tree.map(lambda v: _site.mean_mark(_as_float(v).mean(0), jax.random.clone(args[position])), draws)
        error = jax.tree.map(lambda v: _spread(_as_float(v), num_samples), draws)
        return Estimate(mean, error, num_samples)

    return wrapped


def _as_float(v: Array) -> Array:
    return v if jnp.issubdtype(v.dtype, jnp.inexact) else v.astype(jnp.result_type(float))


def _spread(draws: Array, n: int) -> Array:
    if n == 1:
        return jnp.full(draws.shape[1:], jnp.nan, draws.dtype)
    return draws.std(0, ddof=1) / math.sqrt(n)
