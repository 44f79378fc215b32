"""Mixture of distributions of unlike families.

    p(x) = Σ_k w_k p_k(x),   log p(x) = log Σ_k exp(log w_k + log p_k(x))

Sampling   an index k from w and one draw of each of the K components, of which the k-th is taken. Pathwise in all
           parameters, the weights included, where the components are continuous scalars with a distribution function, or
           independent ones, between the same fixed ends: x moves so that F(x) (coordinate by coordinate:
           F(x_i | x_1 ... x_{i-1})) stays as it is. Elsewhere the draw has no derivative along itself, and the score of
           the mixture's own density, in which the index is summed out, serves the weights as well as the rest.
Accuracy   log_prob to a few ulp of its largest term; tails in log space; quantile to a few ulp of the tail.
Source     McLachlan, Peel, "Finite mixture models" (2000), chapter 1; derivative: Figurnov, Mohamed, Mnih (2018).
"""

import dataclasses
import math
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import _batching, _errors, random, supports
from .._parameter import Parameter
from .._typing import Array, Key, Shape
from ._distribution import AbstractDistribution
from ._mixture import AbstractMixture, check_categorical
from ._mixture_path import univariate
from ._wrapper import has_cdf


@final
class Mixture(AbstractMixture):
    """One of several components, each of a family of its own, chosen by chance.

    All components are of one event shape, and all discrete or all continuous: else there is no common density. Their
    supports may differ. Components of one family are cheaper as a `MixtureSameFamily`, which draws only one of them.

    Args:
        mixing: a Categorical over the components.
        components: a tuple (or list) of K distributions.

    Shapes: batch: that of mixing and all components, broadcast; event: that of the components.

    Raises:
        ParameterError: `mixing` is no Categorical of as many categories as there are components, or these do not fit
            each other.
        UndefinedMethodError: cdf, log_cdf, log_sf or quantile, where a component has none on the real line.

    Example:
        >>> import expectax as ex, numpy as np
        >>> weights = ex.Categorical(probs=np.array([0.25, 0.75]))
        >>> d = ex.Mixture(weights, (ex.Normal(2.0, 1.0), ex.Laplace(-2.0, 1.0)))
        >>> float(d.mean()), float(d.variance())
        (-1.0, 4.75)
    """

    components: tuple[AbstractDistribution, ...]

    def __post_init__(self):
        object.__setattr__(self, "components", tuple(self.components))
        check_categorical("Mixture", "mixing", self.mixing)
        for c in self.components:
            if not isinstance(c, AbstractDistribution):
                raise _errors.bad_mixing("Mixture", f"distributions for components, got {type(c).__name__}")
        count, came = self.mixing.num_categories, len(self.components)
        if count != came:
            raise _errors.bad_mixing("Mixture", f"{count} components, one a category of mixing, got {came}")
        events = {c.event_shape for c in self.components}
        if len(events) > 1 or len({c.support.discrete for c in self.components}) > 1:
            kinds = "; ".join(
                f"{c._label}: event {c.event_shape}, {'discrete' if c.support.discrete else 'continuous'}"
                for c in self.components
            )
            raise _errors.bad_mixing("Mixture", f"components of one event shape, all discrete or none, got {kinds}")
        _batching.check_batches(self._label, self._parameters())

    # --- What the components decide ---
    @property
    def _label(self) -> str:
        return f"Mixture({', '.join(c._label for c in self.components)})"

    def _parameters(self) -> list[Parameter]:
        parts = {"mixing": self.mixing} | {f"components[{k}]": c for k, c in enumerate(self.components)}
        return [
            dataclasses.replace(p, name=f"{name}.{p.name}") for name, part in parts.items() for p in part._parameters()
        ]

    @property
    def support(self):
        sets = tuple(c.support for c in self.components)
        return sets[0] if all(s == sets[0] for s in sets) else supports.AnyOf(sets)

    @property
    def pathwise(self) -> bool:
        bases = univariate(self.components)
        scalars = all(b.pathwise and not b.mixed and not b.event_rank and has_cdf(b) for b in bases)
        return scalars and len({_fixed_ends(b.support) for b in bases} | {None}) == 2

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return any(c.mixed for c in self.components)

    @property
    def finite(self) -> bool:
        return all(c.finite and _fixed_ends(c.support) is not None for c in self.components)

    @property
    def draw_dtype(self) -> Any:
        integers = all(jnp.issubdtype(c.draw_dtype, jnp.integer) for c in self.components)
        return jnp.int32 if integers else self.dtype

    @property
    def event_shape(self) -> Shape:
        return self.components[0].event_shape

    # --- Sampling ---
    def _mixed(self, key: Key, shape: Shape) -> Array:
        index_key, *own_keys = jax.random.split(key, len(self.components) + 1)
        index = random.categorical(index_key, self.mixing._p(), shape)
        index = index.reshape(shape + (1,) * len(self.event_shape))
        draw = jnp.zeros(shape + self.event_shape, self.draw_dtype)
        for k, (c, own_key) in enumerate(zip(self.components, own_keys, strict=True)):
            draw = jnp.where(index == k, c._sample(own_key, shape).astype(draw.dtype), draw)
        return draw

    # --- What each component gives: the rest is in AbstractMixture ---
    def _each(self, method: str, *values: Array) -> Array:
        if method == "_log_prob":
            return jnp.stack([c._batched_log_prob(*values) for c in self.components])
        return jnp.stack([c._batched(method, *values) for c in self.components])

    def _has_cdf(self) -> bool:
        return all(map(has_cdf, self.components))

    def _counts_from_zero(self) -> bool:
        if not self.support.discrete:
            return True
        ends = (getattr(c.support, "low", -math.inf) for c in self.components)
        return not any(c.atomic for c in self.components) and all(isinstance(e, int) and e >= 0 for e in ends)

    # --- Moments ---
    def _covariance(self) -> Array:
        if not self.event_shape:
            raise self._missing("covariance")
        means = self._each("_mean")
        off = means - self._average(means)[None]
        return self._average(self._each("_covariance") + jax.vmap(lambda v: jnp.tensordot(v, v, 0))(off))

    def _support_values(self) -> Array:
        """All integers between the least and the greatest value of any component; some may have no probability."""
        ends = [_fixed_ends(c.support) for c in self.components]
        low, high = min(e[0] for e in ends if e), max(e[1] for e in ends if e)
        return jnp.arange(low, high + 1, dtype=self.draw_dtype)


def _fixed_ends(support: Any) -> tuple[Any, Any] | None:
    """The ends of a set of numbers without a gap, if they do not depend on parameters."""
    if isinstance(support, supports.AnyOf):
        ends = {_fixed_ends(s) for s in support.sets}
        return ends.pop() if len(ends) == 1 else None
    if not isinstance(support, supports.Real | supports.HalfLine | supports.Interval | supports.IntegerRange):
        return None
    low, high = (support.low, support.high) if isinstance(support, supports.IntegerRange) else support.bounds
    return (low, high) if isinstance(low, int | float) and isinstance(high, int | float) else None
