"""How a draw of the inverse Gaussian law moves with its parameter."""

import jax.numpy as jnp

from .._typing import Array
from ._normal import upper_mills


def first_passage_slope(drift: Array, v: Array) -> Array:
    """dv/dγ at a fixed distribution function, for v with the mean 1/γ and the shape 1.

    With B = γ√v + 1/√v, F_γ = 2 e^(2γ) Φ(-B) and the density is v^(-3/2) e^(2γ) φ(B), so that -F_γ/p = -2 v^(3/2) M(B)
    with Mills' ratio M.
    """
    root = jnp.sqrt(v)
    return -2 * v * root * upper_mills(drift * root + 1 / root)
