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
from typing import Any, final

import jax
import jax.numpy as jnp

from .. import _batching, _errors, random, supports
from .._parameter import Parameter
from .._typing import Array, Key, Shape
from ._distribution import AbstractDistribution
from ._mixture import AbstractMixture, check_categorical, chosen
from ._mixture_path import univariate
from ._wrapper import has_cdf


@final
class MixtureSameFamily(AbstractMixture):
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

    components: AbstractDistribution

    def __post_init__(self):
        check_categorical("MixtureSameFamily", "mixing", self.mixing)
        count, batch = self.mixing.num_categories, self.components.batch_shape
        if batch[-1:] != (count,):
            described = f"got {self.components._label} with batch shape {batch}"
            wanted = f"{count} components on the last batch axis, one a category of mixing"
            raise _errors.bad_mixing("MixtureSameFamily", f"{wanted}, {described}")
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
        if not base.pathwise or base.mixed or base.event_rank or not has_cdf(base):
            return False
        # supports of their own may leave a gap, over which a draw jumps as the weights move
        return not any(p.moves_support and _differs(p) for p in self.components._parameters())

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.components.mixed

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
    def _mixed(self, key: Key, shape: Shape) -> Array:
        index_key, own_key = jax.random.split(key)
        index = random.categorical(index_key, self.mixing._p(), shape)
        one = jax.tree.map(lambda leaf: chosen(leaf, index), self.components)
        return jnp.broadcast_to(one._sample(own_key, shape), shape + self.event_shape)

    # --- What each component gives: the rest is in AbstractMixture ---
    def _each(self, method: str, *values: Array) -> Array:
        if method == "_log_prob":
            return self.components._batched_log_prob(*values)
        return self.components._batched(method, *values)

    def _has_cdf(self) -> bool:
        return has_cdf(self.components)

    def _counts_from_zero(self) -> bool:
        return type(self.components.support) is not supports.Integers

    def _support_values(self) -> Array:
        return self.components._support_values()


def _differs(p: Parameter) -> bool:
    """Whether components may have values of their own for it."""
    return jnp.ndim(p.value) > p.rank and jnp.shape(p.value)[-p.rank - 1] > 1
