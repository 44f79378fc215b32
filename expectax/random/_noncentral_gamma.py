"""Non-central gamma variates with their derivatives in both parameters."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import floored_exp, noncentral_gamma_tangent
from ._gamma import gamma
from ._poisson import poisson


@functools.partial(jax.custom_jvp, nondiff_argnums=(3,))
def noncentral_gamma(key: Key, order: Array, x: Array, shape: Shape) -> Array:
    """T ~ Gamma(μ + N, 1) with N ~ Poisson(x), kept at or above the smallest normal number; x may be 0.

    The derivatives are the implicit ones of T's own law: N jumps with x, T need not.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> t = ex.random.noncentral_gamma(jax.random.key(0), jnp.float32(0.5), jnp.float32(1e6), (3,))
        >>> bool((abs(t / 1e6 - 1) < 0.01).all())
        True
    """
    poisson_key, gamma_key = jax.random.split(key)
    count = poisson(poisson_key, x, shape)
    drawn, log_drawn = gamma(gamma_key, order + count, shape)
    return jnp.where(drawn < 1e-3, floored_exp(log_drawn), drawn)


def _noncentral_gamma_jvp(shape, primals, tangents):
    _, order, x = primals
    t = noncentral_gamma(*primals, shape)
    return t, noncentral_gamma_tangent(*jnp.broadcast_arrays(order, x, t), *tangents[1:])


noncentral_gamma.defjvp(_noncentral_gamma_jvp, symbolic_zeros=True)
