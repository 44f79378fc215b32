"""LKJ distribution of Cholesky factors of correlation matrices.

    p(L; η) = Π_i L_ii^(2β_i - 2) Γ(β_i + i/2) / (π^(i/2) Γ(β_i)),   β_i = η + (n - 1 - i)/2,  i = 1, ..., n - 1

as a density of the entries below the diagonal: that of R = L Lᵀ with p(R) ∝ |R|^(η-1). The rows are independent.

Sampling   row i = (z, √(2G))/√(|z|² + 2G) with i normal variates z and G ~ Gamma(β_i, 1), which is the onion's: a direction
           on the sphere and a squared length ~ Beta(i/2, β_i). Pathwise in η through the gammas' implicit derivatives.
Accuracy   log_prob by differences of log Γ that keep their digits for a large η.
Source     Lewandowski, Kurowicka, Joe, "Generating random correlation matrices based on vines and extended onion
           method" (2009), section 3.2; Stan Development Team, "Stan functions reference", LKJ correlation.
"""

import math
from typing import final

import jax
import jax.numpy as jnp
from jax import lax

from .. import random, supports
from .._module import static
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import diagonal, digamma_gap, log_gamma_difference, sum_of
from ._count import check_count
from ._distribution import AbstractDistribution, parameter


@final
class LKJCholesky(AbstractDistribution):
    """Cholesky factors of random correlation matrices; the usual prior of a covariance's shape.

    Args:
        dimension: n, the number of variables; an integer >= 1.
        concentration: η; 1 makes all correlation matrices alike, more pulls them to the identity. Positive.

    Shapes: concentration is the batch; event (n, n).

    Raises:
        ParameterError: the dimension is not a positive integer, or the concentration not positive (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.LKJCholesky(2, 2.0).prob(np.eye(2))), 4)  # of 2 Beta(2, 2) - 1 at 0
        0.75
    """

    dimension: int = static()
    concentration: ParameterArray = parameter(supports.positive)

    support = supports.correlation_cholesky
    pathwise = True

    def __post_init__(self):
        check_count(self._label, "dimension", self.dimension, 1)
        super().__post_init__()

    @property
    def event_shape(self) -> Shape:
        return (self.dimension, self.dimension)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return rows(key, self.concentration, self.dimension, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        logs = jnp.log(diagonal(x)[..., 1:])
        weighted = (2 * betas(self.concentration, self.dimension) - 2) * logs
        return sum_of(weighted) + log_constant(self.concentration, self.dimension)

    # --- Moments: L_ii² ~ Beta(β_i, i/2), and the rest of a row is a random direction ---
    def _mean(self) -> Array:
        n = self.dimension
        beta, half = betas(self.concentration, n), 0.5 * self._places()
        steps = log_gamma_difference(beta, jnp.full_like(beta, 0.5)) - log_gamma_difference(
            beta + half, jnp.full_like(beta, 0.5)
        )
        return jnp.diag(_with_first(jnp.exp(steps), 1.0))

    def _variance(self) -> Array:
        n, mean = self.dimension, jnp.diagonal(self._mean())
        beta, i = betas(self.concentration, n), self._places()
        square, share = beta / (beta + 0.5 * i), 0.5 / (beta + 0.5 * i)
        own = _with_first(square - mean[1:] ** 2, 0.0)
        below = jnp.tril(jnp.ones((n, n), beta.dtype), -1)
        return jnp.diag(own) + below * _with_first(share, 0.0)[:, None]

    def _mode(self) -> Array:
        flat_or_peaked = self.concentration >= 1  # below, the density is unbounded at the edge
        return jnp.where(flat_or_peaked, jnp.eye(self.dimension, dtype=self.dtype), jnp.nan)

    def _entropy(self) -> Array:
        weights = betas(self.concentration, self.dimension) - 1
        logs = log_square_means(self.concentration, self.dimension)
        return -log_constant(self.concentration, self.dimension) - (weights * logs).sum(-1)

    def _places(self) -> Array:
        """i = 1, ..., n - 1."""
        return jnp.arange(1, self.dimension, dtype=self.dtype)


def betas(concentration: Array, n: int) -> Array:
    """β_i for i = 1, ..., n - 1, on a last axis."""
    i = jnp.arange(1, n, dtype=concentration.dtype)
    return concentration[..., None] + 0.5 * (n - 1 - i).reshape((1,) * concentration.ndim + (n - 1,))


def log_square_means(concentration: Array, n: int) -> Array:
    """E log L_ii² = ψ(β_i) - ψ(β_i + i/2) for i = 1, ..., n - 1, on a last axis."""
    beta, i = betas(concentration, n), jnp.arange(1, n, dtype=concentration.dtype)
    return -digamma_gap(beta, jnp.broadcast_to(0.5 * i, beta.shape))


def log_constant(concentration: Array, n: int) -> Array:
    """Σ_i log Γ(β_i + i/2) - log Γ(β_i) - i/2 log π.

    All β_i + i/2 are equal, so that Γ(x + 1) = x Γ(x) leaves one difference over half a step: ⌊n/2⌋ times that at β_1,
    and log β_j for j = 2, ..., n - 1 as often as there is an i >= j of the same parity.
    """
    if n == 1:
        return jnp.zeros_like(concentration)
    beta = betas(concentration, n)
    times = ((n - 1 - jnp.arange(n - 2)) // 2).astype(beta.dtype).reshape((1,) * (beta.ndim - 1) + (n - 2,))
    half_step = log_gamma_difference(beta[..., 0], jnp.full_like(concentration, 0.5))
    return n // 2 * half_step + sum_of(times * jnp.log(beta[..., 1:])) - 0.25 * n * (n - 1) * math.log(math.pi)


def rows(key: Key, concentration: Array, n: int, shape: Shape) -> Array:
    """Cholesky factors, shape (*shape, n, n); their diagonal is kept at or above the smallest normal number."""
    normal_key, gamma_key = jax.random.split(key)
    dtype = concentration.dtype
    below = jnp.tril(random.normal(normal_key, (*shape, n, n), dtype), -1)
    below = lax.optimization_barrier(below)  # else XLA draws it again for each of its uses
    log_gamma = random.gamma(gamma_key, betas(concentration, n), (*shape, n - 1))[1]
    log_square = log_gamma + math.log(2)  # of rows 1, 2, ...; row 0 is (1, 0, ..., 0)
    log_length = 0.5 * jnp.logaddexp(jnp.log((below * below).sum(-1)[..., 1:]), log_square)
    floor = float(jnp.finfo(dtype).tiny)
    diagonal = jnp.exp(0.5 * log_square - log_length)
    diagonal = _with_first(jnp.where(diagonal < floor, floor, diagonal), 1.0)
    eye = jnp.eye(n, dtype=dtype).reshape((1,) * len(shape) + (n, n))
    factor = below * _with_first(jnp.exp(-log_length), 0.0)[..., None] + eye * diagonal[..., None]
    missing = jnp.isnan(concentration)[..., None, None]
    return jnp.where(missing, jnp.nan, factor)


def _with_first(x: Array, first: float) -> Array:
    return jnp.concatenate([jnp.full((*x.shape[:-1], 1), first, x.dtype), x], -1)
