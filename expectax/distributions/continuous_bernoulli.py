"""Continuous Bernoulli distribution.

    p(x; p) = C p^x (1 - p)^(1-x) = η exp(ηx) / (exp(η) - 1),   η = log(p/(1 - p)),   x ∈ [0, 1]

Sampling   x = log(1 + U (e^η - 1))/η from the nearer end: pathwise in p or η.
Accuracy   log_prob to 4 ulp of max(1, its largest derivative times argument), tails too; all passes smoothly through
           p = ½, where the law is uniform.
Source     Loaiza-Ganem, Cunningham, "The continuous Bernoulli: fixing a pervasive error in variational autoencoders" (2019).
"""

from typing import final

import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import expm1, expm1_over, log1mexp, log1p_over, log_ratio, log_sinhc, sinhc_slopes
from ._distribution import AbstractDistribution, parameter


@final
class ContinuousBernoulli(AbstractDistribution):
    """A proportion whose density is an exponential: the right likelihood for grey values in [0, 1].

    Args:
        probs: p; the density rises if it is above ½. Not the mean. In (0, 1).
        logits: η, its log-odds. Real; give it instead of `probs`.

    Shapes: the parameter has the batch shape; event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or probs outside (0, 1) (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.ContinuousBernoulli(probs=0.5).mean())
        0.5
    """

    probs: ParameterArray = parameter(supports.open_unit_interval, optional=True)
    logits: ParameterArray = parameter(supports.real, optional=True)

    support = supports.unit_interval
    pathwise = True
    alternatives = ("probs", "logits")

    def _eta(self) -> Array:
        return self.logits if self.probs is None else log_ratio(self.probs, 1 - self.probs)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        side, upper = random.sides(key, shape, self.dtype)
        return self._at(side, upper)

    def _at(self, side: Array, upper: Array) -> Array:
        """The point whose probability from the `upper` end, or else from the lower one, is `side` <= ½."""
        near, far = _distances(side, jnp.where(upper, -self._eta(), self._eta()))
        by_far = far < 0.5
        near, far = jnp.where(by_far, 1 - far, near), jnp.where(by_far, far, 1 - near)
        return jnp.where(upper, far, near)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        eta = self._eta()
        near, safe, size = _split(eta)
        inside = safe * (x - 0.5) - log_sinhc(0.5 * safe)
        beyond = jnp.where(eta > 0, -size * (1 - x), -size * x) - _log_mean_exp(size)
        return jnp.where(near, inside, beyond)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jnp.exp(self._log_cdf(x))

    def _log_cdf(self, x: Array) -> Array:
        return self._log_tails(x)[0]

    def _log_sf(self, x: Array) -> Array:
        return self._log_tails(x)[1]

    def _log_tails(self, x: Array) -> tuple[Array, Array]:
        """(log F, log(1 - F)): the larger from the smaller."""
        lower, upper = _log_lower(x, 1 - x, self._eta()), _log_lower(1 - x, x, -self._eta())
        swap = lower > upper
        smaller = jnp.where(swap, upper, lower)
        rest = log1mexp(smaller)
        return jnp.where(swap, rest, smaller), jnp.where(swap, smaller, rest)

    def _quantile(self, p: Array) -> Array:
        upper = p > 0.5
        return self._at(jnp.where(upper, 1 - p, p), upper)

    # --- Moments ---
    def _mean(self) -> Array:
        eta = self._eta()
        near, safe, size = _split(eta)
        slope, _ = sinhc_slopes(0.5 * safe)
        short = 1 / size - 1 / expm1(size)  # to the nearer end
        return jnp.where(near, 0.5 + 0.5 * slope, jnp.where(eta > 0, 1 - short, short))

    def _variance(self) -> Array:
        return 0.25 * sinhc_slopes(0.5 * self._eta())[1]

    def _mode(self) -> Array:
        eta = self._eta()
        return jnp.where(jnp.isnan(eta), eta, jnp.where(eta > 0, 1.0, jnp.where(eta < 0, 0.0, 0.5)))

    def _entropy(self) -> Array:
        near, safe, size = _split(self._eta())
        slope, _ = sinhc_slopes(0.5 * safe)
        return jnp.where(
            near, log_sinhc(0.5 * safe) - 0.5 * safe * slope, 1 - 1 / expm1_over(size) + _log_mean_exp(size)
        )


def _split(eta: Array) -> tuple[Array, Array, Array]:
    """(whether |η| < 1, η there, |η| elsewhere)."""
    near = jnp.abs(eta) < 1
    return near, jnp.where(near, eta, 0.0), jnp.abs(jnp.where(near, 1.0, eta))


def _log_mean_exp(t: Array) -> Array:
    """log of the mean of e^(-tx) over [0, 1], log((1 - e⁻ᵗ)/t), for t >= 0."""
    small = t < 1
    s, large = jnp.where(small, t, 0.0), jnp.where(small, 1.0, t)
    return jnp.where(small, log_sinhc(0.5 * s) - 0.5 * s, log1mexp(-large) - jnp.log(large))


def _log_lower(x: Array, rest: Array, eta: Array) -> Array:
    """log F(x; η), rest = 1 - x."""
    near, safe, size = _split(eta)
    edge = x == 0
    log_x = jnp.log(jnp.where(edge, 1.0, x))
    inside = log_sinhc(0.5 * safe * x) - log_sinhc(0.5 * safe) - 0.5 * safe * rest
    beyond = _log_mean_exp(size * x) - _log_mean_exp(size) - jnp.where(eta > 0, size * rest, 0.0)
    return jnp.where(edge, -jnp.inf, log_x + jnp.where(near, inside, beyond))


def _distances(u: Array, eta: Array) -> tuple[Array, Array]:
    """x with F(x; η) = u for u <= ½, and 1 - x = -log(u + (1 - u) e^(-η))/η; each of use only below ½, or alone."""
    tame, steep = jnp.where(eta > 60, 0.0, eta), jnp.where(eta > 1, eta, 1.0)
    factor = expm1_over(tame)
    near = u * factor * log1p_over(u * (tame * factor))
    far = -jnp.log(u + (1 - u) * jnp.exp(-steep)) / steep
    return near, jnp.where(eta > 60, jnp.where(far < 0.5, far, 0.5), jnp.where(eta > 1, far, 1.0))
