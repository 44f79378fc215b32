"""The inverse of the normal distribution function in single precision, for any p, by one logarithm.

Giles, "Approximating the erfinv function" (2010): z/(1 - 2P), P the smaller of p and 1 - p, is smooth in
w = -log(4 P (1 - P)); far out it grows as √w, and the quotient of both is smooth in 1/√w.
"""

import jax.numpy as jnp

from .._typing import Array
from ._polynomial import horner

# Chebyshev interpolation in double precision, as powers: 0 <= w <= 5, to 6e-9; 1/9.5 <= 1/√w <= 1/√5, to 4e-8
_CENTRE = (2.12331348, 0.872005106, -0.0369232578, -0.0276820906, 0.0120620769, -0.000684974288, -0.00119578255,
           0.000401742962, 5.02489649e-05, -4.71496245e-05)  # fmt: skip
_TAIL = (1.35030726, -0.0466210736, 0.00512694767, 0.00395464654, 0.000774317423, 0.00244950917, 0.0007983018,
         -0.00112609071, -0.00079366305, 0.00035826283, 0.000217163571, -5.6431163e-05)  # fmt: skip


def ndtri_single(p: Array) -> Array:
    """z with Φ(z) = p, to 4 ulp down to the smallest normal p; NaN outside [0, 1]."""
    lower = p < 0.5
    side = jnp.where(lower, p, 1 - p)
    z = _ratio(4 * side * (1 - side)) * (1 - 2 * side)
    return jnp.where(lower, -z, z)


def ndtri_centre_single(p: Array) -> Array:
    """z >= 0 with P(|ε| <= z) = p, to 4 ulp."""
    return _ratio((1 - p) * (1 + p)) * p


def _ratio(product: Array) -> Array:
    """z/(1 - 2P) given 4 P (1 - P)."""
    # abs is cheap: XLA would store a logarithm or a quotient that has several uses
    w = jnp.abs(-jnp.log(product))
    root = jnp.abs(1 / jnp.sqrt(w))
    far = horner(_TAIL, 5.8488008 * root - 1.61566324) / root
    return jnp.where(w < 5, horner(_CENTRE, 0.4 * w - 1), far)
