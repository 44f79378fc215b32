"""Our distributions as sites of a NumPyro model. NumPyro is imported when `to_numpyro` is first called."""

import functools
import importlib
import math
from typing import Any

import numpy as np

from .. import supports
from .._parameter import is_visible
from .._typing import Array, ArrayLike, Key, Shape
from ..distributions import AbstractDistribution

__all__ = ["to_numpyro"]


def to_numpyro(distribution: AbstractDistribution) -> Any:
    """The same distribution as a `numpyro.distributions.Distribution`, for `numpyro.sample`.

    Draws with a derivative along their path keep it; others are data, as NumPyro's are. There is no enumeration.

    Raises:
        ModuleNotFoundError: NumPyro is not installed.
        NotImplementedError: NumPyro has no constraint for the support.

    Example:
        model = lambda: numpyro.sample("x", to_numpyro(ex.Gamma(2.0, 1.0)))
    """
    return _site_class()(distribution)


@functools.cache
def _site_class() -> type:
    base: Any = importlib.import_module("numpyro.distributions").Distribution

    class ExpectaxDistribution(base):
        """A NumPyro distribution that asks one of ours for everything."""

        arg_constraints = _ArgumentConstraints()
        has_rsample = property(lambda self: self.ours.pathwise)
        batch_shape = property(lambda self: self.ours.batch_shape)
        event_shape = property(lambda self: self.ours.event_shape)
        support = property(lambda self: constraint_of(self.ours.support))
        mean = property(lambda self: self.ours.mean())
        variance = property(lambda self: self.ours.variance())

        def __init__(self, ours: AbstractDistribution, *, validate_args: bool | None = None):
            self.ours = ours
            if validate_args is not None:
                self._validate_args = validate_args
            constraint_of(ours.support)  # raises where the model is written, not where it is run

        def get_args(self) -> dict[str, Any]:
            return {p.name: p.value for p in self.ours._parameters()}

        def sample(self, key: Key, sample_shape: Shape = ()) -> Array:
            return self.ours.sample(key, sample_shape, gradient="auto" if self.ours.pathwise else "stop")

        rsample = sample

        def log_prob(self, value: ArrayLike) -> Array:
            return self.ours.log_prob(value)

        def cdf(self, value: ArrayLike) -> Array:
            return self.ours.cdf(value)

        def icdf(self, q: ArrayLike) -> Array:
            return self.ours.quantile(q)

        def entropy(self) -> Array:
            return self.ours.entropy()

        def tree_flatten(self) -> Any:
            return (self.ours,), self._validate_args

        @classmethod
        def tree_unflatten(cls, aux_data: Any, params: Any) -> Any:
            site = object.__new__(cls)
            (site.ours,), site._validate_args = params, aux_data
            return site

    return ExpectaxDistribution


class _ArgumentConstraints:
    """Of an instance, the constraints of its parameters that NumPyro can express."""

    def __get__(self, site: Any, owner: type) -> dict[str, Any]:
        found = {}
        for p in [] if site is None else site.ours._parameters():
            try:
                found[p.name] = constraint_of(p.support)
            except NotImplementedError:
                continue
        return found


def constraint_of(support: Any) -> Any:
    """NumPyro's constraint for one of our supports.

    Raises:
        NotImplementedError: it has none.
    """
    constraints: Any = importlib.import_module("numpyro.distributions").constraints
    if isinstance(support, supports.Product):
        return constraints.independent(constraint_of(support.base), support.ranks)
    if isinstance(support, supports.Circle):
        return constraints.interval(support.centre - math.pi, support.centre + math.pi)
    if isinstance(support, supports.Interval):
        return _interval(constraints, support)
    if isinstance(support, supports.HalfLine):
        return constraints.nonnegative if support.closed else constraints.positive
    if isinstance(support, supports.PositiveVector):
        return constraints.independent(constraints.positive, 1)
    if isinstance(support, supports.CountsOf):
        return constraints.multinomial(support.total)
    if isinstance(support, supports.IntegerRange):
        return constraints.integer_interval(support.low, support.high)
    if isinstance(support, supports.IntegersFrom):
        return constraints.integer_greater_than(support.low)
    name = _NAMES.get(type(support))
    if name is None:
        raise NotImplementedError(f"NumPyro has no constraint for {support.description}")
    return getattr(constraints, name)


_NAMES = {
    supports.Real: "real",
    supports.RealVector: "real_vector",
    supports.RealMatrix: "real_matrix",
    supports.Simplex: "simplex",
    supports.LowerCholesky: "lower_cholesky",
    supports.CorrelationCholesky: "corr_cholesky",
    supports.Correlation: "corr_matrix",
    supports.PositiveDefinite: "positive_definite",
}


def _interval(constraints: Any, support: Any) -> Any:
    low, high = support.low, support.high
    if _is_infinite(high):
        return constraints.real if _is_infinite(low) else constraints.greater_than(low)
    return constraints.less_than(high) if _is_infinite(low) else constraints.interval(low, high)


def _is_infinite(end: Any) -> bool:
    """Whether all of an end is known to be infinite; a traced one counts as finite."""
    return is_visible(end) and bool(np.all(np.isinf(end)))
