"""What the laws of Wishart and of its inverse share: Bartlett's decomposition W = A Aᵀ for the scale I.

A is lower triangular, A_ij ~ Normal(0, 1) below the diagonal and A_ii² ~ χ²(ν - i), i = 0, ..., p - 1.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp

from .. import random, supports
from .._parameter import check_value, exactly_one
from .._typing import Array, Key, Shape
from ..numerics import HALF_LOG_2PI, digamma_error, stirling_error
from .multivariate_normal import _factor


def halves(df: Array, p: int) -> Array:
    """(ν - i)/2 for i = 0, ..., p - 1; NaN where ν <= p - 1."""
    df = jnp.where(df > p - 1, df, jnp.nan)[..., None]
    return 0.5 * (df - jnp.arange(p, dtype=df.dtype).reshape((1,) * (df.ndim - 1) + (p,)))


def bartlett(key: Key, half_df: Array, shape: Shape) -> Array:
    """A, of shape (*shape, p, p), given `halves`: pathwise in ν."""
    p, dtype = half_df.shape[-1], half_df.dtype
    diagonal_key, below_key = jax.random.split(key)
    log_halves = random.gamma(diagonal_key, half_df, (*shape, p))[1]
    diagonal = jnp.exp(0.5 * (log_halves + math.log(2)))
    below = jnp.tril(random.normal(below_key, (*shape, p, p), dtype), -1)
    eye = jnp.eye(p, dtype=dtype).reshape((1,) * len(shape) + (p, p))
    return below + eye * diagonal[..., None]


def standard_entropy(df: Array, p: int, sign: int) -> Array:
    """Entropy of W (sign 1) or of W⁻¹ (sign -1), which is that of W less (p + 1) E log|W|.

    With a = (ν - i)/2 and r = (ν - s(p + 1))/2, s the sign: log Γ(a) + a - r ψ(a) = ½ log 2π + δ(a) + (a - ½ - r) log a - ...,
    so that the large terms a log a cancel by hand.
    """
    a = halves(df, p)
    rest = 0.5 * (df - sign * (p + 1))
    shift = 0.5 * (sign * (p + 1) - jnp.arange(p, dtype=a.dtype))  # a - rest
    gammas = (HALF_LOG_2PI + stirling_error(a) + (shift - 0.5) * jnp.log(a) - rest * digamma_error(a)).sum()
    logs = 0.25 * p * (p - 1) * math.log(math.pi) + sign * 0.5 * p * (p + 1) * math.log(2)
    return gammas + logs + 0.25 * p * (p - 1)


def crossed(v: Array) -> Array:
    """V_ik V_jl + V_il V_jk, on axes i, j, k, l."""
    straight = v[:, None, :, None] * v[None, :, None, :]
    return straight + jnp.swapaxes(straight, -1, -2)


def chosen_factor(family: str, scale_tril: Any, scale: Any) -> Any:
    """The factor of a scale of which exactly one form is given."""
    if exactly_one(family, {"scale_tril": scale_tril, "scale": scale}) == "scale_tril":
        return scale_tril
    check_value(family, "scale", scale, supports.positive_definite)
    return _factor(scale)
