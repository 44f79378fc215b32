"""Test of a gradient estimator against the exact gradient.

    H₀:  E[ĝ(key)] = g

Pilot draws tell the variance, from which the number of draws is set; fresh draws are judged, so that the choice of n
does not touch the rate. See `_statistics` for the test and its sources.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Key, PyTree
from ..distributions._shapes import check_key
from ._statistics import BATCHES, Totals, judge_mean
from ._verdict import Verdict

_MARGIN = 1.4
"""Factor on the number of draws that the pilot says: it pays for the error of both estimates of the variance."""
_REFINE = 16
"""A pilot may set at most this many times its own number of draws."""


def check_estimator(
    gradient_draws: Callable[[Any], PyTree],
    expected: PyTree,
    key: Key,
    *,
    alpha: float = 1e-6,
    detectable: float = 0.03,
    max_draws: int = 2**22,
    chunk_size: int = 8 * BATCHES,
) -> Verdict:
    """Whether a gradient estimator is unbiased, with a stated rate of false alarms and a stated power.

    An unbiased estimator fails with probability at most `alpha`; one whose bias is `detectable` times the norm of the
    gradient, in any direction, fails with probability at least 0.99 or the verdict is "underpowered".

        |E[ĝ] - g| > detectable · |g|   =>   P("fail" or "underpowered") >= 0.99

    Args:
        gradient_draws: takes keys (n,) and returns independent estimates, one a key, as a pytree like `expected` with
            a leading axis n in front of every leaf; a jitted `vmap` over keys, as a rule.
        expected: the exact gradient (of the same structure).
        key: one random key; the verdict is a function of it.
        alpha: false-alarm rate; `FamilyRate(checks).alpha` in a suite.
        detectable: bias that must be seen, relative to the norm of `expected` (or, if that is 0, of the standard
            deviation of one estimate).
        max_draws: bound on the draws that are judged; if the pilot says more, the answer is "underpowered" at best.
        chunk_size: how many keys one call is given; always the same, so that it compiles once.

    Returns:
        A `Verdict`; `check_estimator(...).raise_if_failed()` in a test.

    Example:
        The score-function gradient of E[(x - 1)²] for x ~ Normal(μ, 1) at μ = 3 is 2(μ - 1) = 4.

        >>> import jax
        >>> from expectax.testing import check_estimator
        >>> @jax.jit
        ... @jax.vmap
        ... def right(key):
        ...     noise = jax.random.normal(key)
        ...     return ((3.0 + noise - 1.0) ** 2 - 4.0) * noise
        >>> check_estimator(right, 4.0, jax.random.key(0)).status
        'pass'
        >>> check_estimator(lambda keys: 0.95 * right(keys), 4.0, jax.random.key(0)).status
        'fail'
    """
    pilot_key, test_key = jax.random.split(check_key(key))
    source = _source(gradient_draws, expected, chunk_size, pilot_key)
    draws, totals = _pilot(source, pilot_key, alpha, detectable, max_draws)
    if not totals.non_finite:  # a NaN is a fault wherever it is met; otherwise the pilot's draws are not judged
        totals = source.totals(test_key, draws, totals.mean)
    return judge_mean(totals, source.target, alpha=alpha, detectable=detectable, eps=source.eps)


@dataclasses.dataclass(frozen=True)
class _Source:
    """Where estimates come from, and what they are compared with."""

    gradient_draws: Callable[[Any], PyTree]
    target: np.ndarray
    chunk_size: int
    eps: float

    def chunk(self, key: Key, number: int) -> np.ndarray:
        """(chunk_size, k) fresh estimates."""
        out = self.gradient_draws(jax.random.split(jax.random.fold_in(key, number), self.chunk_size))
        columns = [np.reshape(np.asarray(x), (self.chunk_size, -1)).astype(np.float64) for x in jax.tree.leaves(out)]
        return np.concatenate(columns, 1)

    def totals(self, key: Key, draws: int, centre: np.ndarray | None) -> Totals:
        """Totals of at least `draws` fresh estimates; without a centre, about the mean of the first chunk."""
        samples = self.chunk(key, 0)
        with np.errstate(invalid="ignore", over="ignore"):  # a draw that is not finite is counted, not warned of
            origin = samples.mean(0) if centre is None else centre
            totals = Totals.of(samples, origin)
            for number in range(1, -(-draws // self.chunk_size)):
                if totals.non_finite:
                    break  # the verdict is already known
                totals += Totals.of(self.chunk(key, number), origin)
        return totals


def _source(gradient_draws: Callable[[Any], PyTree], expected: PyTree, chunk_size: int, key: Key) -> _Source:
    """The source, after one call whose result must look like `expected`."""
    targets, structure = jax.tree.flatten(expected)
    out = gradient_draws(jax.random.split(jax.random.fold_in(key, 0), chunk_size))
    shapes = [(chunk_size, *np.shape(x)) for x in targets]
    came = [np.shape(x) for x in jax.tree.leaves(out)]
    if jax.tree.structure(out) != structure or came != shapes or not targets:
        raise ValueError(
            f"gradient_draws: expected a pytree like `expected` ({structure}) with leaves of shapes {shapes}, "
            f"got {jax.tree.structure(out)} with {came}"
        )
    eps = max(float(jnp.finfo(x.dtype).eps) for x in jax.tree.leaves(out))
    target = np.concatenate([np.ravel(np.asarray(x, np.float64)) for x in targets])
    return _Source(gradient_draws, target, chunk_size, eps)


def _pilot(source: _Source, key: Key, alpha: float, detectable: float, max_draws: int) -> tuple[int, Totals]:
    """(draws needed to see the bias asked for, the last pilot); pilots grow until they can say it."""
    pilot, stage = source.chunk_size, 1
    while True:
        totals = source.totals(jax.random.fold_in(key, stage), pilot, None)
        if totals.non_finite:
            return 0, totals
        verdict = judge_mean(totals, source.target, alpha=alpha, detectable=detectable, eps=source.eps)
        needed = _MARGIN * totals.num_draws * (verdict.detectable / detectable) ** 2
        needed = min(max_draws, max(source.chunk_size, needed))
        if needed <= _REFINE * pilot:
            return math.ceil(needed), totals
        pilot, stage = math.ceil(needed / _REFINE), stage + 1
