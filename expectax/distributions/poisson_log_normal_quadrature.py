"""Poisson-log-normal distribution by quadrature: a mixture of Poissons over Gauss-Hermite nodes.

    P(k) = Σ_i w_i λ_i^k exp(-λ_i)/k!,   λ_i = exp(μ + σ t_i),   k = 0, 1, 2, ...

t and w are nodes and weights for the standard normal, so the law tends to ∫ Poisson(k; exp(μ + σ t)) φ(t) dt as their
number grows. It is taken as what it is, a law of its own: draws, tails and moments are exactly those of the mixture.

Sampling   t_i with chance w_i, then a Poisson: no derivative along the draw.
Accuracy   log_prob and tails to a few ulp of their largest terms, in log space.
Source     Aitchison, Ho, "The multivariate Poisson-log normal distribution", Biometrika 76 (1989); Golub, Welsch (1969).
"""

import functools
from typing import final

import jax
import jax.numpy as jnp
import numpy as np

from .. import _errors, random, supports
from .._module import static
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter
from .categorical import Categorical
from .mixture_same_family import MixtureSameFamily
from .poisson import Poisson


@final
class PoissonLogNormalQuadrature(AbstractDistribution):
    """Counts whose log-rate is normal, so with more variance than Poisson's; as a float.

    Args:
        loc: μ, the mean of the log-rate. Real.
        scale: σ, its standard deviation. Positive.
        quadrature_size: the number of nodes; the more, the closer to the log-normal mixture.

    Shapes: loc, scale broadcast to the batch; event ().

    Raises:
        ParameterError: scale is not positive, quadrature_size is no positive integer, or the shapes do not broadcast
            (eager only).

    Example:
        >>> import expectax as ex
        >>> round(float(ex.PoissonLogNormalQuadrature(1.0, 0.5).mean()), 4)
        3.0802
    """

    loc: ParameterArray = parameter(supports.real)
    scale: ParameterArray = parameter(supports.positive)
    quadrature_size: int = static(default=8)

    support = supports.counts

    def __post_init__(self):
        super().__post_init__()
        size = self.quadrature_size
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise _errors.bad_parameter(self._label, "quadrature_size", repr(size), "a positive integer")

    def _mixture(self) -> MixtureSameFamily:
        """Its batch is that of the parameters' arrays."""
        nodes, weights = _nodes(self.quadrature_size)
        rates = jnp.exp(self.loc[..., None] + self.scale[..., None] * _along_last(nodes, self.loc))
        return MixtureSameFamily(Categorical(probs=jnp.asarray(weights, self.dtype)), Poisson(rates))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        node_key, own_key = jax.random.split(key)
        nodes, weights = _nodes(self.quadrature_size)
        probs = jnp.asarray(weights, self.dtype).reshape((1,) * len(shape) + weights.shape)
        node = jnp.asarray(nodes, self.dtype)[random.categorical(node_key, probs, shape)]
        return random.poisson(own_key, jnp.exp(self.loc + self.scale * node), shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self._mixture()._batched_log_prob(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return self._mixture()._batched("_masked_cdf", x)

    def _log_cdf(self, x: Array) -> Array:
        return self._mixture()._batched("_masked_log_cdf", x)

    def _sf(self, x: Array) -> Array:
        return self._mixture()._batched("_masked_sf", x)

    def _log_sf(self, x: Array) -> Array:
        return self._mixture()._batched("_masked_log_sf", x)

    def _quantile(self, p: Array) -> Array:
        return self._mixture()._batched("_masked_quantile", p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self._mixture()._batched("_mean")

    def _variance(self) -> Array:
        return self._mixture()._batched("_variance")


def _along_last(nodes: np.ndarray, like: Array) -> Array:
    return jnp.asarray(nodes, like.dtype).reshape((1,) * like.ndim + nodes.shape)


@functools.cache
def _nodes(count: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()
