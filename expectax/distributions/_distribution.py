"""The base of every distribution: a family writes its formulas for one event; shapes, validation and batching are derived.

A family declares its parameters with their supports and gives `support`, `_sample` and `_log_prob`:

    @final
    class Gumbel(AbstractDistribution):
        loc: ArrayLike = parameter(supports.real)
        scale: ArrayLike = parameter(supports.positive)
        support = supports.real
        pathwise = True

        def _sample(self, key, shape):
            return self.loc + self.scale * jax.random.gumbel(key, shape, self.dtype)

        def _log_prob(self, x):
            z = (x - self.loc) / self.scale
            return -(z + jnp.exp(-z)) - jnp.log(self.scale)
"""

import abc
import math
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .. import _batching, _errors, _site, estimators
from .._module import Module
from .._parameter import Parameter, leaf_parameters, parameter, validate
from .._typing import Array, ArrayLike, Key, Shape
from ..numerics import every, log1mexp
from ..supports import AbstractSupport, Real, RealVector
from . import _shapes
from ._baseline import with_baseline

__all__ = ["AbstractDistribution", "parameter"]


class AbstractDistribution(Module):
    """A probability distribution; an immutable pytree whose leaves are its parameters.

    A subclass writes for ONE event. `_sample(key, shape)` is given the parameters with their batch axes aligned to
    `shape` and returns `shape + event_shape`; it draws in bulk because that is many times faster than one key a lane.
    `_log_prob(x)` and the other underscored methods see one event (for a scalar family: arrays of equal rank, on
    which the same elementwise code runs).
    """

    support: ClassVar[Any]
    """Where draws live; a property if it depends on parameters."""
    pathwise: ClassVar[bool] = False
    """Whether `_sample` can be differentiated in every parameter."""
    symmetric: ClassVar[bool] = False
    """Whether the density is that of a distance from `loc`."""
    finite: ClassVar[bool] = False
    """Whether `_support_values` lists the support."""
    atomic: ClassVar[bool] = False
    """Whether it is discrete on numbers that need not be whole: its distribution function is right at every real."""
    mixed: ClassVar[bool] = False
    """Whether single numbers have mass where others have a density: log_prob jumps there."""
    nan_by_itself: ClassVar[tuple[str, ...]] = ()
    """Methods whose formula is NaN wherever a parameter breaks its support: no selection has to see to it."""
    witness: ClassVar[str | None] = None
    """The parameter that becomes NaN where a matrix breaks its support, in draws and densities: masking a matrix copies it."""
    whole_line: ClassVar[tuple[str, ...]] = ()
    """Methods of a scalar family whose formula holds outside the support too, at infinity and at NaN: they need no mask."""
    alternatives: ClassVar[tuple[str, ...]] = ()
    """Parameters of which exactly one is given."""

    def __post_init__(self):
        validate(self)

    # --- What a family writes -----------------------------------------------------------------------------------

    @abc.abstractmethod
    def _sample(self, key: Key, shape: Shape) -> Array:
        """Draws of shape `shape + event_shape`."""

    @abc.abstractmethod
    def _log_prob(self, x: Array) -> Array:
        """Log-density of one event inside the support."""

    # A family overrides those it has in closed form; `_cdf`, `_log_cdf`, `_log_sf` need one of the first two.

    def _cdf(self, x: Array) -> Array:
        if self._has("_log_cdf"):
            return jnp.exp(self._log_cdf(x))
        raise self._missing("cdf")

    def _log_cdf(self, x: Array) -> Array:
        if self._has("_cdf"):
            return jnp.log(self._cdf(x))
        raise self._missing("log_cdf")

    def _log_sf(self, x: Array) -> Array:
        if self._has("_log_cdf"):
            return log1mexp(self._log_cdf(x))
        if self._has("_cdf"):
            return jnp.log1p(-self._cdf(x))
        raise self._missing("log_sf")

    def _sf(self, x: Array) -> Array:
        return jnp.exp(self._log_sf(x))

    def _quantile(self, p: Array) -> Array:
        raise self._missing("quantile")

    def _mean(self) -> Array:
        raise self._missing("mean")

    def _variance(self) -> Array:
        raise self._missing("variance")

    def _mode(self) -> Array:
        raise self._missing("mode")

    def _entropy(self) -> Array:
        raise self._missing("entropy")

    def _covariance(self) -> Array:
        raise self._missing("covariance")

    def _weak_derivative(self, parameter: str, key: Key, draw: Array) -> estimators.WeakDerivative | None:
        """The derivative of a scalar family's law in one of its parameters, made with a draw; None: not written for that one."""
        raise self._missing("weak_derivative")

    def _support_values(self) -> Array:
        """All values of one event, shape (count,) + event_shape."""
        raise self._missing("support_values")

    def _has(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(AbstractDistribution, method)

    def _missing(self, method: str) -> Exception:
        return _errors.undefined_method(self._label, method)

    # --- Shapes -------------------------------------------------------------------------------------------------

    @property
    def _label(self) -> str:
        return type(self).__name__

    @classmethod
    def _leaf_names(cls, structure: Any) -> list[str]:
        return [p.name for p in leaf_parameters(structure.unflatten(range(structure.num_leaves)))]

    def _parameters(self) -> list[Parameter]:
        """One record a leaf, in the order of the pytree's leaves."""
        return leaf_parameters(self)

    @property
    def event_rank(self) -> int:
        return self.support.event_rank

    @property
    def event_shape(self) -> Shape:
        """Shape of one event; a family whose event has axes overrides it."""
        return ()

    @property
    def batch_shape(self) -> Shape:
        """Shape of the batch of distributions: the parameters' leading axes, broadcast."""
        return _batching.batch_shape(self._parameters())

    @property
    def dtype(self) -> Any:
        """The float type of the parameters, in which the distribution computes."""
        return _batching.float_dtype(jax.tree.leaves(self))

    @property
    def draw_dtype(self) -> Any:
        """The type of draws: `dtype`, but int32 for families that draw indices."""
        return self.dtype

    # --- Sampling -----------------------------------------------------------------------------------------------

    def sample(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None, baseline: Any = None
    ) -> Array:
        """Independent draws of shape `shape + batch_shape + event_shape`.

        Args:
            key: one random key, typed or an old uint32 pair.
            shape: shape of independent draws, in front of the batch.
            gradient: how a derivative passes this draw: "auto", "pathwise", "score", "enumerate", "stop" (the draw
                is data), or an estimator of `ex.estimators`.
            name: a stable name for this site in plans and reports.
            baseline: what the score function subtracts from the costs behind each draw, of shape `shape + batch_shape` or
                broadcast to it, in units of the loss; it does not depend on the draw, as it is made before it, and no
                derivative passes it. `estimators.LearnedBaseline(b)` is trained along; so is `estimators.Relax(control)`, a
                function of the relaxed draw. Other estimators ignore it.

        Raises:
            RandomKeyError, ShapeError, EstimatorError: bad arguments.
            NoPathwiseDerivativeError: plain `jax.grad` reaches a parameter of a draw that has no such derivative.
        """
        key, shape = _shapes.check_key(key), _shapes.check_sample_shape(shape)
        leaves, structure = jax.tree.flatten(self)
        estimator = estimators.resolve(gradient, self, self._label)
        full = (*shape, *self.batch_shape, *self.event_shape)
        if math.prod(full) > _shapes.MAX_ELEMENTS:
            raise _errors.too_many_elements(self._label, full)
        pathwise = estimator.keeps_path and (self.pathwise or estimator.relaxes)
        lanes_rank = len(full) - self.event_rank
        shapes = tuple(np.shape(v) for v in leaves)
        spec = _site.SiteSpec(
            structure,
            type(self),
            self._label,
            shape,
            estimator,
            name,
            pathwise,
            lanes_rank,
            self.support.discrete,
            shapes,
        )
        draw = _site.draw(spec, key, leaves)
        return draw if baseline is None else with_baseline(self, draw, baseline, key, estimator)

    def sample_and_log_prob(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """A draw and the log-density at it; differentiating passes through both, as `gradient` says for the draw."""
        draw = self.sample(key, shape, gradient=gradient, name=name)
        return draw, self.log_prob(draw)

    def _batched_sample(self, key: Key, shape: Shape) -> Array:
        full = (*shape, *self.batch_shape)
        draws = _shapes.aligned(self, len(full))._sample(key, full)
        draws = _shapes.rounded(draws, self.draw_dtype, self.support, keep_zero=self.mixed)
        return jnp.broadcast_to(draws, (*full, *self.event_shape))

    @property
    def has_quantiles(self) -> bool:
        """Whether draws can be made from uniform numbers, one for each number of an event."""
        return self._has("_quantile") and not self.event_shape

    def _from_uniforms(self, u: Array) -> Array:
        """Draws at uniforms of shape (*lanes, *event)."""
        draws = _shapes.aligned(self, u.ndim)._batched("_masked_quantile", u)
        return _shapes.rounded(draws, self.draw_dtype, self.support, keep_zero=self.mixed)

    # --- Density ------------------------------------------------------------------------------------------------

    def log_prob(self, value: ArrayLike) -> Array:
        """Log of the density (or mass) at `value`; -inf outside the support, NaN at NaN.

        Shapes: value (*lanes, *event), lanes broadcast against the batch; result (*lanes,).
        """
        leaves, structure = jax.tree.flatten(self)
        return _site.log_density(structure, _shapes.as_value(value), leaves)

    def _batched_log_prob(self, value: Array) -> Array:
        return _shapes.lift(self, _masked_log_prob, "log_prob", (value, self.event_rank))

    def prob(self, value: ArrayLike) -> Array:
        """The density (or mass) itself."""
        return jnp.exp(self.log_prob(value))

    def score(self, value: ArrayLike) -> Self:
        """Derivative of `log_prob(value)` in every parameter, lane by lane, as a distribution-shaped pytree.

        Each leaf has the shape of the lanes plus the parameter's own axes.
        """
        value = _shapes.as_value(value)
        lanes = jnp.broadcast_shapes(self.batch_shape, jnp.shape(value)[: jnp.ndim(value) - self.event_rank])
        wide = _shapes.broadcast_leaves(self, lanes)
        return jax.grad(lambda d: d.log_prob(value).sum())(wide)

    # --- Cumulative ---------------------------------------------------------------------------------------------

    def cdf(self, value: ArrayLike) -> Array:
        """P(X <= value)."""
        return self._call("_masked_cdf", value)

    def log_cdf(self, value: ArrayLike) -> Array:
        """log P(X <= value), accurate in the lower tail."""
        return self._call("_masked_log_cdf", value)

    def log_sf(self, value: ArrayLike) -> Array:
        """log P(X > value), accurate in the upper tail."""
        return self._call("_masked_log_sf", value)

    def sf(self, value: ArrayLike) -> Array:
        """P(X > value), the survival function, accurate in the upper tail."""
        return self._call("_masked_sf", value)

    def quantile(self, p: ArrayLike) -> Array:
        """The smallest x with cdf(x) >= p; NaN for p outside [0, 1]."""
        return self._call("_masked_quantile", p)

    def _masked_cdf(self, x: Array) -> Array:
        return _edges(self, "cdf", x, 0.0, 1.0)

    def _masked_log_cdf(self, x: Array) -> Array:
        return _edges(self, "log_cdf", x, -jnp.inf, 0.0)

    def _masked_log_sf(self, x: Array) -> Array:
        return _edges(self, "log_sf", x, 0.0, -jnp.inf)

    def _masked_sf(self, x: Array) -> Array:
        return _edges(self, "sf", x, 1.0, 0.0)

    def _masked_quantile(self, p: Array) -> Array:
        p = p.astype(self.dtype)
        if "quantile" in self.whole_line:
            return self._quantile(p)
        inside = (p >= 0) & (p <= 1)
        return jnp.where(inside, self._quantile(jnp.where(inside, p, 0.5)), jnp.nan)

    # --- Moments ------------------------------------------------------------------------------------------------

    def mean(self) -> Array:
        """E[X]; NaN where it does not exist. Shape batch + event."""
        return self._call("_mean")

    def variance(self) -> Array:
        """E[(X - mean)^2], elementwise over the event."""
        return self._call("_variance")

    def stddev(self) -> Array:
        """Square root of `variance`."""
        return jnp.sqrt(self.variance())

    def covariance(self) -> Array:
        """E[(X - mean)_i (X - mean)_j], i and j over the event's axes. Shape batch + event + event; not for scalars."""
        return self._call("_covariance")

    def mode(self) -> Array:
        """A point of highest density."""
        return self._call("_mode")

    def entropy(self, *, key: Key | None = None, num_samples: int | None = None) -> Array:
        """-E[log_prob(X)], in nats, by formula; given key and num_samples, its unbiased Monte Carlo estimate. Shape batch."""
        count = _shapes.check_monte_carlo(key, num_samples)
        if key is None or count is None:
            return self._call("_entropy")
        return -self.log_prob(self.sample(key, (count,))).mean(0)

    def _call(self, method: str, *values: ArrayLike) -> Array:
        leaves, structure = jax.tree.flatten(self)
        return _site.call_method(structure, method, leaves, *map(_shapes.as_value, values))

    def _batched(self, method: str, *values: Array) -> Array:
        def one(dist: AbstractDistribution, *xs: Array) -> Array:
            return getattr(dist, method)(*(_widened(dist, x) for x in xs))

        out = _shapes.lift(
            self, one, method.removeprefix("_masked").lstrip("_"), *((v, self.event_rank) for v in values)
        )
        if values:
            return out
        event = self.event_shape * {"_entropy": 0, "_covariance": 2}.get(method, 1)
        return jnp.broadcast_to(out, (*self.batch_shape, *event))


def _masked_log_prob(dist: AbstractDistribution, x: Array) -> Array:
    """-inf outside the support with zero derivative in the parameters, NaN at NaN."""
    if isinstance(dist.support, Real) or "log_prob" in dist.whole_line:
        return dist._log_prob(_widened(dist, x))
    if isinstance(dist.support, RealVector):
        return vanishing_at_infinity(dist, _widened(dist, x))
    inside = dist.support.contains(x if dist.support.tolerant else _widened(dist, x))
    x = _widened(dist, x)
    if not dist.support.discrete:  # a density vanishes at infinity; its formula may not
        inside &= every(lambda v: jnp.abs(v) < jnp.inf, x, dist.event_rank)
    if dist.event_rank:
        inside = lax.optimization_barrier(inside)  # else XLA judges the whole event anew for each of its entries
    wide = jnp.reshape(inside, inside.shape + (1,) * (x.ndim - inside.ndim))
    # guard the argument: no NaN in the derivative; nor from ends that move with parameters, and may be infinite
    safe = jnp.where(wide, x, lax.stop_gradient(dist.support.interior(x)))
    log_prob = dist._log_prob(safe)
    unknown = jnp.isnan(log_prob)  # a bad parameter
    if jnp.issubdtype(x.dtype, jnp.floating):
        unknown |= ~every(lambda v: v == v, x, dist.event_rank)  # noqa: PLR0124
    # of the value nothing in the condition: a derivative is masked by it alone
    return jnp.where(inside, log_prob, jnp.where(unknown, jnp.nan, -jnp.inf).astype(log_prob.dtype))


def vanishing_at_infinity(dist: AbstractDistribution, x: Array) -> Array:
    """A density of real arrays: its formula may be ∞ - ∞ there. Only infinite entries are replaced, so that NaN shows."""
    finite = every(lambda v: jnp.abs(v) != jnp.inf, x, dist.event_rank)
    log_prob = dist._log_prob(jnp.where(jnp.abs(x) == jnp.inf, dist.support.interior(x), x))
    return jnp.where(finite | jnp.isnan(log_prob), log_prob, -jnp.inf)


def _widened(dist: AbstractDistribution, x: Array) -> Array:
    """A float value in the working type of the parameters; integers as they are."""
    return x.astype(dist.dtype) if jnp.issubdtype(x.dtype, jnp.floating) else x


def _edges(dist: AbstractDistribution, method: str, x: Array, below: float, above: float) -> Array:
    """The method inside the support's hull and the two constants outside it."""
    support: AbstractSupport = dist.support
    fn = getattr(dist, f"_{method}")
    if isinstance(support, Real) or method in dist.whole_line:
        return fn(x)
    if dist.atomic:
        return jnp.where(jnp.isnan(x), jnp.nan, fn(x))
    low = getattr(support, "low", 0)
    high = getattr(support, "high", jnp.inf)
    if support.discrete:
        x = jnp.floor(x).astype(dist.dtype)
    inside = (x >= low) & (x < high)
    value = fn(jnp.where(inside, x, support.interior(x)))
    value = jnp.where(jnp.isnan(x), jnp.nan, value)  # before it is used twice: XLA would store what `fn` ends with
    return jnp.where(inside | jnp.isnan(value), value, jnp.where(x < low, below, above).astype(value.dtype))
