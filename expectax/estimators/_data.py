"""Values taken as data: the same numbers, without a derivative.

Objectives whose gradient leaves out a term of mean zero (sticking the landing) evaluate a density so. Weights of score
sites are not touched: only paths are cut.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from .. import _compat


def as_data(tree: Any) -> Any:
    """The same pytree; no derivative passes its floating leaves."""
    return jax.tree.map(_leaf, tree)


def _leaf(value: Any) -> Any:
    if not isinstance(value, jax.Array) or _compat.is_key(value) or not jnp.issubdtype(value.dtype, jnp.inexact):
        return value
    return lax.stop_gradient(value)
