"""Mixture of distributions of one family.

    p(x) = Σ_k w_k p_k(x)

Sampling   an index k from w, then one draw of component k. Pathwise in all parameters, the weights included, where the
           components are continuous scalars with a distribution function, or independent ones, on one connected
           support: x moves so that F(x) (coordinate by coordinate: F(x_i | x_1 ... x_{i-1})) stays as it is. Where
           components hardly overlap, the derivative in the weights lies in few draws between them: ten standard
           deviations apart the score is the better estimator, and further apart the only one to be of use.
Accuracy   log_prob to a few ulp of its largest term; tails in log space; quantile to a few ulp of the tail.
Source     McLachlan, Peel, "Finite mixture models" (2000), chapter 1; derivative: Figurnov, Mohamed, Mnih (2018).
"""

import dataclasses
import functools
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import _batching, _errors, random, supports
from .._parameter import Parameter
from .._typing import Array, Key, Shape
from ..numerics import fold, log_mixture, log_mixture_of_logits
from . import _shapes
from ._count_quantile import count_quantile
from ._distribution import AbstractDistribution, _widened
from ._mixture_path import path_tangent, univariate
from ._mixture_quantile import mixture_quantile
from .categorical import Categorical


@final
class MixtureSameFamily(AbstractDistribution):
    """One of several components of the same family, chosen by chance.

    Args:
        mixing: a Categorical over the components.
        components: a distribution whose last batch axis counts the components.

    Shapes: batch: the mixing's batch, broadcast with that of the components without its last axis; event: that of
    the components.

    Raises:
        ParameterError: `mixing` is no Categorical, or does not have as many categories as there are components.
        UndefinedMethodError: cdf, log_cdf, log_sf or quantile, where the components have none on the real line.

    Example:
        >>> import expectax as ex, numpy as np
        >>> weights = ex.Categorical(probs=np.array([0.25, 0.75]))
        >>> float(ex.MixtureSameFamily(weights, ex.Normal(np.array([-1.0, 3.0]), 0.5)).mean())
        2.0
    """

    mixing: Categorical
    components: AbstractDistribution

    def __post_init__(self):
        if not isinstance(self.mixing, Categorical):
            raise _errors.bad_mixing(f"a Categorical for mixing, got {type(self.mixing).__name__}")
        count, batch = self.mixing.num_categories, self.components.batch_shape
        if batch[-1:] != (count,):
            described = f"got {self.components._label} with batch shape {batch}"
            raise _errors.bad_mixing(
                f"{count} components on the last batch axis, one a category of mixing, {described}"
            )
        _batching.check_batches(self._label, self._parameters())

    # --- What the components decide ---
    @property
    def _label(self) -> str:
        return f"MixtureSameFamily({self.components._label})"

    def _parameters(self) -> list[Parameter]:
        mixing = [dataclasses.replace(p, name=f"mixing.{p.name}") for p in self.mixing._parameters()]
        return mixing + [
            dataclasses.replace(p, name=f"components.{p.name}", rank=p.rank + 1) for p in self.components._parameters()
        ]

    @property
    def support(self):
        support = self.components.support
        if all(jnp.ndim(end) == 0 for end in jax.tree.leaves(support)):
            return support
        return supports.Union(support, self.components.event_rank + 1)

    @property
    def pathwise(self) -> bool:
        base = univariate(self.components)
        if not base.pathwise or base.event_rank or not _has_cdf(base):
            return False
        # supports of their own may leave a gap, over which a draw jumps as the weights move
        return not any(p.moves_support and _differs(p) for p in self.components._parameters())

    @property
    def finite(self) -> bool:
        return self.components.finite

    @property
    def draw_dtype(self) -> Any:
        return self.components.draw_dtype

    @property
    def event_shape(self) -> Shape:
        return self.components.event_shape

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return _moving_draw(shape, key, self) if self.pathwise else _draw(self, key, shape)

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
        return self._log_average(self.components._batched_log_prob(x))

    # --- Cumulative ---
    def _of_components(self, method: str, x: Array) -> Array:
        if not _has_cdf(self.components):
            raise self._missing(method)
        return self.components._batched(f"_masked_{method}", x)

    def _masked_cdf(self, x: Array) -> Array:
        return self._average(self._of_components("cdf", x))

    def _masked_sf(self, x: Array) -> Array:
        return self._average(self._of_components("sf", x))

    def _masked_log_cdf(self, x: Array) -> Array:
        return self._log_average(self._of_components("log_cdf", x))

    def _masked_log_sf(self, x: Array) -> Array:
        return self._log_average(self._of_components("log_sf", x))

    def _log_tail(self, x: Array, upper: Array) -> Array:
        return jnp.where(upper, self._masked_log_sf(x), self._masked_log_cdf(x))

    def _quantile(self, p: Array) -> Array:
        support = self.support
        if not _has_cdf(self.components) or type(self.components.support) is supports.Integers:
            raise self._missing("quantile")
        if not support.discrete:
            return mixture_quantile(self, p)
        top = jnp.asarray(getattr(support, "high", jnp.inf), p.dtype)
        return count_quantile(self, p, jnp.zeros_like(p), top)

    # --- Moments. Not here: mode and entropy, which have no closed form ---
    def _mean(self) -> Array:
        return self._average(self.components._batched("_mean"))

    def _variance(self) -> Array:
        means = self.components._batched("_mean")
        return self._average(self.components._batched("_variance") + (means - self._average(means)[None]) ** 2)

    def _covariance(self) -> Array:
        """Of the components, on average, and of their means."""
        means = self.components._batched("_mean")
        gaps, ones = means - self._average(means)[None], (1,) * (means.ndim - 1)
        outer = gaps.reshape(gaps.shape + ones) * gaps.reshape(gaps.shape[:1] + ones + gaps.shape[1:])
        return self._average(self.components._batched("_covariance") + outer)

    def _support_values(self) -> Array:
        return self.components._support_values()


def _has_cdf(components: AbstractDistribution) -> bool:
    """Whether there is a distribution function on the real line."""
    if isinstance(components, MixtureSameFamily):
        return _has_cdf(components.components)
    on_line = components.event_rank == 0 and not isinstance(components.support, supports.Circle)
    return on_line and (components._has("_cdf") or components._has("_log_cdf"))


def _differs(p: Parameter) -> bool:
    """Whether components may have values of their own for it."""
    return jnp.ndim(p.value) > p.rank and jnp.shape(p.value)[-p.rank - 1] > 1


# --- Sampling: parameters are (*lanes, components, *own) ---


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _moving_draw(shape: Shape, key: Key, mixture: MixtureSameFamily) -> Array:
    return _draw(mixture, key, shape)


@_moving_draw.defjvp
def _moving_draw_jvp(shape, primals, tangents):
    (key, mixture), (_, dmixture) = primals, tangents
    draw = _moving_draw(shape, key, mixture)
    return draw, path_tangent(mixture, draw, dmixture)


def _draw(mixture: MixtureSameFamily, key: Key, shape: Shape) -> Array:
    index_key, own_key = jax.random.split(key)
    # a NaN of a component that is not drawn must show as well
    known = functools.reduce(jnp.logical_and, (_known(leaf, len(shape)) for leaf in jax.tree.leaves(mixture)))
    index = random.categorical(index_key, mixture.mixing._p(), shape)
    one = jax.tree.map(lambda leaf: _chosen(leaf, index), mixture.components)
    draw = jnp.broadcast_to(one._sample(own_key, shape), shape + mixture.event_shape)
    integers = jnp.issubdtype(draw.dtype, jnp.integer)
    missing = jnp.asarray(jnp.iinfo(draw.dtype).min if integers else jnp.nan, draw.dtype)
    return jnp.where(known.reshape(known.shape + (1,) * len(mixture.event_shape)), draw, missing)


def _known(leaf: Array, lanes_rank: int) -> Array:
    """Whether no number of a lane is NaN."""
    ok = (~jnp.isnan(leaf)).all(tuple(range(lanes_rank + 1, leaf.ndim)))
    return fold(jnp.logical_and, jnp.all, ok)


def _chosen(leaf: Array, index: Array) -> Array:
    """The parameter of the component drawn: from (*lanes, components, *own) to (*lanes, *own)."""
    place = index.ndim
    if leaf.shape[place] == 1:
        return jnp.squeeze(leaf, place)
    lanes = [jnp.arange(n).reshape((n,) + (1,) * (place - i - 1)) for i, n in enumerate(leaf.shape[:place])]
    at = jnp.broadcast_arrays(*lanes, index)
    return leaf.at[tuple(at)].get(mode="clip")
