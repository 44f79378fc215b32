"""Zipf variates."""

import functools

import jax
import jax.numpy as jnp

from .._typing import Array, Key, Shape
from ..numerics import expm1
from ._rejection import accepted
from ._words import fine_side, seed_of, uniform


@functools.partial(jax.jit, static_argnums=2)
def zipf(key: Key, power: Array, shape: Shape) -> Array:
    """Counts k = 1, 2, ... with chances in proportion to k^-power, in the float type of `power`; NaN unless it is above 1.

    By rejection from ⌊U^(-1/(power - 1))⌋, which has no upper end (Devroye, "Non-uniform random variate generation",
    1986, section X.6.1); two proposals of three at least are accepted. A count beyond the format's range is infinite.

    Example:
        >>> import expectax as ex, jax, jax.numpy as jnp
        >>> counts = ex.random.zipf(jax.random.key(0), jnp.asarray(3.0), (1000,))
        >>> bool(0.8 < (counts == 1).mean() < 0.87)
        True
    """
    power = jnp.broadcast_to(power, shape).ravel()
    excess = jnp.where(power > 1, power - 1, jnp.nan)
    return accepted(seed_of(key), _propose, (excess,), words=3).reshape(shape)


def _propose(words: list[Array], excess: Array) -> tuple[Array, Array]:
    side, upper = fine_side(words[:2], excess.dtype)
    log_u = jnp.where(upper, jnp.log1p(-side), jnp.log(side))
    x = jnp.floor(jnp.exp(-log_u / excess))
    some = jnp.where(x < jnp.inf, x, 1.0)
    # x (1 - (1 + 1/x)^(1 - power)), which tends to power - 1
    share = jnp.where(x < jnp.inf, some * -expm1(-excess * jnp.log1p(1 / some)), excess)
    return x, uniform(words[2], excess.dtype) * share <= -expm1(-excess * 0.6931471805599453)
