"""Conditional autoregressive distribution.

    p(x; μ, ρ, τ) = exp(-(x - μ)ᵀ P (x - μ)/2) |P|^½ / (2π)^(n/2),   P = τ (D - ρ W),   x ∈ ℝⁿ

W is the symmetric matrix of the weights between neighbouring sites and D the diagonal one of its row sums d: given the
others, x_i is normal with the mean μ_i + ρ Σ_j W_ij (x_j - μ_j)/d_i and the variance 1/(τ d_i).

Sampling   x = μ + τ^(-½) C⁻ᵀ ε,  C Cᵀ = D - ρ W,  ε ~ Normal(0, I): pathwise in μ, ρ, τ and W.
Accuracy   The square as Σ (1 - |ρ|) d_i z_i² + ½ |ρ| Σ W_ij (z_i ± z_j)², z = x - μ: nothing cancels as |ρ| → 1.
Cost       n³ a distribution, n² an event.
Source     Besag, "Spatial interaction and the statistical analysis of lattice systems" (1974); Banerjee, Carlin,
           Gelfand, "Hierarchical modeling and analysis for spatial data" (2014), section 4.3.
"""

from typing import final

import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

from .. import _errors, random, supports
from .._typing import Array, Key, ParameterArray, Shape
from ..numerics import HALF_LOG_2PI
from ._distribution import AbstractDistribution, parameter
from ._positive_definite import gram


@final
class CAR(AbstractDistribution):
    """Normal values at sites of a graph, each near the mean of its neighbours: the usual prior of spatial effects.

    Args:
        loc: μ, the mean; real vector.
        correlation: ρ, how much a site follows its neighbours. In (-1, 1).
        conditional_precision: τ, inverse variance of a site of weight 1 given all others. Positive.
        adj_matrix: W, symmetric, not negative, with zeros on the diagonal and a positive sum in each row.

    Shapes: loc (*batch, n); correlation, conditional_precision broadcast to the batch; adj_matrix (*batch, n, n);
    event (n,).

    Raises:
        ParameterError: a parameter breaks its constraint, or shapes do not fit (eager only).

    Example:
        >>> import expectax as ex, numpy as np
        >>> d = ex.CAR(np.zeros(2), 0.5, 1.0, np.array([[0.0, 1.0], [1.0, 0.0]]))
        >>> round(float(d.variance()[0]), 4)  # of [[1, -0.5], [-0.5, 1]] inverted
        1.3333
    """

    loc: ParameterArray = parameter(supports.real_vector)
    correlation: ParameterArray = parameter(supports.Interval(-1.0, 1.0, closed=False))
    conditional_precision: ParameterArray = parameter(supports.positive)
    adj_matrix: ParameterArray = parameter(supports.graph)

    support = supports.real_vector
    pathwise = True

    def __post_init__(self):
        super().__post_init__()
        loc, weights = jnp.shape(self.loc), jnp.shape(self.adj_matrix)
        if weights[-2:] != (loc[-1], loc[-1]):
            raise _errors.mismatched_events(self._label, f"loc: {loc[-1:]}; adj_matrix: {weights[-2:]}")

    @property
    def event_shape(self) -> Shape:
        return jnp.shape(self.loc)[-1:]

    def _weights(self) -> Array:
        """W; of its entries only the sum of each pair is a parameter."""
        return 0.5 * (self.adj_matrix + jnp.swapaxes(self.adj_matrix, -1, -2))

    def _factor(self) -> Array:
        """C, lower triangular with C Cᵀ = D - ρ W."""
        w = self._weights()
        eye = jnp.eye(w.shape[-1], dtype=w.dtype).reshape((1,) * (w.ndim - 2) + w.shape[-2:])
        return jnp.linalg.cholesky(w.sum(-1)[..., None] * eye - self.correlation[..., None, None] * w)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        noise = random.normal(key, shape + self.event_shape, self.dtype)
        factor = jnp.broadcast_to(self._factor(), (*shape, *self.event_shape, *self.event_shape))
        z = solve_triangular(factor, noise[..., None], lower=True, trans=1)[..., 0]
        return self.loc + z / jnp.sqrt(self.conditional_precision)[..., None]

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        z, w, size = x - self.loc, self._weights(), jnp.abs(self.correlation)
        gaps = z[:, None] - jnp.where(self.correlation < 0, -z, z)[None, :]
        square = (1 - size) * (w.sum(-1) * z * z).sum() + 0.5 * size * (w * gaps * gaps).sum()
        return -0.5 * self.conditional_precision * square - x.shape[-1] * HALF_LOG_2PI + self._half_log_det()

    def _half_log_det(self) -> Array:
        """½ log |P|."""
        own = jnp.log(jnp.diagonal(self._factor())).sum()
        return own + 0.5 * self.event_shape[0] * jnp.log(self.conditional_precision)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.loc

    def _variance(self) -> Array:
        inverse = self._inverse_factor()
        return (inverse * inverse).sum(0) / self.conditional_precision

    def _covariance(self) -> Array:
        return gram(self._inverse_factor().T) / self.conditional_precision

    def _inverse_factor(self) -> Array:
        return solve_triangular(self._factor(), jnp.eye(self.event_shape[0], dtype=self.dtype), lower=True)

    def _mode(self) -> Array:
        return self.loc

    def _entropy(self) -> Array:
        return self.event_shape[0] * (0.5 + HALF_LOG_2PI) - self._half_log_det()
