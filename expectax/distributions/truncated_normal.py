"""Truncated normal distribution.

    p(x; μ, σ, l, h) = φ(z) / (σ (Φ((h - μ)/σ) - Φ((l - μ)/σ))),   z = (x - μ)/σ,   x ∈ [l, h]

Sampling   x = F⁻¹(U) in log space, with U and 1 - U precise in both tails: pathwise in μ, σ, l and h by the implicit
           derivative. The support moves with l and h, so the score function is not valid for them.
Accuracy   log_prob to 8 ulp (15 in double precision) of max(1, its derivatives times arguments), in far tails and on
           narrow intervals too: distances from x and from the ends are taken before standardising, and nothing of size z²
           is cancelled.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), section 13.10.1.
"""

from typing import final

import jax.numpy as jnp
import numpy as np

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import (
    HALF_LOG_2PI,
    normal_piece,
    standardised_interval,
    truncated_normal_log_cdf,
    truncated_normal_log_prob,
    truncated_normal_log_sf,
    truncated_normal_quantile,
)
from ._distribution import AbstractDistribution, parameter
from ._parameter import is_visible


@final
class TruncatedNormal(AbstractDistribution):
    """A normal known to lie between two ends, either of which may be infinite.

    Args:
        loc: μ, the mean before truncation; same unit as x. Real.
        scale: σ, the standard deviation before truncation; same unit as x. Positive.
        low: l, the lower end; same unit as x. Real or -inf.
        high: h, the upper end, above `low`; same unit as x. Real or inf.

    Shapes: loc, scale, low, high broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, high is not above low, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.TruncatedNormal(0.0, 1.0, 40.0, 41.0).mean()), 4)
        40.025
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    low: ParameterArray = parameter(supports.real, moves_support=True)
    high: ParameterArray = parameter(supports.real, moves_support=True)

    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        if is_visible(self.low) and is_visible(self.high) and not np.all(np.less(self.low, self.high)):
            raise _errors.bad_interval(self._label, self.low, self.high)

    @property
    def support(self):
        return supports.Interval(self.low, self.high)

    def _parameters_of_x(self) -> tuple[Array, Array, Array, Array]:
        ordered = self.low < self.high
        return self.loc, self.scale, jnp.where(ordered, self.low, jnp.nan), self.high

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_p, _ = random.tails(key, shape, self.dtype)
        return truncated_normal_quantile(*_alike(log_p, *self._parameters_of_x()))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return truncated_normal_log_prob(*_alike(x, *self._parameters_of_x()))

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return truncated_normal_log_cdf(*_alike(x, *self._parameters_of_x()))

    def _log_sf(self, x: Array) -> Array:
        return truncated_normal_log_sf(*_alike(x, *self._parameters_of_x()))

    def _quantile(self, p: Array) -> Array:
        return truncated_normal_quantile(*_alike(jnp.log(p), *self._parameters_of_x()))

    # --- Moments: from the end nearer to μ, or those of the normal if there is none ---
    def _mean(self) -> Array:
        piece, flip = self._piece()
        near = jnp.where(flip, self.high, self.low)
        near = jnp.where(jnp.abs(near) < jnp.inf, near, 0.0)
        inner = near + self.scale * jnp.where(flip, -piece.offset, piece.offset)
        return jnp.where(self._is_whole(), self.loc, inner)

    def _variance(self) -> Array:
        variance = self.scale * self.scale
        return jnp.where(self._is_whole(), variance, variance * self._piece()[0].variance)

    def _mode(self) -> Array:
        return jnp.where(self.loc < self.low, self.low, jnp.where(self.loc > self.high, self.high, self.loc))

    def _entropy(self) -> Array:
        """log(σ m) + E[z² - a²]/2, seen from the end a."""
        piece, _ = self._piece()
        inner = piece.log_mass + 0.5 * piece.square
        return jnp.log(self.scale) + jnp.where(self._is_whole(), 0.5 + HALF_LOG_2PI, inner)

    def _is_whole(self) -> Array:
        return (self.low == -jnp.inf) & (self.high == jnp.inf)

    def _piece(self):
        """(the interval seen from its end nearer to μ, whether that is the upper one)."""
        loc, scale, low, high = _alike(*self._parameters_of_x())
        a, b, width = standardised_interval(loc, scale, low, high)
        flip = a + b < 0
        start, end = jnp.where(flip, -b, a), jnp.where(flip, -a, b)
        return normal_piece(jnp.where(self._is_whole(), 0.0, start), width, end), flip


def _alike(*values: Array) -> tuple[Array, ...]:
    return tuple(jnp.broadcast_arrays(*values))
