"""Distributions of distributions, in TFP's arguments."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .... import distributions as ex
from ...._typing import Array, Shape
from ....numerics import log1mexp
from .._arguments import Static, Vector
from .._shape import as_shape
from . import _batch
from ._base import Distribution, family
from ._counts import Categorical


class AxesAsEvent(Distribution):
    """What Independent adds: how many of its distribution's batch axes belong to one event."""

    def _own_axes(self, name: str) -> int:
        return self.expectax_distribution.event_ranks

    def _at(self, method: str, value: Any) -> Array:
        """As in TFP the joint cdf is there, and the survival function is what is left of 1."""
        if method not in ("cdf", "log_cdf", "sf", "log_sf"):
            return super()._at(method, value)
        axes = tuple(range(-self._own_axes("distribution"), 0))
        log_cdf = self._arguments["distribution"].log_cdf(value).sum(axes)
        return {"cdf": jnp.exp, "log_cdf": lambda v: v, "sf": lambda v: -jnp.expm1(v), "log_sf": log1mexp}[method](
            log_cdf
        )


@family(AxesAsEvent)
def Independent(
    distribution,
    reinterpreted_batch_ndims: Static = None,
    validate_args=False,
    experimental_use_kahan_sum=False,
    name=None,
):
    """Batch axes read as axes of the event; all but the first if no number is given."""
    axes = reinterpreted_batch_ndims
    reinterpreted_batch_ndims = max(len(distribution.batch_shape) - 1, 0) if axes is None else int(axes)
    return ex.Independent(distribution.expectax_distribution, reinterpreted_batch_ndims)


class Posterior(Distribution):
    """What a mixture adds: which component a value came from."""

    def posterior_marginal(self, observations: Any, name: str = "posterior_marginals") -> Distribution:
        """A Categorical over the components, given each observation."""
        mixture = self._arguments["mixture_distribution"]
        components = self._arguments["components_distribution"]
        event = len(components.event_shape)
        observations = jnp.expand_dims(jnp.asarray(observations), jnp.ndim(observations) - event)
        log_joint = components.log_prob(observations) + jax.nn.log_softmax(mixture.logits_parameter(), axis=-1)
        return Categorical(logits=jax.nn.log_softmax(log_joint, axis=-1))

    def posterior_mode(self, observations: Any, name: str = "posterior_mode") -> Array:
        """The likeliest component of each observation."""
        return self.posterior_marginal(observations).mode()


@family(Posterior)
def MixtureSameFamily(
    mixture_distribution,
    components_distribution: Vector,
    reparameterize: Static = False,
    validate_args=False,
    allow_nan_stats=True,
    name="MixtureSameFamily",
):
    """One of several components of a family; draws have a derivative wherever ours do, asked for or not."""
    return ex.MixtureSameFamily(
        mixture_distribution.expectax_distribution, components_distribution.expectax_distribution
    )


@family()
def Sample(distribution, sample_shape: Static = (), validate_args=False, experimental_use_kahan_sum=False, name=None):
    """Independent draws as one event of shape sample_shape + event_shape."""
    shape, base = as_shape(sample_shape), distribution.expectax_distribution
    leaves, structure = jax.tree.flatten(base)
    ranks = (parameter.rank for parameter in base._parameters())
    spread = [_spread(jnp.asarray(v), r, base.batch_shape, shape) for v, r in zip(leaves, ranks, strict=True)]
    distribution = structure.unflatten(spread)
    return ex.Independent(distribution, len(shape))


def _spread(value: Array, rank: int, batch: Shape, shape: Shape) -> Array:
    """A parameter with new axes between those of the batch and those of the event."""
    event = ((1,) * rank + value.shape)[value.ndim :]  # a leaf of a wrapped distribution may have fewer axes
    value = jnp.broadcast_to(value, (*batch, *event))
    return jnp.broadcast_to(value.reshape(*batch, *(1,) * len(shape), *event), (*batch, *shape, *event))


class OtherBatch(Distribution):
    """A distribution with its batch in another shape, whose slices are those of the distribution itself."""

    def __getitem__(self, slices: Any) -> Distribution:
        given = self._arguments
        if "batch_shape" in given:
            return _batch.reshaped(given["distribution"], self.batch_shape)[slices]
        return _batch.broadcast(given["distribution"], self.batch_shape)[slices]


@family(OtherBatch)
def BatchReshape(distribution, batch_shape: Static, validate_args=False, allow_nan_stats=True, name=None):
    """A distribution with its batch axes in another shape, one size of which may be -1."""
    old, new = distribution.batch_shape, as_shape(batch_shape)
    new = jnp.zeros(old).reshape(new).shape
    return _batch.reshaped(distribution, new).expectax_distribution


@family(OtherBatch)
def BatchBroadcast(distribution, with_shape: Static = None, *, to_shape: Static = None, validate_args=False, name=None):
    """A distribution with its batch broadcast to, or with, a shape."""
    if (with_shape is None) == (to_shape is None):
        raise ValueError("Must specify exactly one of `with_shape` and `to_shape`.")
    shape = as_shape(with_shape if to_shape is None else to_shape)
    if to_shape is None:
        shape = np.broadcast_shapes(shape, distribution.batch_shape)
    return _batch.broadcast(distribution, shape).expectax_distribution
