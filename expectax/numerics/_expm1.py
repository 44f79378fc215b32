"""exp(x) - 1 in the time of a plain exponential."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .._typing import Array
from ._polynomial import horner

_LOG_2_HIGH, _LOG_2_LOW = 355 / 512, math.log(2) - 355 / 512  # Cody & Waite's two parts: k times the first is exact
# (eʳ - 1 - r - r²/2)/r³ by Chebyshev interpolation in 40 digits for |r| <= 0.354
_REST = (0.16666627868080716, 0.04166661818526796, 0.0083581658327775, 0.0013919920084046015)


@jax.custom_jvp
def expm1(x: Array) -> Array:
    """eˣ - 1 to 2 ulp; -1 at -inf, its derivative eˣ also where that is below ε.

    Single precision: with x = k log 2 + r it is 2ᵏ (eʳ - 1) + (2ᵏ - 1), without a branch near 0 (Tang 1992, "Table-driven
    implementation of the expm1 function", with one entry). XLA's own, kept in double precision, takes twice the time.
    """
    if x.dtype != jnp.float32:
        return jnp.expm1(x)
    tame = jnp.clip(x, -18.0, 89.0)
    k = jnp.round(tame * (1 / math.log(2)))
    r = (tame - k * _LOG_2_HIGH) - k * _LOG_2_LOW
    rest = r + r * r * (0.5 + r * horner(_REST, r))
    half = lax.bitcast_convert_type((k.astype(jnp.int32) + 126) << 23, jnp.float32)  # 2ᵏ⁻¹: 2ᵏ itself may overflow
    return 2 * (half * rest + (half - 0.5))


@expm1.defjvp
def _expm1_jvp(primals, tangents):
    return expm1(*primals), jnp.exp(primals[0]) * tangents[0]
