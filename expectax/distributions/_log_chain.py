"""Sums over all paths of a hidden Markov chain, and the best path, by products of matrices in O(log T) depth.

    e^L = Σ_{z_1 ... z_T} π(z_1) e^(ℓ_1(z_1)) Π_t A(z_t, z_{t+1}) e^(ℓ_{t+1}(z_{t+1}))

is a product of T matrices, which associates: by pairs, or by a parallel scan where every prefix is wanted. Logarithms
throughout; a maximum in place of the sum gives the best path. Arguments are of one chain: `start` (S,) and `matrix` (S, S)
either probabilities or their logarithms, log-likelihoods (T, S).

Source: Hassan, Särkkä, García-Fernández, "Temporal parallelization of inference in hidden Markov models", IEEE Trans.
Signal Process. 69 (2021), sections III and IV; the derivative is Fisher's identity.
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ..numerics import log_sum_exp, shares


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def log_forward(logs: bool, start: Array, matrix: Array, likelihoods: Array) -> Array:
    """L. Its derivative in a probability of 0 is that of the paths through it."""
    start, matrix = _in_logs(logs, start, matrix)
    first = start + likelihoods[0]
    if len(likelihoods) == 1:
        return log_sum_exp(first)
    return log_sum_exp((first[:, None] + _product(_links(matrix, likelihoods))).reshape(-1))


@log_forward.defjvp
def _log_forward_jvp(logs, primals, tangents):
    (start, matrix, likelihoods), (dstart, dmatrix, dlikelihoods) = primals, tangents
    total = log_forward(logs, start, matrix, likelihoods)
    before, after = log_messages(logs, start, matrix, likelihoods)
    ahead = likelihoods + after
    of_start, of_links = ahead[0], before[:-1, :, None] + ahead[1:, None, :]
    if logs:
        of_start, of_links = start + of_start, matrix[None] + of_links
    change = (_share(of_start, total) * dstart).sum() + (_share(before + after, total) * dlikelihoods).sum()
    return total, change + (_share(of_links, total).sum(0) * dmatrix).sum()


def _share(x: Array, total: Array) -> Array:
    """e^(x - total); 0 where no path is possible."""
    return jnp.where(total == -jnp.inf, 0.0, shares(x, jnp.broadcast_to(total, x.shape[:-1])))


def log_messages(logs: bool, start: Array, matrix: Array, likelihoods: Array) -> tuple[Array, Array]:
    """log p(x_1 ... x_t, z_t) and log p(x_{t+1} ... x_T | z_t), both (T, S)."""
    start, matrix = _in_logs(logs, start, matrix)
    first, links = start + likelihoods[0], _links(matrix, likelihoods)
    nothing = jnp.zeros_like(first)[None]
    if len(likelihoods) == 1:
        return first[None], nothing
    prefixes = lax.associative_scan(_log_matmul, links)
    suffixes = lax.associative_scan(lambda later, earlier: _log_matmul(earlier, later), links, reverse=True)
    before = log_sum_exp(jnp.swapaxes(first[None, :, None] + prefixes, -1, -2))
    return jnp.concatenate([first[None], before]), jnp.concatenate([log_sum_exp(suffixes), nothing])


def best_path(logs: bool, start: Array, matrix: Array, likelihoods: Array) -> Array:
    """The most probable states, int32 (T,): Viterbi's maxima by a scan, then his pointers composed by another."""
    start, matrix = _in_logs(logs, start, matrix)
    first = start + likelihoods[0]
    if len(likelihoods) == 1:
        return jnp.argmax(first)[None].astype(jnp.int32)
    prefixes = lax.associative_scan(_max_matmul, _links(matrix, likelihoods))
    best = jnp.concatenate([first[None], (first[None, :, None] + prefixes).max(-2)])
    pointers = jnp.argmax(best[:-1, :, None] + matrix[None], axis=-2).astype(jnp.int32)
    from_last = lax.associative_scan(
        lambda later, earlier: jnp.take_along_axis(earlier, later, -1), pointers, reverse=True
    )
    last = jnp.argmax(best[-1]).astype(jnp.int32)
    return jnp.concatenate([from_last[:, last], last[None]])


def _in_logs(logs: bool, start: Array, matrix: Array) -> tuple[Array, Array]:
    return (start, matrix) if logs else (jnp.log(start), jnp.log(matrix))


def _links(matrix: Array, likelihoods: Array) -> Array:
    """log A(i, j) + ℓ_{t+1}(j), (T - 1, S, S)."""
    return matrix[None] + likelihoods[1:, None, :]


def _product(chain: Array) -> Array:
    """That of all matrices along the first axis, by pairs."""
    while len(chain) > 1:
        even = len(chain) // 2 * 2
        pairs = _log_matmul(chain[0:even:2], chain[1:even:2])
        chain = jnp.concatenate([pairs, chain[even:]])
    return chain[0]


def _log_matmul(a: Array, b: Array) -> Array:
    return _matmul(log_sum_exp, a, b)


def _max_matmul(a: Array, b: Array) -> Array:
    return _matmul(lambda x: x.max(-1), a, b)


def _matmul(over: Callable[[Array], Array], a: Array, b: Array) -> Array:
    return over(a[..., :, None, :] + jnp.swapaxes(b, -1, -2)[..., None, :, :])
