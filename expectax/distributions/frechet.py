"""Fréchet (inverse Weibull) distribution.

    p(x; α, μ, σ) = (α/σ) z^(-α-1) exp(-z^(-α)),   z = (x - μ)/σ,   x > μ

Sampling   x = μ + σ E^(-1/α),  E ~ Exponential(1), in log space: pathwise in α, μ and σ. The support moves with μ, so
           the score function is not valid for it.
Accuracy   log_prob to 8 ulp of max(1, its largest derivative times argument): log z without cancellation near z = 1.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 2 (1995), section 22.3.
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import EULER_GAMMA, gamma_ratio_gap, log1mexp_exp, log_gamma1p, log_ratio, power_gap, power_ratio
from ._distribution import AbstractDistribution, parameter


@final
class Frechet(AbstractDistribution):
    """The largest of many independent values with heavy tails: floods, claims, losses.

    Args:
        concentration: α, the tail's exponent; moments of order α and above are infinite. Positive.
        loc: μ, the lower end; same unit as x. Real.
        scale: σ; same unit as x. Positive.

    Shapes: concentration, loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: concentration or scale is not positive, or the shapes do not broadcast (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Frechet(2.0, 1.0, 3.0).log_cdf(4.0))
        -1.0
    """

    concentration: ParameterArray = parameter(supports.positive)
    loc: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)
    scale: ParameterArray = parameter(supports.positive, default=1.0)

    pathwise = True

    @property
    def support(self):
        return supports.Interval(self.loc, jnp.inf)

    def _inner(self, x: Array) -> tuple[Array, Array]:
        """(x - μ, or σ at the end, whether it is the end)."""
        edge = x == self.loc
        return jnp.where(edge, self.scale, x - self.loc), edge

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, _ = random.tails(key, shape, self.dtype)
        return self.loc + self.scale * jnp.exp(-jnp.log(-log_u) / self.concentration)

    # --- Density: z^(-α) is Exponential(1) ---
    def _log_prob(self, x: Array) -> Array:
        d, edge = self._inner(x)
        inside = power_gap(self.scale, d, self.concentration) - jnp.log(d) + jnp.log(self.concentration)
        return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124  NaN: a bad parameter

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        d, edge = self._inner(x)
        inside = -power_ratio(self.scale, d, self.concentration)
        return jnp.where(edge & (inside == inside), -jnp.inf, inside)  # noqa: PLR0124

    def _log_sf(self, x: Array) -> Array:
        d, edge = self._inner(x)
        inside = log1mexp_exp(self.concentration * log_ratio(self.scale, d))
        return jnp.where(edge & (inside == inside), 0.0, inside)  # noqa: PLR0124

    def _quantile(self, p: Array) -> Array:
        edge = p == 0
        z = (-jnp.log(jnp.where(edge, 0.5, p))) ** (-1 / self.concentration)
        return self.loc + jnp.where(edge, 0.0, self.scale * z)

    # --- Moments ---
    def _mean(self) -> Array:
        a = self.concentration
        finite = self.loc + self.scale * jnp.exp(log_gamma1p(-1 / jnp.where(a > 1, a, 2.0)))
        return jnp.where(a > 1, finite, jnp.where(a > 0, jnp.inf, jnp.nan))

    def _variance(self) -> Array:
        a = self.concentration
        relative = gamma_ratio_gap(1 / jnp.where(a > 2, a, 3.0)) / (a * a)
        return jnp.where(a > 2, self.scale * self.scale * relative, jnp.where(a > 1, jnp.inf, jnp.nan))

    def _mode(self) -> Array:
        a = self.concentration
        return self.loc + self.scale * (a / (1 + a)) ** (1 / a)

    def _entropy(self) -> Array:
        a = self.concentration
        return 1 + EULER_GAMMA * (1 + 1 / a) + jnp.log(self.scale) - jnp.log(a)
