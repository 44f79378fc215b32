"""Relaxed Bernoulli distribution, the concrete law of two outcomes.

    p(x; T, ℓ) = T σ(z) σ(-z) / (x (1 - x)),   z = T log(x/(1 - x)) - ℓ,   0 < x < 1

Sampling   x = σ((ℓ + Λ)/T),  Λ = log U - log(1 - U): pathwise in T and ℓ. A draw is kept off 0 and 1.
Accuracy   log_prob a few ulp of max(1, |log p|, |z|); both tails in log space, as the logistic law of z. Moments and entropy
           by the trapezoidal rule: absolute error a few ulp of 1.
Source     Maddison, Mnih, Teh, "The concrete distribution" (2017), appendix B.
"""

from typing import final

import jax
import jax.numpy as jnp

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log1m, log1pexp, relaxed_bernoulli_entropy, relaxed_bernoulli_moments
from ._distribution import AbstractDistribution, parameter


@final
class RelaxedBernoulli(AbstractDistribution):
    """A coin toss made continuous: the lower the temperature, the nearer draws are to 0 and 1.

    Its derivative along a draw is that of this law, not of the Bernoulli law that it stands in for.

    Args:
        temperature: T. Positive.
        probs: p = σ(ℓ), the chance that x > ½. In (0, 1).
        logits: ℓ. Real; give it instead of `probs`.

    Shapes: temperature and the other parameter broadcast to the batch; event ().

    Raises:
        ParameterError: not exactly one of probs and logits, or one outside its constraint (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.RelaxedBernoulli(0.5, probs=0.25).sf(0.5)), 4)
        0.25
    """

    temperature: ParameterArray = parameter(supports.positive)
    probs: ParameterArray = parameter(supports.open_unit_interval, optional=True)
    logits: ParameterArray = parameter(supports.real, optional=True)

    support = supports.open_unit_interval
    pathwise = True
    alternatives = ("probs", "logits")

    def _log_odds(self) -> Array:
        return _logit(self.probs) if self.logits is None else self.logits

    def _z(self, x: Array) -> Array:
        return self.temperature * _logit(x) - self._log_odds()

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        log_u, log_rest = random.tails(key, shape, self.dtype)
        draw = jax.nn.sigmoid((self._log_odds() + (log_u - log_rest)) / self.temperature)
        info = jnp.finfo(self.dtype)
        return jnp.where(draw < info.tiny, info.tiny, jnp.where(draw >= 1, 1 - info.eps / 2, draw))

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        tiny = jnp.finfo(x.dtype).tiny
        x = jnp.where(x < tiny, tiny, x)  # what is below is 0 to a processor without subnormal numbers
        size = jnp.abs(self._z(x))
        return jnp.log(self.temperature) - size - 2 * log1pexp(-size) - jnp.log(x) - log1m(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return jax.nn.sigmoid(self._z(x))

    def _sf(self, x: Array) -> Array:
        return jax.nn.sigmoid(-self._z(x))

    def _log_cdf(self, x: Array) -> Array:
        return -log1pexp(-self._z(x))

    def _log_sf(self, x: Array) -> Array:
        return -log1pexp(self._z(x))

    def _quantile(self, p: Array) -> Array:
        return jax.nn.sigmoid((self._log_odds() + _logit(p)) / self.temperature)

    # --- Moments ---
    def _mean(self) -> Array:
        return relaxed_bernoulli_moments(self.temperature, self._log_odds())[0]

    def _variance(self) -> Array:
        return relaxed_bernoulli_moments(self.temperature, self._log_odds())[1]

    def _entropy(self) -> Array:
        return relaxed_bernoulli_entropy(self.temperature, self._log_odds())


def _logit(p: Array) -> Array:
    return jnp.log(p) - log1m(p)
