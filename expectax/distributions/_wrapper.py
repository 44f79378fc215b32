"""What distributions made of another one share: they hand on what they leave as it is."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .. import _errors, supports
from .._parameter import validate
from .._typing import Array, Shape
from ..supports import AbstractSupport
from ._distribution import AbstractDistribution
from ._shapes import shown_missing


class AbstractWrapper(AbstractDistribution):
    """A distribution around another; all its methods are for one event, as everywhere."""

    base: AbstractDistribution

    def __post_init__(self):
        require(isinstance(self.base, AbstractDistribution), type(self).__name__, "a distribution", self.base)
        validate(self)

    @property
    def _label(self) -> str:
        return f"{type(self).__name__}({self.base._label})"

    @property
    def support(self):  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.support

    @property
    def pathwise(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.pathwise

    @property
    def finite(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.finite

    @property
    def mixed(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.base.mixed

    @property
    def draw_dtype(self) -> Any:
        return self.base.draw_dtype

    @property
    def event_shape(self) -> Shape:
        return self.base.event_shape

    def _has(self, method: str) -> bool:
        return super()._has(method) and self.base._has(method)


def require(ok: bool, family: str, expected: str, base: Any) -> None:
    """Raise unless the base is as it has to be."""
    if not ok:
        raise _errors.bad_parameter(family, "base", getattr(base, "_label", base), expected)


def has_cdf(dist: AbstractDistribution) -> bool:
    """Whether there is a distribution function on the real line."""
    on_line = dist.event_rank == 0 and not isinstance(dist.support, supports.Circle)
    return on_line and (dist._has("_cdf") or dist._has("_log_cdf"))


def ends_of(support: Any) -> tuple[Any, Any]:
    """The ends of a scalar support."""
    low, high = support.bounds
    return getattr(support, "low", low), getattr(support, "high", high)


def whole_with_least(support: Any) -> bool:
    """Whether a set is one of integers that has a least one."""
    return isinstance(support, supports.IntegersFrom | supports.IntegerRange) and not isinstance(
        support, supports.Integers
    )


def cut(dist: AbstractDistribution, low: Any, high: Any) -> AbstractSupport:
    """What of a law's support, an interval or integers, lies in [low, high]."""
    support = dist.support
    first, last = ends_of(support)
    low = low if type(first) is float and first == -math.inf else _extreme("maximum", low, first)
    high = high if type(last) is float and last == math.inf else _extreme("minimum", high, last)
    if not support.discrete:
        return supports.Interval(low, high)
    return Between(low, high)


class Between(supports.IntegerRange):
    """Integers between two ends that are floats, and may be infinite; elements may be of an integer type."""

    def contains(self, value):
        if not jnp.issubdtype(value.dtype, jnp.integer):
            return supports.IntegerRange.contains(self, value)
        return supports.IntegerRange.contains(
            self, jnp.asarray(value).astype(jnp.result_type(self.low, self.high, float))
        )

    def interior(self, value):
        low = jnp.where(jnp.isinf(jnp.asarray(self.low)), self.high, self.low)
        return jnp.zeros_like(value) + jnp.where(jnp.isinf(low), 0.0, low).astype(value.dtype)


def _extreme(which: str, a: Any, b: Any) -> Any:
    """NumPy's for its own arrays, so that constants are not traced."""
    if not isinstance(a, jax.Array | np.ndarray | np.generic) and not isinstance(
        b, jax.Array | np.ndarray | np.generic
    ):
        return {"maximum": max, "minimum": min}[which](a, b)
    module = jnp if isinstance(a, jax.Array) or isinstance(b, jax.Array) else np
    return getattr(module, which)(a, b)


def as_drawn(draws: Array, dtype: Any) -> Array:
    """Float draws as integers where these are wanted, with the least of them for NaN."""
    if not jnp.issubdtype(dtype, jnp.integer):
        return draws
    return shown_missing(draws.astype(dtype), ~jnp.isnan(draws))


CUMULATIVE = ("_cdf", "_log_cdf", "_log_sf", "_sf", "_quantile")
