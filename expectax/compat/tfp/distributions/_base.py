"""The one base class: TFP's methods, each a line over the expectax distribution that the arguments describe.

An instance is a pytree of TFP's own constructor arguments, with the expectax distribution behind it.
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ...._parameter import is_visible
from ...._typing import Array
from .. import _arguments
from .._constructed import Constructed, made
from .._shape import TensorShape, as_shape
from . import _batch, _gradient, _kl


class Distribution(Constructed):
    """A distribution with TFP's interface.

    Raises:
        ValueError: with `validate_args=True`, parameters or values outside their sets; without it they give NaN.
        NotImplementedError: a method that the family does not have.
    """

    @property
    def expectax_distribution(self) -> Any:
        """The same distribution as one of our own families."""
        return self._behind()

    # --- What was given -----------------------------------------------------------------------------------------

    @property
    def allow_nan_stats(self) -> bool:
        """Whether an undefined moment is NaN; if not, it raises."""
        return bool(self._arguments.get("allow_nan_stats", True))

    @property
    def dtype(self) -> Any:
        """The type of draws."""
        return jnp.dtype(self._arguments.get("dtype") or self.expectax_distribution.draw_dtype).type

    @property
    def reparameterization_type(self) -> Any:
        """FULLY_REPARAMETERIZED if draws carry a derivative along their path, else NOT_REPARAMETERIZED."""
        pathwise = self.expectax_distribution.pathwise
        return _gradient.FULLY_REPARAMETERIZED if pathwise else _gradient.NOT_REPARAMETERIZED

    # --- Shapes -------------------------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> TensorShape:
        """Shape of the batch of distributions."""
        return TensorShape(self.expectax_distribution.batch_shape)

    @property
    def event_shape(self) -> TensorShape:
        """Shape of one draw."""
        return TensorShape(self.expectax_distribution.event_shape)

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Array:
        """The batch shape as an array."""
        return jnp.asarray(self.batch_shape, jnp.int32)

    def event_shape_tensor(self, name: str = "event_shape_tensor") -> Array:
        """The event shape as an array."""
        return jnp.asarray(self.event_shape, jnp.int32)

    def is_scalar_batch(self, name: str = "is_scalar_batch") -> bool:
        """Whether there is no batch axis."""
        return not self.batch_shape

    def is_scalar_event(self, name: str = "is_scalar_event") -> bool:
        """Whether a draw is a number."""
        return not self.event_shape

    def __getitem__(self, slices: Any) -> "Distribution":
        return _batch.sliced(self, slices)

    def _own_axes(self, name: str) -> int:
        """How many of the last axes of an argument belong to one distribution: batch axes, if it is a distribution."""
        return self._ranks[name]

    def __iter__(self) -> Any:
        raise TypeError(f"{type(self).__name__!r} object is not iterable")

    # --- Draws --------------------------------------------------------------------------------------------------

    def sample(self, sample_shape: Any = (), seed: Any = None, name: str = "sample") -> Array:
        """Draws of shape sample_shape + batch_shape + event_shape; the seed is a JAX key."""
        if seed is None:
            raise ValueError("Must provide JAX PRNGKey as `dist.sample(seed=.)`")
        return _gradient.draw(self.expectax_distribution, seed, as_shape(sample_shape)).astype(self.dtype)

    def experimental_sample_and_log_prob(
        self, sample_shape: Any = (), seed: Any = None, name: str = "sample_and_log_prob"
    ) -> tuple[Array, Array]:
        """Draws and the log-density at them."""
        draws = self.sample(sample_shape, seed)
        return draws, self.log_prob(draws)

    # --- Densities and tails ------------------------------------------------------------------------------------

    def log_prob(self, value: Any, name: str = "log_prob") -> Array:
        """Log-density at a value; -inf outside the support."""
        return self._at("log_prob", value)

    def prob(self, value: Any, name: str = "prob") -> Array:
        """Density at a value."""
        return self._at("prob", value)

    def unnormalized_log_prob(self, value: Any, name: str = "unnormalized_log_prob") -> Array:
        """Log-density up to a constant; here the constant is 0."""
        return self._at("log_prob", value)

    def cdf(self, value: Any, name: str = "cdf") -> Array:
        """P(X <= value)."""
        return self._at("cdf", value)

    def log_cdf(self, value: Any, name: str = "log_cdf") -> Array:
        """log P(X <= value)."""
        return self._at("log_cdf", value)

    def survival_function(self, value: Any, name: str = "survival_function") -> Array:
        """P(X > value)."""
        return self._at("sf", value)

    def log_survival_function(self, value: Any, name: str = "log_survival_function") -> Array:
        """log P(X > value)."""
        return self._at("log_sf", value)

    def quantile(self, value: Any, name: str = "quantile") -> Array:
        """The smallest x with cdf(x) >= value."""
        dist = self.expectax_distribution
        return dist.quantile(_arguments.as_value(value, jnp.float32, dist.dtype)).astype(self.dtype)

    def _at(self, method: str, value: Any) -> Array:
        dist = self.expectax_distribution
        value = _arguments.as_value(value, self.dtype, dist.dtype)
        if self.validate_args and is_visible(value) and not np.all(dist.support.contains(value)):
            raise ValueError(f"{self.name}.{method}: expected {dist.support.description}, got {value!r:.80}")
        return getattr(dist, method)(value)

    # --- Moments ------------------------------------------------------------------------------------------------

    def mean(self, name: str = "mean") -> Array:
        """E[X]."""
        return self._moment("mean")

    def variance(self, name: str = "variance") -> Array:
        """E[(X - mean)²], element by element."""
        return self._moment("variance")

    def stddev(self, name: str = "stddev") -> Array:
        """Square root of the variance."""
        return self._moment("stddev")

    def covariance(self, name: str = "covariance") -> Array:
        """Covariance matrix of a vector."""
        return self._moment("covariance")

    def mode(self, name: str = "mode") -> Array:
        """A point of highest density."""
        return self._moment("mode").astype(self.dtype)

    def entropy(self, name: str = "entropy") -> Array:
        """-E[log_prob(X)]."""
        return self._moment("entropy")

    def _moment(self, method: str) -> Array:
        return self._defined(method, getattr(self.expectax_distribution, method)())

    def _defined(self, method: str, value: Array) -> Array:
        """A moment, if it may be undefined."""
        if not self.allow_nan_stats and is_visible(value) and np.isnan(value).any():
            raise ValueError(f"`{method}` is undefined for {type(self).__name__} distribution.")
        return value

    # --- Two distributions --------------------------------------------------------------------------------------

    def kl_divergence(self, other: "Distribution", name: str = "kl_divergence") -> Array:
        """KL(self ‖ other)."""
        return _kl.kl_divergence(self, other)

    def cross_entropy(self, other: "Distribution", name: str = "cross_entropy") -> Array:
        """-E[other.log_prob(X)], the entropy plus the divergence."""
        return self.entropy() + self.kl_divergence(other)

    # --- Maps from the reals ------------------------------------------------------------------------------------

    def experimental_default_event_space_bijector(self) -> Any:
        """A map of the reals onto the support; None for a discrete distribution."""
        from ..bijectors._of_support import of_support  # bijectors are a later stage

        return of_support(self.expectax_distribution.support)

    def __repr__(self) -> str:
        shapes = f"batch_shape={list(self.batch_shape)} event_shape={list(self.event_shape)}"
        return f"<tfp.distributions.{type(self).__name__} {self.name!r} {shapes} dtype={np.dtype(self.dtype).name}>"

    def __str__(self) -> str:
        shapes = f"batch_shape={list(self.batch_shape)}, event_shape={list(self.event_shape)}"
        dtype = np.dtype(self.dtype).name
        return f'tfp.distributions.{type(self).__name__}("{self.name}", {shapes}, dtype={dtype})'


def by_formula(dist: Distribution, method: str, value: Any) -> Array:
    """A density by what stands behind a distribution, if that is none of our distributions."""
    if method not in ("log_prob", "prob"):
        raise NotImplementedError(f"{method} is not implemented: {dist.name}")
    return getattr(dist.expectax_distribution, method)(value)


class DensityOnly(Distribution):
    """One that has draws and densities, and none of our distributions behind."""

    def _at(self, method: str, value: Any) -> Array:
        return by_formula(self, method, value)

    def _moment(self, method: str) -> Any:
        raise NotImplementedError(f"{method} is not implemented: {self.name}")

    def quantile(self, value: Any, name: str = "quantile") -> Array:
        """Not there."""
        raise NotImplementedError(f"quantile is not implemented: {self.name}")

    def __getitem__(self, slices: Any) -> Distribution:
        raise NotImplementedError(f"slices of a {type(self).__name__}: slice what it is made of")


def family(*bases: type[Distribution]) -> Callable[[Callable[..., Any]], type[Distribution]]:
    """A decorator: a function from TFP's arguments to one of our distributions becomes a class of its name.

    Args:
        bases: classes whose methods it adds.
    """
    return lambda build: made(build, bases or (Distribution,))
