"""Transformed distribution: the law of a smooth invertible function of a random variable.

    y = g(x),  x ~ base;   log p(y) = log p_base(g⁻¹(y)) + log |det ∂g⁻¹/∂y|

Sampling   y = g(x): pathwise where the base is. A draw that rounding puts onto an open end of the support is the last
           number before it. An end itself, such as ±1 of tanh, has no finite pre-image: its density is taken as 0.
Accuracy   that of base and bijector; `sample_and_log_prob` uses x itself and keeps all digits where y is saturated.
Source     Papamakarios et al., "Normalizing flows for probabilistic modeling and inference" (2021), equation 3.
"""

import dataclasses
from typing import Any, final

import jax
import jax.numpy as jnp
from jax.core import Tracer

from .._batching import with_batch_rank
from .._parameter import Parameter
from .._typing import Array, Key, Shape
from ..bijectors import AbstractBijector, Exp
from . import _shapes
from ._distribution import AbstractDistribution
from ._wrapper import CUMULATIVE, AbstractWrapper, ends_of, has_cdf, require


@final
class Transformed(AbstractWrapper):
    """What comes out of a bijector into which draws of a distribution are put.

    Mean, variance, mode and entropy are there for affine maps, the entropy for `Exp` too; cdf and quantile for monotone
    maps of numbers.

    Args:
        base: a continuous distribution, of x.
        bijector: g, whose domain is the base's support or holds it.

    Shapes: batch: the base's, broadcast with the bijector's; event: what the bijector makes of the base's.

    Raises:
        ParameterError: the base is discrete, or its events have another rank than the bijector's domain.
        UnsupportedProgramError: the image of the base's support is not known.

    Example:
        >>> import expectax as ex
        >>> float(ex.Transformed(ex.Normal(0.0, 1.0), ex.bijectors.Exp()).quantile(0.5))
        1.0
    """

    base: AbstractDistribution
    bijector: AbstractBijector

    def __post_init__(self):
        super().__post_init__()
        label, rank = type(self).__name__, self.bijector.domain.event_rank
        require(not self.base.support.discrete, label, "a continuous distribution", self.base)
        require(not self.base.mixed, label, "a distribution with a density everywhere", self.base)
        require(self.base.event_rank == rank, label, f"a distribution with events of {rank} axes", self.base)

    # --- What base and bijector decide ---
    @property
    def _label(self) -> str:
        return f"Transformed({self.base._label}, {self.bijector._label})"

    def _parameters(self) -> list[Parameter]:
        fixed = self.base.support.whole_space or self.base.support == self.bijector.domain
        own = [dataclasses.replace(p, moves_support=p.moves_support or not fixed) for p in self.bijector._parameters()]
        return self.base._parameters() + own

    @property
    def support(self):
        if any(isinstance(leaf, Tracer) for leaf in jax.tree.leaves(self)):
            return self._image()
        with jax.ensure_compile_time_eval():
            return self._image()

    def _image(self):
        image = self.bijector._image(self.base.support)
        return jax.tree.map(lambda v: jnp.asarray(v, self.dtype) if isinstance(v, jax.Array) else v, image)

    @property
    def event_shape(self) -> Shape:
        return self.bijector.forward_event_shape(self.base.event_shape)

    @property
    def draw_dtype(self) -> Any:
        return self.dtype

    def _has(self, method: str) -> bool:
        if method in CUMULATIVE:
            monotone = not self.event_shape and self.bijector._increases() is not None
            return monotone and (self.base._has(method) if method == "_quantile" else has_cdf(self.base))
        if method == "_entropy":
            known = self.bijector.affine or (isinstance(self.bijector, Exp) and self.base._has("_mean"))
        else:
            known = self.bijector.affine
        needed = "_covariance" if method == "_variance" and self.base.event_shape else method
        return known and super()._has(needed)

    def _needs(self, method: str) -> None:
        if not self._has(f"_{method}"):
            raise self._missing(method)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self._inside(self.bijector.forward(self.base._sample(key, shape)))

    def _batched_sample(self, key: Key, shape: Shape) -> Array:
        return self._inside(AbstractDistribution._batched_sample(self, key, shape))  # half precision rounds once more

    def sample_and_log_prob(
        self, key: Key, shape: Shape = (), *, gradient: Any = "auto", name: str | None = None
    ) -> tuple[Array, Array]:
        """A draw and the log-density at it, by the pre-image: a saturated draw has its right density.

        The site is that of the base, which `gradient` and `name` describe.
        """
        base = self.base
        if jax.tree.leaves(base) and base.batch_shape != self.batch_shape:
            base = _shapes.broadcast_leaves(base, self.batch_shape)
        missing = len(self.batch_shape) - len(base.batch_shape)
        x, log_prob = base.sample_and_log_prob(key, (*shape, *self.batch_shape[:missing]), gradient=gradient, name=name)
        y, log_det = self.bijector.forward_and_log_det(x)
        return self._inside(y), log_prob - log_det

    def _inside(self, y: Array) -> Array:
        """The last number before an open end of the support, for what rounding has put onto it."""
        support = self.support
        if self.event_shape or support.whole_space or getattr(support, "closed", False):
            return y
        low, high = (with_batch_rank(jnp.asarray(end, y.dtype), y.ndim, 0) for end in ends_of(support))
        gap_low, gap_high = (_spacing(end) for end in (low, high))
        y = jnp.where(y <= low, low + gap_low, y)
        return jnp.where(y >= high, high - gap_high, y)

    # --- Density ---
    def _log_prob(self, y: Array) -> Array:
        x, log_det = self.bijector.inverse_and_log_det(y)
        log_prob = self.base._batched_log_prob(x)
        nowhere = log_prob == -jnp.inf
        return jnp.where(nowhere, -jnp.inf, log_prob + jnp.where(nowhere, 0.0, log_det))

    # --- Cumulative ---
    def _by_direction(self, rising: str, falling: str, y: Array) -> Array:
        """One method of the base where the map rises, the other where it falls."""
        self._needs(rising)
        up, x = self.bijector._increases(), self.bijector.inverse(y)
        if isinstance(up, bool):
            return self.base._batched(f"_masked_{rising if up else falling}", x)
        return jnp.where(up, *(self.base._batched(f"_masked_{method}", x) for method in (rising, falling)))

    def _cdf(self, x: Array) -> Array:
        return self._by_direction("cdf", "sf", x)

    def _sf(self, x: Array) -> Array:
        return self._by_direction("sf", "cdf", x)

    def _log_cdf(self, x: Array) -> Array:
        return self._by_direction("log_cdf", "log_sf", x)

    def _log_sf(self, x: Array) -> Array:
        return self._by_direction("log_sf", "log_cdf", x)

    def _quantile(self, p: Array) -> Array:
        self._needs("quantile")
        return self.bijector.forward(
            self.base._batched("_masked_quantile", jnp.where(self.bijector._increases(), p, 1 - p))
        )

    # --- Moments ---
    def _mean(self) -> Array:
        self._needs("mean")
        return self.bijector.forward(self.base._batched("_mean"))

    def _mode(self) -> Array:
        self._needs("mode")
        return self.bijector.forward(self.base._batched("_mode"))

    def _variance(self) -> Array:
        self._needs("variance")
        if self.event_shape:
            return jnp.diagonal(self._covariance())
        return self.base._batched("_variance") * jnp.exp(2 * self._constant_log_det())

    def _covariance(self) -> Array:
        """A Σ Aᵀ."""
        if not self.event_shape:
            raise self._missing("covariance")
        self._needs("covariance")
        matrix = jax.jacfwd(self.bijector.forward)(self._origin())
        rank, base_rank = len(self.event_shape), len(self.base.event_shape)
        half = jnp.tensordot(matrix, self.base._batched("_covariance"), base_rank)
        axes = tuple(range(rank, rank + base_rank))
        return jnp.tensordot(half, matrix, (axes, axes))

    def _entropy(self) -> Array:
        """H(x) + E[log |det ∂g/∂x|]."""
        self._needs("entropy")
        log_det = self._constant_log_det() if self.bijector.affine else self.base._batched("_mean")
        return self.base._batched("_entropy") + log_det

    def _constant_log_det(self) -> Array:
        return self.bijector.forward_log_det(self._origin())

    def _origin(self) -> Array:
        return jnp.zeros(self.base.event_shape, self.dtype)


def _spacing(end: Array) -> Array:
    """From an end of an interval to the next number inside; 0 from infinity."""
    info = jnp.finfo(end.dtype)
    return jnp.where(jnp.isinf(end), 0.0, jnp.maximum(jnp.abs(end) * info.eps, info.tiny)).astype(end.dtype)
