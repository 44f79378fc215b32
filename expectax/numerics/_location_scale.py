"""Log-densities of a location and a scale, with their derivatives in closed form."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from .._typing import Array
from ._log import divide
from ._standardise import standardised


def location_scale(log_density: Callable[[Array], Array], slope: Callable[[Array], Array]) -> Callable:
    """(x, loc, scale) -> f(z) - log scale with z = (x - loc)/scale, given f and its derivative f'.

    The derivatives, f'(z)/scale in x and -(1 + z f'(z))/scale in the scale, come from one z: by the chain rule over the
    parts XLA would keep twice as many arrays in memory.
    """

    @jax.custom_jvp
    def log_prob(x: Array, loc: Array, scale: Array) -> Array:
        return log_density(standardised(x, loc, scale)) - jnp.log(scale)

    @log_prob.defjvp
    def _log_prob_jvp(primals, tangents):
        dx, dloc, dscale = tangents
        z, scale = standardised(*primals), primals[2]
        by_z = slope(z)
        return log_prob(*primals), divide(by_z, scale) * (dx - dloc) - divide(1 + z * by_z, scale) * dscale

    return log_prob
