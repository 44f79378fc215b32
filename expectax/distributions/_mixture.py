"""What mixtures share, whether their components are one batched distribution or several of unlike families.

Their methods see one event: what `_each` gives has the components on its first axis.
"""

import abc
import functools
from typing import Any

import jax
import jax.numpy as jnp

from .. import _errors
from .._typing import Array, Key, Shape
from ..numerics import fold, log_mixture, log_mixture_of_logits
from . import _shapes
from ._count_quantile import count_quantile
from ._distribution import AbstractDistribution, _widened
from ._mixture_path import path_tangent
from ._mixture_quantile import mixture_quantile
from ._shapes import shown_missing
from ._wrapper import CUMULATIVE
from .categorical import Categorical


class AbstractMixture(AbstractDistribution):
    """p(x) = Σ_k w_k p_k(x): a subclass holds `mixing`, says what each component gives, and draws."""

    mixing: Categorical

    @abc.abstractmethod
    def _each(self, method: str, *values: Array) -> Array:
        """What a method gives for every component, (components, ...)."""

    @abc.abstractmethod
    def _has_cdf(self) -> bool:
        """Whether every component has a distribution function on the real line."""

    def _has(self, method: str) -> bool:
        if method == "_quantile":
            return self._has_cdf() and self._counts_from_zero()
        return self._has_cdf() if method in CUMULATIVE else super()._has(method)

    @abc.abstractmethod
    def _mixed(self, key: Key, shape: Shape) -> Array:
        """Draws, with no derivative asked for."""

    # --- Sampling: parameters are (*lanes, components, *own) or (*lanes, *own) ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return _moving_draw(shape, key, self) if self.pathwise else self._draw(key, shape)

    def _draw(self, key: Key, shape: Shape) -> Array:
        # a NaN of a component that is not drawn must show as well
        return shown_missing(self._mixed(key, shape), is_known(self, shape))

    def _average(self, values: Array) -> Array:
        """Σ_k w_k v_k over the first axis."""
        weights = self.mixing._p()
        weights = weights.reshape(weights.shape + (1,) * (values.ndim - 1))
        return (weights * jnp.where((weights == 0) & ~jnp.isfinite(values), 0.0, values)).sum(0)

    def _log_average(self, logs: Array) -> Array:
        """log Σ_k w_k e^(ℓ_k)."""
        if self.mixing.probs is None:
            return log_mixture_of_logits(self.mixing.logits, logs)
        return log_mixture(self.mixing.probs, logs)

    # --- Density: the components know themselves what is outside ---
    def _batched_log_prob(self, value: Array) -> Array:
        return _shapes.lift(self, lambda d, x: d._log_prob(_widened(d, x)), "log_prob", (value, self.event_rank))

    def _log_prob(self, x: Array) -> Array:
        return self._log_average(self._each("_log_prob", x))

    # --- Cumulative ---
    def _tails(self, method: str, x: Array) -> Array:
        if not self._has_cdf():
            raise self._missing(method)
        return self._each(f"_masked_{method}", x)

    def _masked_cdf(self, x: Array) -> Array:
        return self._average(self._tails("cdf", x))

    def _masked_sf(self, x: Array) -> Array:
        return self._average(self._tails("sf", x))

    def _masked_log_cdf(self, x: Array) -> Array:
        return self._log_average(self._tails("log_cdf", x))

    def _masked_log_sf(self, x: Array) -> Array:
        return self._log_average(self._tails("log_sf", x))

    def _log_tail(self, x: Array, upper: Array) -> Array:
        return jnp.where(upper, self._masked_log_sf(x), self._masked_log_cdf(x))

    def _quantile(self, p: Array) -> Array:
        support = self.support
        if not self._has("_quantile"):
            raise self._missing("quantile")
        if not support.discrete:
            return mixture_quantile(self, p)
        top = jnp.asarray(getattr(support, "high", jnp.inf), p.dtype)
        return count_quantile(self, p, jnp.zeros_like(p), top)

    @abc.abstractmethod
    def _counts_from_zero(self) -> bool:
        """Whether values are not discrete, or 0, 1, 2, ..."""

    # --- Moments. Not here: mode and entropy, which have no closed form ---
    def _mean(self) -> Array:
        return self._average(self._each("_mean"))

    def _variance(self) -> Array:
        means = self._each("_mean")
        return self._average(self._each("_variance") + (means - self._average(means)[None]) ** 2)

    def _covariance(self) -> Array:
        """Of the components, on average, and of their means."""
        if not self.event_shape:
            raise self._missing("covariance")
        means = self._each("_mean")
        gaps, ones = means - self._average(means)[None], (1,) * (means.ndim - 1)
        outer = gaps.reshape(gaps.shape + ones) * gaps.reshape(gaps.shape[:1] + ones + gaps.shape[1:])
        return self._average(self._each("_covariance") + outer)


# --- Draws: parameters are (*lanes, components, *own) or (*lanes, *own) ---


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _moving_draw(shape: Shape, key: Key, mixture: AbstractMixture) -> Array:
    return mixture._draw(key, shape)


@_moving_draw.defjvp
def _moving_draw_jvp(shape, primals, tangents):
    (key, mixture), (_, dmixture) = primals, tangents
    draw = _moving_draw(shape, key, mixture)
    return draw, path_tangent(mixture, draw, dmixture)


def is_known(dist: Any, shape: Shape) -> Array:
    """Whether no number of a lane is NaN."""
    return functools.reduce(jnp.logical_and, (_known(leaf, len(shape)) for leaf in jax.tree.leaves(dist)))


def _known(leaf: Array, lanes_rank: int) -> Array:
    ok = (~jnp.isnan(leaf)).all(tuple(range(lanes_rank + 1, leaf.ndim)))
    return fold(jnp.logical_and, jnp.all, ok) if leaf.ndim > lanes_rank else ok


def chosen(leaf: Array, index: Array) -> Array:
    """The parameter of the component drawn: from (*lanes, components, *own) to (*lanes, *own)."""
    place = index.ndim
    if leaf.shape[place] == 1:
        return jnp.squeeze(leaf, place)
    lanes = [jnp.arange(n).reshape((n,) + (1,) * (place - i - 1)) for i, n in enumerate(leaf.shape[:place])]
    at = jnp.broadcast_arrays(*lanes, index)
    return leaf.at[tuple(at)].get(mode="clip")


def check_categorical(family: str, name: str, value: Any) -> None:
    if not isinstance(value, Categorical):
        raise _errors.bad_mixing(family, f"a Categorical for {name}, got {type(value).__name__}")
