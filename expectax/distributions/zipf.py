"""Zipf distribution, the discrete power law.

    P(k) = k^-s / ζ(s),   k = 1, 2, 3, ...

Sampling   by rejection from ⌊U^(-1/(s-1))⌋ (Devroye 1986), without an upper end: no derivative along the draw. Near s = 1
           counts pass the range of the float type; they are infinite then.
Accuracy   log_prob to 2 ulp of max(1, |result|, |s d/ds|) for s from 1 + 10⁻⁶ to 10⁵; log ζ(s) to 1 ulp of itself also
           where it is nearly 0; tails by Hurwitz's zeta function, each to 2 ulp of its value or of s times its slope.
Source     Johnson, Kemp, Kotz, "Univariate discrete distributions" (2005), section 11.2.20; DLMF 25.11.
"""

import math
from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1p, log_zeta, zipf_entropy, zipf_log_tails, zipf_moments
from ._count_quantile import search
from ._distribution import AbstractDistribution, parameter


@final
class Zipf(AbstractDistribution):
    """Ranks of words, sizes of cities, degrees of nodes: counts from 1 on with a power-law tail; as a float.

    Args:
        power: s, the exponent; moments of order s - 1 and above are infinite. Above 1.

    Shapes: power has the batch shape; event ().

    Raises:
        ParameterError: power is not above 1 (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.Zipf(2.0).prob(1)), 4)
        0.6079
    """

    power: ParameterArray = parameter(supports.Interval(1.0, math.inf, closed=False))

    support = supports.IntegersFrom(1)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return random.zipf(key, self.power, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return -self.power * jnp.log(x) - log_zeta(self.power)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return zipf_log_tails(*jnp.broadcast_arrays(x, self.power))[0]

    def _log_sf(self, x: Array) -> Array:
        return zipf_log_tails(*jnp.broadcast_arrays(x, self.power))[1]

    def _quantile(self, p: Array) -> Array:
        return _quantile(self, p)

    # --- Moments ---
    def _mean(self) -> Array:
        return zipf_moments(self.power)[0]

    def _variance(self) -> Array:
        return zipf_moments(self.power)[1]

    def _mode(self) -> Array:
        return jnp.where(jnp.isnan(self.power), jnp.nan, jnp.ones_like(self.power))

    def _entropy(self) -> Array:
        return zipf_entropy(self.power)


@jax.custom_jvp
def _quantile(dist: Zipf, p: Array) -> Array:
    """The smallest k with cdf(k) >= p, judged by the upper tail beyond ½; guessed by P(X > k) ≈ (k + ½)^(1-s)/((s-1) ζ(s))."""
    p, power = jnp.broadcast_arrays(p, dist.power)
    eps = float(jnp.finfo(p.dtype).eps)
    inside = (p > 0) & (p < 1) & (power > 1)
    given, s = jnp.where(inside, p, 0.5), jnp.where(inside, power, 2.0)
    upper = given > 0.5

    def enough(steps):  # from k = 1 on
        log_cdf, log_sf = zipf_log_tails(steps + 1, s)
        reached = (1 + jnp.where(upper, 0.0, 4 * eps)) * jnp.exp(
            log_cdf
        ) >= given  # beyond ½: of what p's own digits tell
        return reached | (upper & ((1 - 4 * eps) * jnp.exp(log_sf) <= 1 - given))

    reach = -(log1p(-given) + jnp.log(s - 1) + log_zeta(s)) / (s - 1)
    guess = jnp.exp(jnp.clip(reach, None, math.log(float(jnp.finfo(p.dtype).max)) - 1)) - 1.5
    start = jnp.where(inside & (guess > 0), jnp.floor(guess), 0.0)
    count = 1 + search(enough, start, 2 + jnp.ceil(64 * eps * start), inside)
    at_ends = jnp.where(p == 0, 1.0, jnp.inf)
    return jnp.where(jnp.isnan(power), jnp.nan, jnp.where(inside, count, at_ends))


@_quantile.defjvp
def _quantile_jvp(primals, _):
    count = _quantile(*primals)
    return count, jnp.zeros_like(count)  # steps
