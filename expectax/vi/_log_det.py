"""Log-determinants of the maps by which supports are reached from the reals."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import supports
from .._typing import Array
from . import _errors


def log_det(support: supports.AbstractSupport, free: Array) -> Array:
    """log |d constrain / d free| in pieces shaped like `free`, whose sum is the log-determinant.

    Raises:
        UnsupportedProgramError: the support is discrete, or its map is no bijection of R^n.
    """
    for kinds, rule in _RULES:
        if isinstance(support, kinds):
            return rule(support, free)
    cure = (
        "give these latents a discrete distribution in the guide, beside the normal of the others"
        if support.discrete
        else "write log_joint over free reals and map them inside, or give these latents a family of their own"
    )
    raise _errors.no_guide_for(support.description, cure)


def _interval(support: Any, free: Array) -> Array:
    low, high = np.asarray(support.low), np.asarray(support.high)
    bounded_below, bounded_above = np.isfinite(low), np.isfinite(high)
    width = np.where(bounded_below & bounded_above, high - low, 1.0)
    up = jnp.where(bounded_below, jax.nn.log_sigmoid(free), 0)
    down = jnp.where(bounded_above, jax.nn.log_sigmoid(-free), 0)
    return jnp.asarray(np.log(width), free.dtype) + up + down


def _increasing(_: Any, free: Array) -> Array:
    return jnp.concatenate([jnp.zeros_like(free[..., :1]), jax.nn.log_sigmoid(free[..., 1:])], -1)


_RULES = (
    ((supports.Real, supports.RealVector, supports.RealMatrix), lambda _, free: jnp.zeros_like(free)),
    ((supports.HalfLine, supports.PositiveVector), lambda _, free: jax.nn.log_sigmoid(free)),
    ((supports.Interval,), _interval),
    ((supports.IncreasingVector,), _increasing),
)
