"""The law of a transformed variable, in TFP's arguments."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .... import distributions as ex
from ...._errors import UnsupportedProgramError
from ...._module import Module
from ...._typing import Array, Key, Shape
from ....bijectors import Abs
from ....bijectors.block import lifted
from .._arguments import Parts, Static
from .._shape import TensorShape, added, as_shape
from ._base import Distribution, by_formula, family


class ByFormula(Module):
    """What stands behind where the bijector is not one of ours: draws are mapped, densities follow TFP's formula."""

    base: Any
    bijector: Any

    @property
    def _ndims(self) -> Any:
        """Axes of events of the base, part by part if it has parts."""
        return jax.tree.map(len, self.base.event_shape, is_leaf=_is_shape)

    @property
    def pathwise(self) -> bool:
        """Always: the base's draws see to what has no path."""
        return True

    @property
    def event_shape(self) -> Any:
        """What the bijector makes of the base's."""
        return self.bijector.forward_event_shape(self.base.event_shape)

    @property
    def _joint(self) -> bool:
        return not isinstance(self.base.event_shape, TensorShape)

    @property
    def batch_shape(self) -> Any:
        """The base's, broadcast with the bijector's; of a joint distribution its own."""
        if self._joint:
            return self.base.batch_shape
        shape = np.broadcast_shapes(self.base.batch_shape, self.bijector.experimental_batch_shape(self._ndims))
        return TensorShape(shape)

    @property
    def dtype(self) -> Any:
        """The base's."""
        return self.base.dtype

    @property
    def draw_dtype(self) -> Any:
        """The base's."""
        return self.base.dtype

    def sample(self, key: Key, shape: Shape) -> Any:
        """Draws of the base, mapped."""
        if not self._joint:
            shape = (*shape, *self.batch_shape[: len(self.batch_shape) - len(self.base.batch_shape)])
        return self.bijector.forward(self.base.sample(shape, seed=key))

    def log_prob(self, y: Any) -> Array:
        """log p(x) + log |det dx/dy|."""
        ndims = self.bijector.forward_event_ndims(self._ndims)
        log_det = self.bijector.inverse_log_det_jacobian(y, ndims)
        return added([self.base.log_prob(self.bijector.inverse(y)), log_det])

    def prob(self, y: Any) -> Array:
        """The density itself."""
        return jnp.exp(self.log_prob(y))


class Pushed(Distribution):
    """What TransformedDistribution adds: moments wherever the log-determinant is constant, and events of several parts."""

    @property
    def _given(self) -> tuple[Distribution, Any]:
        return self._arguments["distribution"], self._arguments["bijector"]

    @property
    def name(self) -> str:
        """The name given, or both parts' names."""
        base, bijector = self._given
        return self._arguments["name"] or bijector.name + base.name

    @property
    def dtype(self) -> Any:
        """The type of draws; part by part if they have parts."""
        law = self.expectax_distribution
        return law.dtype if isinstance(law, ByFormula) else super().dtype

    @property
    def event_shape(self) -> Any:
        """Shape of one draw; part by part if it has parts."""
        law = self.expectax_distribution
        return law.event_shape if isinstance(law, ByFormula) else super().event_shape

    @property
    def batch_shape(self) -> Any:
        """Shape of the batch of distributions."""
        law = self.expectax_distribution
        return law.batch_shape if isinstance(law, ByFormula) else super().batch_shape

    def sample(self, sample_shape: Any = (), seed: Any = None, name: str = "sample") -> Any:
        """Draws of shape sample_shape + batch_shape + event_shape; the seed is a JAX key."""
        law = self.expectax_distribution
        if seed is None or not isinstance(law, ByFormula):
            return super().sample(sample_shape, seed)
        return law.sample(seed, as_shape(sample_shape))

    def experimental_sample_and_log_prob(
        self, sample_shape: Any = (), seed: Any = None, name: str = "sample_and_log_prob"
    ) -> tuple[Any, Array]:
        """Draws and the log-density at them, by what they were mapped from."""
        law = self.expectax_distribution
        if seed is None or isinstance(law, ByFormula) or not law.pathwise:
            return super().experimental_sample_and_log_prob(sample_shape, seed)
        return law.sample_and_log_prob(seed, as_shape(sample_shape))

    def _at(self, method: str, value: Any) -> Array:
        law, (base, bijector) = self.expectax_distribution, self._given
        ours = bijector.expectax_bijector
        alone = isinstance(law, ex.AbstractDistribution) and not law.event_shape
        if not alone and method not in ("log_prob", "prob") and ours is not None and ours._increases() is True:
            return base._at(method, bijector.inverse(value))  # of vectors, the joint distribution function
        return by_formula(self, method, value) if isinstance(law, ByFormula) else super()._at(method, value)

    def quantile(self, value: Any, name: str = "quantile") -> Array:
        """The smallest x with cdf(x) >= value."""
        if isinstance(self.expectax_distribution, ByFormula):
            raise NotImplementedError(f"quantile is not implemented: {self.name}")
        return super().quantile(value)

    def _moment(self, method: str) -> Array:
        (base, bijector), law = self._given, self.expectax_distribution
        if not bijector.is_constant_jacobian or not isinstance(bijector.forward_min_event_ndims, int):
            return super()._moment(method)
        shape = (*self.batch_shape, *self.event_shape)
        if method in ("mean", "mode"):
            return jnp.broadcast_to(bijector.forward(base._moment(method)), shape)
        if method in ("variance", "stddev") and bijector.forward_min_event_ndims == 0:
            one, moment = jnp.ones(shape, self.dtype), jnp.broadcast_to(base._moment(method), shape)
            slope = bijector.forward(one) - bijector.forward(jnp.zeros_like(one))
            return moment * (jnp.abs(slope) if method == "stddev" else slope * slope)
        if method == "entropy":
            origin = jnp.zeros(base.event_shape, base.dtype)
            return added([base.entropy(), bijector.forward_log_det_jacobian(origin, len(base.event_shape))])
        if isinstance(law, ByFormula):
            raise NotImplementedError(f"{method} is not implemented: {self.name}")
        return super()._moment(method)

    def experimental_default_event_space_bijector(self) -> Any:
        """The base's map of the reals onto its support, and then the bijector."""
        base, bijector = self._given
        onto = base.experimental_default_event_space_bijector()
        return None if onto is None else bijector(onto)

    def __getitem__(self, slices: Any) -> Distribution:
        raise NotImplementedError("slices of a TransformedDistribution: slice what it is made of")


@family(Pushed)
def TransformedDistribution(
    distribution: Parts,
    bijector: Parts,
    kwargs_split_fn: Static = None,
    validate_args=False,
    parameters: Static = None,
    name=None,
):
    """What comes out of a bijector into which draws of a distribution are put."""
    ours, base = bijector.expectax_bijector, distribution.expectax_distribution
    if ours is None or not isinstance(base, ex.AbstractDistribution) or base.support.discrete or base.mixed:
        return ByFormula(distribution, bijector)
    if isinstance(ours, Abs):
        return ex.Folded(base)
    law = ex.Transformed(base, lifted(ours, max(base.event_rank - ours._event_ranks[0], 0)))
    return law if _knows_support(law) else ByFormula(distribution, bijector)


def _knows_support(law: ex.Transformed) -> bool:
    try:
        return law.support is not None
    except UnsupportedProgramError:
        return False


def _is_shape(value: Any) -> bool:
    return isinstance(value, TensorShape)
