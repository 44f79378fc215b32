"""Multinomial distribution.

    P(x) = n!/Π x_i! Π p_i^(x_i),   x_i = 0, 1, 2, ...,  Σ x_i = n

Sampling   up to n = 16 by trials; beyond, one count after the other: x_i ~ Binomial(n - Σ_{j<i} x_j, p_i/Σ_{j>=i} p_j), as
           quick for a large n as for a small one. No derivative along the draw.
Accuracy   log_prob by Loader's form: a few ulp of its terms η(n), η(x_i) and the deviances, not of log n!.
Source     Johnson, Kotz, Balakrishnan, "Discrete multivariate distributions" (1997), chapter 35; Loader (2000).
"""

from typing import Any, final

import jax
import jax.numpy as jnp
from jax import lax

from .. import random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import log_multinomial_mass, log_multinomial_mass_of_logits, multinomial_entropy
from . import _shapes
from ._distribution import AbstractDistribution, _widened, parameter
from ._logits import one_draw_covariance, probabilities

_FEW = 16


@final
class Multinomial(AbstractDistribution):
    """How often each of several outcomes came in n independent trials, as floats.

    Args:
        total_count: n, the number of trials. A count; its derivative is that of the gamma functions.
        probs: p, the probabilities of the outcomes; they sum to 1.
        logits: ℓ, unnormalised log-probabilities; -inf forbids an outcome. Give them instead of `probs`.

    Shapes: total_count broadcasts against the batch of the parameter (*batch, k); event (k,).

    Raises:
        ParameterError: not exactly one of probs and logits, or a parameter outside its set (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> round(float(ex.Multinomial(3.0, probs=np.array([0.5, 0.25, 0.25])).prob(np.array([1.0, 1.0, 1.0]))), 4)
        0.1875
    """

    total_count: ParameterArray = parameter(supports.counts, moves_support=True)
    probs: ParameterArray = parameter(supports.simplex, optional=True)
    logits: ParameterArray = parameter(supports.real_vector, optional=True)

    alternatives = ("probs", "logits")

    @property
    def support(self):
        return supports.CountsOf(self.total_count)

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.logits if self.probs is None else self.probs)[-1:]

    def _p(self) -> Array:
        return probabilities(self.probs, self.logits)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        p = self._p()
        total = jnp.broadcast_to(jnp.where(jnp.isnan(p.sum(-1)), jnp.nan, self.total_count), shape)
        few = total <= _FEW
        trial_key, binomial_key = jax.random.split(key)
        some = jnp.where(few, total, 0.0)
        counts = _by_trials(trial_key, some, p)
        several = jnp.where(few, 0.0, total)
        # as data: under `vmap` a branch is a select, and of keys it looks like a second use
        data, kind = jax.random.key_data(binomial_key), jax.random.key_impl(binomial_key)

        def by_binomials() -> Array:
            return _by_binomials(jax.random.wrap_key_data(data, impl=kind), several, p)

        return counts + lax.cond(few.all(), lambda: jnp.zeros_like(counts), by_binomials)

    # --- Density ---
    def _batched_log_prob(self, value: Array) -> Array:
        """Masked behind the formula, which no real x breaks: a mask before it is computed once an outcome."""

        def guarded(dist: Any, x: Array) -> Array:
            x = _widened(dist, x)
            log_prob = dist._log_prob(jnp.where(jnp.abs(x) < jnp.inf, x, 0.0))
            log_prob = jnp.where(dist.support.contains(x) | jnp.isnan(log_prob), log_prob, -jnp.inf)
            return jnp.where(jnp.isnan(x).any(-1), jnp.nan, log_prob)

        return _shapes.lift(self, guarded, "log_prob", (value, 1))

    def _log_prob(self, x: Array) -> Array:
        if self.probs is None:
            return log_multinomial_mass_of_logits(self.total_count, x, self.logits)
        return log_multinomial_mass(self.total_count, x, self.probs)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.total_count * self._p()

    def _variance(self) -> Array:
        return self.total_count * self._p() * (1 - self._p())

    def _mode(self) -> Array:
        p = self._p()
        return jnp.where(jnp.isnan(p.sum()) | jnp.isnan(self.total_count), jnp.nan, _mode(self.total_count, p))

    def _covariance(self) -> Array:
        return self.total_count * one_draw_covariance(self._p())

    def _entropy(self) -> Array:
        return multinomial_entropy(self.total_count, self._p())


@jax.custom_jvp
def _mode(n: Array, p: Array) -> Array:
    """The counts of which Π p_i^(x_i)/x_i! is largest: one more for i multiplies it by p_i/(x_i + 1).

    So trials go, one by one, to the largest of these ratios (Jefferson's seats); none gets less than ⌊n p_i⌋.
    """

    def add(_, x):
        first = jnp.arange(p.shape[0]) == jnp.argmax(p / (x + 1))
        return x + jnp.where(first & (x.sum() < n), 1.0, 0.0)

    start = jnp.floor(n * p)
    start = jnp.where(start.sum() > n, jnp.floor((1 - 4 * float(jnp.finfo(p.dtype).eps)) * n * p), start)  # rounding
    x = lax.fori_loop(0, 2 * p.shape[0], add, start)
    short = n - x.sum()  # beyond whole numbers of the format
    return x + jnp.where(jnp.arange(p.shape[0]) == jnp.argmax(p), short, 0.0)


@_mode.defjvp
def _mode_jvp(primals, _):
    counts = _mode(*primals)
    return counts, jnp.zeros_like(counts)  # steps


def _by_trials(key: Key, total: Array, p: Array) -> Array:
    """One trial after the other, by the inverse CDF."""
    ends = jnp.cumsum(p, -1)
    uniforms = random.uniforms(key, total.shape, p.dtype)

    def step(state):
        trial, beyond = state
        u = uniforms(trial)[..., None] * ends[..., -1:]
        counted = (trial.astype(p.dtype) < total)[..., None]
        return trial + 1, beyond + ((ends < u) & counted).astype(p.dtype)

    # trials whose index is greater than that of each outcome
    beyond = jnp.zeros((*total.shape, p.shape[-1]), p.dtype) + 0 * total[..., None]
    most = total.max(initial=0.0).astype(jnp.uint32)
    beyond = lax.while_loop(lambda state: state[0] < most, step, (jnp.zeros((), jnp.uint32), beyond))[1]
    return jnp.concatenate([total[..., None], beyond[..., :-1]], -1) - beyond


def _by_binomials(key: Key, total: Array, p: Array) -> Array:
    """One count after the other, each given those before it."""
    later = jnp.flip(jnp.cumsum(jnp.flip(p, -1), -1), -1)
    rest = jnp.concatenate([later[..., 1:], 0 * p[..., :1]], -1)
    logits = jnp.where(p == 0, -jnp.inf, jnp.log(p) - jnp.log(rest))

    def step(left, at):
        number, own = at
        count = random.binomial(jax.random.fold_in(key, number), left, own, total.shape)
        return left - count, count

    numbers = jnp.arange(p.shape[-1], dtype=jnp.uint32)
    return jnp.moveaxis(lax.scan(step, total, (numbers, jnp.moveaxis(logits, -1, 0)))[1], 0, -1)
