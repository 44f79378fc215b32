"""The distribution under test with what several checks share: draws, densities, and calls in blocks of one size."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .._typing import Key, PyTree
from ..distributions import AbstractDistribution, _shapes
from ..supports import Simplex
from ._statistics import cdf_test, mean_test
from ._verdict import Verdict

BLOCK = 8192
"""Values in one call of a method: always as many, so that each method compiles once."""
NUM_DRAWS = 8 * BLOCK
_MAX_NUMBERS = 2**22


class NotApplicableError(Exception):
    """The property has no meaning for this distribution."""


@dataclasses.dataclass(frozen=True)
class Subject:
    """One distribution, and the random key and the false-alarm rate of its tests.

    `given` is what the caller passed. `dist` is its first lane, in the widest float type that is enabled: the
    statistics are done there.
    """

    given: AbstractDistribution
    key: Key
    alpha: float

    @functools.cached_property
    def dist(self) -> AbstractDistribution:
        batch = self.given.batch_shape
        wide = _shapes.broadcast_leaves(with_dtype(self.given, jnp.result_type(float)), batch)
        return jax.tree.map(lambda leaf: leaf[(0,) * len(batch)], wide)

    @property
    def eps(self) -> float:
        return float(jnp.finfo(self.dist.dtype).eps)

    @property
    def scalar(self) -> bool:
        return self.dist.event_rank == 0

    @property
    def discrete(self) -> bool:
        return self.dist.support.discrete

    def key_for(self, purpose: int) -> Key:
        """A key of its own for each purpose."""
        return jax.random.fold_in(self.key, purpose)

    @functools.cached_property
    def num_draws(self) -> int:
        size = int(np.prod(self.dist.event_shape))
        return BLOCK * max(1, min(NUM_DRAWS, _MAX_NUMBERS // max(size, 1)) // BLOCK)

    @functools.cached_property
    def draws(self) -> np.ndarray:
        """(num_draws, *event) draws; checks that vary the number take the first ones."""
        return np.asarray(self.dist.sample(self.key_for(0), (self.num_draws,), gradient="stop"))

    @functools.cached_property
    def log_probs(self) -> np.ndarray:
        return self.at("log_prob", self.draws)

    @functools.cached_property
    def score(self) -> AbstractDistribution:
        """Derivative of the log-density at each draw in every parameter: leaves (num_draws, *parameter)."""
        return self.score_at(self.draws)

    def score_at(self, x: np.ndarray) -> AbstractDistribution:
        """`dist.score(x)` over the leading axis of x."""
        return in_blocks(lambda block: _score(self.dist, block), x)

    @functools.cached_property
    def edges(self) -> tuple[float, float]:
        """Infimum and supremum of a scalar support."""
        support = self.dist.support
        inner = np.asarray(support.interior(jnp.zeros((), self.dist.draw_dtype)))
        unbounded = np.asarray(support.contains(np.asarray([-1e30, 1e30])))
        low = support.bounds[0] if unbounded[0] else getattr(support, "low", 0.0)
        high = support.bounds[1] if unbounded[1] else getattr(support, "high", np.inf)
        if not low <= inner <= high:
            raise AssertionError(f"support.interior gives {inner}, outside [{low}, {high}]")
        return float(low), float(high)

    def values(self, x: Any) -> np.ndarray:
        """Numbers in the type in which draws come."""
        return np.asarray(x).astype(self.dist.draw_dtype)

    def at(self, method: str, x: np.ndarray) -> np.ndarray:
        """`dist.<method>(x)` over the leading axis of x, in float64."""
        return np.asarray(in_blocks(getattr(self.dist, method), x), np.float64)

    def mean_is(
        self, samples: Any, expected: Any, detectable: float, reference: float | None = None, tolerance: Any = 0.0
    ) -> Verdict:
        """Verdict on a mean; `detectable` is in units of `reference`, the standard deviation of one draw if None."""
        samples = np.asarray(samples, np.float64).reshape(len(samples), -1)
        rounding = 1024 * self.eps * np.linalg.norm(expected)  # draws that are constant have no other unit
        with np.errstate(invalid="ignore", over="ignore"):  # `mean_test` says what is not finite
            unit = reference or float(np.hypot(np.sqrt(samples.var(0).sum()), rounding)) or 1.0
        return mean_test(
            samples,
            expected,
            alpha=self.alpha,
            detectable=detectable,
            reference=unit,
            tolerance=tolerance,
            eps=self.eps,
        )

    def cdf_is(self, draws: np.ndarray, cdf: np.ndarray, left: np.ndarray) -> Verdict:
        """Verdict on scalar draws, given the CDF at each and just below it."""
        return cdf_test(draws, cdf, left, alpha=self.alpha)


@jax.jit
def _score(dist: AbstractDistribution, x: Any) -> AbstractDistribution:
    return dist.score(x)


def in_blocks(fn: Callable, x: np.ndarray) -> PyTree:
    """`fn` over the leading axis of `x`, BLOCK values at a time; the last block is filled up with the first value."""
    pieces = []
    for start in range(0, len(x), BLOCK):
        block = x[start : start + BLOCK]
        filling = np.broadcast_to(x[:1], (BLOCK - len(block), *x.shape[1:]))
        out = fn(np.concatenate([block, filling]))
        pieces.append(jax.tree.map(np.asarray, out))
    return jax.tree.map(lambda *parts: np.concatenate(parts)[: len(x)], *pieces)


def with_dtype(dist: AbstractDistribution, dtype: Any) -> AbstractDistribution:
    """The same distribution with its float leaves (and Python numbers) in one type."""

    def cast(leaf: Any) -> Any:
        integer = isinstance(leaf, jax.Array | np.ndarray) and not jnp.issubdtype(leaf.dtype, jnp.floating)
        return leaf if integer else jnp.asarray(leaf, dtype)

    return jax.tree.map(cast, dist)


def float_dtypes() -> tuple[Any, ...]:
    """Every float type that is enabled."""
    types = (jnp.float16, jnp.bfloat16, jnp.float32)
    return (*types, jnp.float64) if jax.config.read("jax_enable_x64") else types


def columns(dist: AbstractDistribution, gradient: AbstractDistribution) -> dict[str, np.ndarray]:
    """A gradient with a leading axis n as {parameter: (n, size)}, along the directions in which it may move.

    On the simplex a derivative is defined up to a multiple of (1, ..., 1): its mean over the last axis is taken off.
    """
    found = {}
    for number, (p, g) in enumerate(zip(dist._parameters(), jax.tree.leaves(gradient), strict=True)):
        g = np.asarray(g, np.float64)
        if isinstance(p.support, Simplex):
            g = g - g.mean(-1, keepdims=True)
        name = p.name if p.name not in found else f"{p.name} (leaf {number})"
        found[name] = g.reshape(len(g), -1)
    return found


def still_parameters(dist: AbstractDistribution) -> Iterator[str]:
    """Names in `columns` of the parameters on which the support does not depend."""
    names = columns(dist, jax.tree.map(lambda leaf: np.zeros((1, *np.shape(leaf))), dist))
    for name, p in zip(names, dist._parameters(), strict=True):
        if not p.moves_support:
            yield name
