"""Supports whose event has axes of its own: vectors, the simplex, one-hot vectors, matrices."""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .._typing import Array, Key, Shape
from ..numerics import are_few, entries, every, softplus_inverse, sum_of, with_diagonal
from ._real import least_positive
from ._support import AbstractSupport


def _every(test: Callable[[Any], Any], value: Any, rank: int) -> Any:
    """Whether all along the last `rank` axes pass a test; works on NumPy arrays too."""
    return every(test, value, rank) if isinstance(value, jax.Array) else test(value).all(tuple(range(-rank, 0)))


def _known(value: Any) -> Any:
    return value == value  # noqa: PLR0124  only NaN differs from itself


class RealVector(AbstractSupport):
    """R^n."""

    event_rank = 1
    whole_space = True
    description = "a vector of reals"
    cheap = False

    def contains(self, value):
        return _every(_known, value, 1)

    def constrain(self, unconstrained):
        return unconstrained

    def unconstrain(self, value):
        return value

    def interior(self, value):
        return jnp.zeros_like(value)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return jax.random.normal(key, shape, dtype)


class RealMatrix(AbstractSupport):
    """R^(m x n)."""

    event_rank = 2
    whole_space = True
    description = "a matrix of reals"
    cheap = False

    def contains(self, value):
        return _every(_known, value, 2)

    def constrain(self, unconstrained):
        return unconstrained

    def unconstrain(self, value):
        return value

    def interior(self, value):
        return jnp.zeros_like(value)

    def random_point(self, key: Key, shape: Shape = (3, 3), dtype: Any = jnp.float32) -> Array:
        return jax.random.normal(key, shape, dtype)


class PositiveVector(AbstractSupport):
    """(0, inf)^n."""

    event_rank = 1
    bounds = (0.0, math.inf)
    description = "a vector of numbers > 0"

    def contains(self, value):
        return _every(lambda v: v > 0, value, 1)

    def constrain(self, unconstrained):
        return jax.nn.softplus(unconstrained)

    def unconstrain(self, value):
        return softplus_inverse(value)

    def inside(self, value):
        return jnp.maximum(value, least_positive(value.dtype))

    def interior(self, value):
        return jnp.ones_like(value)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return jnp.exp(0.5 * jax.random.normal(key, shape, dtype))


def sums_to_one(value: Any, dtype: Any = None, slack: float = 1.0) -> Any:
    """Whether numbers sum to 1 up to the rounding of the type in which they were given."""
    total = sum_of(value) if isinstance(value, jax.Array) else value.sum(-1)
    return _is_one(total, value.shape[-1], dtype or value.dtype, slack)


def _is_one(total: Any, count: int, dtype: Any, slack: float = 1.0) -> Any:
    # a sum of n rounded terms errs by about sqrt(n) ulp; 1e-3 in half precision, 1e-6 in single. Doubles are often
    # made of single-precision data, whose sums are no better.
    eps = max(float(jnp.finfo(dtype).eps), 2.0**-23) if jnp.issubdtype(dtype, jnp.floating) else 0.0
    return abs(total - 1) <= 8 * slack * eps * math.sqrt(max(count, 1))


class Simplex(AbstractSupport):
    """Non-negative vectors that sum to 1 (to the rounding of their dtype)."""

    event_rank = 1
    bounds = (0.0, math.inf)
    description = "a vector of probabilities that sums to 1"
    tolerant = True

    def contains(self, value):
        return _every(lambda v: v >= 0, value, 1) & sums_to_one(value)

    def constrain(self, unconstrained):
        return jax.nn.softmax(unconstrained, axis=-1)

    def unconstrain(self, value):
        return jnp.log(value)  # one of many: a constant added to all changes nothing

    def interior(self, value):
        return jnp.full_like(value, 1.0 / value.shape[-1])

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        return jax.nn.softmax(jax.random.normal(key, shape, dtype), axis=-1)


class OneHot(AbstractSupport):
    """Vectors with a single 1 and zeros elsewhere."""

    event_rank = 1
    discrete = True
    description = "a one-hot vector"

    def contains(self, value):
        return (((value == 0) | (value == 1)).all(-1)) & (value.sum(-1) == 1)

    def constrain(self, unconstrained):
        return jax.nn.softmax(unconstrained, axis=-1)

    def interior(self, value):
        return jnp.zeros_like(value).at[..., 0].set(1)

    def random_point(self, key: Key, shape: Shape = (3,), dtype: Any = jnp.float32) -> Array:
        index = jax.random.randint(key, shape[:-1], 0, shape[-1])
        return jax.nn.one_hot(index, shape[-1], dtype=dtype)


def _factor(matrix: Array) -> Array:
    """The Cholesky factor; LAPACK has no half precision."""
    wide = matrix.astype(jnp.float32) if jnp.finfo(matrix.dtype).bits < 32 else matrix
    return jnp.linalg.cholesky(wide).astype(matrix.dtype)


def _eye_like(value: Array) -> Array:
    return jnp.broadcast_to(jnp.eye(value.shape[-1], dtype=value.dtype), value.shape)


def _is_lower(entry: Array, row: int, column: int) -> Array:
    """Whether an entry may stand there in a lower triangular matrix with a positive diagonal."""
    if row == column:
        return entry > 0
    return entry == 0 if column > row else _known(entry)


class LowerCholesky(AbstractSupport):
    """Lower triangular matrices with a positive diagonal."""

    event_rank = 2
    description = "a lower triangular matrix with a positive diagonal"

    def contains(self, value):
        n = value.shape[-1]
        if isinstance(value, jax.Array) and are_few(value, 2):
            tests = (_is_lower(entry, *divmod(k, n)) for k, entry in enumerate(entries(value, 2)))
            return functools.reduce(jnp.logical_and, tests)
        low, high = (b.reshape((1,) * (value.ndim - 2) + (n, n)) for b in _bounds_of_entries(n, value.dtype))
        columns = ((value >= low) & (value <= high)).all(-2)
        if isinstance(value, jax.Array):
            # apart from the rest: XLA's code for `all` along the last axis alone, on a CPU, has no vector instructions
            columns = lax.optimization_barrier(columns)
        return columns.all(-1)

    def constrain(self, unconstrained):
        diagonal = jnp.diagonal(unconstrained, axis1=-2, axis2=-1)
        return with_diagonal(jnp.tril(unconstrained), jax.nn.softplus(diagonal))

    def unconstrain(self, value):
        diagonal = softplus_inverse(jnp.diagonal(value, axis1=-2, axis2=-1))
        return with_diagonal(jnp.tril(value), diagonal)

    def inside(self, value):
        diagonal = jnp.diagonal(value, axis1=-2, axis2=-1)
        return with_diagonal(value, jnp.maximum(diagonal, least_positive(value.dtype)))

    def interior(self, value):
        return _eye_like(value)

    def random_point(self, key: Key, shape: Shape = (3, 3), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))


def _bounds_of_entries(n: int, dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    """What the entries of a lower triangular matrix with a positive diagonal lie between, both included."""
    limits = jnp.finfo(dtype if jnp.issubdtype(dtype, jnp.floating) else jnp.float32)
    place = np.subtract.outer(np.arange(n), np.arange(n))
    low = np.where(place < 0, 0, np.where(place == 0, least_positive(limits.dtype), -np.inf))
    return low.astype(limits.dtype), np.where(place < 0, 0, np.inf).astype(limits.dtype)


class PositiveDefinite(AbstractSupport):
    """Symmetric positive definite matrices."""

    event_rank = 2
    description = "a symmetric positive definite matrix"
    cheap = False  # eigenvalues; a Cholesky factor shows NaN by itself

    def contains(self, value):
        xp = jnp if isinstance(value, jax.Array) else np
        dtype = value.dtype if jnp.issubdtype(value.dtype, jnp.floating) else np.dtype(np.float32)
        eps = float(jnp.finfo(dtype).eps)
        value = value.astype(np.float32 if jnp.finfo(dtype).bits < 32 else dtype)  # LAPACK has no half precision
        size = abs(value).max((-2, -1))[..., None, None]
        symmetric: Any = (abs(value - xp.swapaxes(value, -1, -2)) <= 8 * eps * size).all((-2, -1))
        finite: Any = xp.isfinite(value).all((-2, -1))
        wide = xp.where(finite[..., None, None], value, 0)
        return symmetric & finite & (xp.linalg.eigvalsh(wide) > 0).all(-1)  # eigvalsh raises at NaN

    def constrain(self, unconstrained):
        tril = LowerCholesky().constrain(unconstrained)
        return tril @ jnp.swapaxes(tril, -1, -2)

    def unconstrain(self, value):
        return LowerCholesky().unconstrain(_factor(value))

    def interior(self, value):
        return _eye_like(value)

    def random_point(self, key: Key, shape: Shape = (3, 3), dtype: Any = jnp.float32) -> Array:
        return self.constrain(jax.random.normal(key, shape, dtype))


class CorrelationCholesky(LowerCholesky):
    """Cholesky factors of correlation matrices: rows of length 1 (to the rounding of their dtype)."""

    description = "a lower triangular matrix with a positive diagonal and rows of length 1"
    tolerant = True

    def contains(self, value):
        n = value.shape[-1]
        if isinstance(value, jax.Array) and are_few(value, 2):
            squares = [entry * entry for entry in entries(value, 2)]
            rows = (_is_one(functools.reduce(jnp.add, squares[i : i + n]), n, value.dtype) for i in range(0, n * n, n))
            return super().contains(value) & functools.reduce(jnp.logical_and, rows)
        return super().contains(value) & sums_to_one(value * value).all(-1)

    def constrain(self, unconstrained):
        rows = super().constrain(unconstrained)
        return rows / jnp.sqrt((rows * rows).sum(-1, keepdims=True))


class Correlation(PositiveDefinite):
    """Correlation matrices: positive definite, with ones on the diagonal (to the rounding of their dtype)."""

    description = "a correlation matrix"
    tolerant = True

    def contains(self, value):
        xp = jnp if isinstance(value, jax.Array) else np
        diagonal = xp.diagonal(value, axis1=-2, axis2=-1)
        return super().contains(value) & (abs(diagonal - 1) <= 8 * float(jnp.finfo(value.dtype).eps)).all(-1)

    def constrain(self, unconstrained):
        tril = CorrelationCholesky().constrain(unconstrained)
        return tril @ jnp.swapaxes(tril, -1, -2)
