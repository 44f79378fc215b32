"""Delta distribution: a point with a log-density of its own, the factor of a probabilistic program.

    log p(v) = λ,   -inf elsewhere

Sampling   x = v: pathwise in v, with derivative 1; λ does not act on the draw. The support moves with v, and unless λ is 0
           masses do not sum to 1, so the score function is valid for neither.
Accuracy   exact; equality is that of the numbers.
Source     as `Delta` of Pyro and NumPyro: λ carries the Jacobian of a transformed draw, or any other weight.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._atom import log_mass_above, log_mass_up_to, mass_up_to
from ._distribution import AbstractDistribution, parameter


@final
class Delta(AbstractDistribution):
    """A value that is known, with a weight; for vectors put `Independent` around it.

    The distribution function, the moments and the entropy are those of λ = 0: a point of mass 1.

    Args:
        value: v, the value of every draw. Real.
        log_density: λ, the log-density there. Real.

    Shapes: value, log_density broadcast to the batch; event ().

    Example:
        >>> import expectax as ex
        >>> float(ex.Delta(3.0, -0.5).log_prob(3.0)), float(ex.Delta(3.0, -0.5).log_prob(2.0))
        (-0.5, -inf)
    """

    value: ParameterArray = parameter(supports.real, moves_support=True)
    log_density: ParameterArray = parameter(supports.real, moves_support=True, default=0.0)

    pathwise = True
    atomic = True

    @property
    def support(self):
        return supports.Atoms(jnp.expand_dims(self.value, -1))

    def _place(self) -> Array:
        """v, NaN where λ is."""
        return jnp.where(jnp.isnan(self.log_density), jnp.nan, self.value)

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return jnp.broadcast_to(self._place(), shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return jnp.where(jnp.isnan(self.value), jnp.nan, self.log_density) + jnp.zeros_like(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return mass_up_to(x, self._place())

    def _log_cdf(self, x: Array) -> Array:
        return log_mass_up_to(x, self._place())

    def _log_sf(self, x: Array) -> Array:
        return log_mass_above(x, self._place())

    def _quantile(self, p: Array) -> Array:
        return self._place() + jnp.zeros_like(p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self._place()

    def _variance(self) -> Array:
        place = self._place()
        return jnp.where(jnp.isnan(place), jnp.nan, jnp.zeros_like(place))

    def _mode(self) -> Array:
        return self._place()

    def _entropy(self) -> Array:
        return self._variance()
