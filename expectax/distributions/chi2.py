"""Chi-squared distribution.

    p(x; ν) = x^(ν/2-1) exp(-x/2) / (2^(ν/2) Γ(ν/2)),   x >= 0

Sampling   x = 2G,  G ~ Gamma(ν/2, 1): pathwise in ν by the gamma's implicit derivative.
Accuracy   that of Gamma, whose special case it is: log_prob to a few ulp of its largest derivative times argument.
Source     Johnson, Kotz, Balakrishnan, "Continuous univariate distributions", vol. 1 (1994), chapter 18.
"""

from typing import final

import jax.numpy as jnp

from .. import supports
from .._typing import Array, Key, ParameterArray, Shape
from ._distribution import AbstractDistribution, parameter
from .gamma import Gamma


@final
class Chi2(AbstractDistribution):
    """A sum of ν squares of standard normals; ν need not be whole.

    Args:
        df: ν, degrees of freedom; the mean. Positive.

    Shapes: df has the batch shape; event ().

    Raises:
        ParameterError: df is not positive (eager only).

    Example:
        >>> import expectax as ex
        >>> float(ex.Chi2(2.0).log_sf(6.0))
        -3.0
    """

    df: ParameterArray = parameter(supports.positive)

    support = supports.nonnegative
    pathwise = True

    def _gamma(self) -> Gamma:
        return Gamma(0.5 * self.df, jnp.full_like(self.df, 0.5))

    # --- Sampling ---
    def _sample(self, key: Key, shape: Shape) -> Array:
        return self._gamma()._sample(key, shape)

    # --- Density ---
    def _log_prob(self, x: Array) -> Array:
        return self._gamma()._log_prob(x)

    # --- Cumulative ---
    def _cdf(self, x: Array) -> Array:
        return self._gamma()._cdf(x)

    def _log_cdf(self, x: Array) -> Array:
        return self._gamma()._log_cdf(x)

    def _log_sf(self, x: Array) -> Array:
        return self._gamma()._log_sf(x)

    def _quantile(self, p: Array) -> Array:
        return self._gamma()._quantile(p)

    # --- Moments ---
    def _mean(self) -> Array:
        return self.df

    def _variance(self) -> Array:
        return 2 * self.df

    def _mode(self) -> Array:
        return self._gamma()._mode()

    def _entropy(self) -> Array:
        return self._gamma()._entropy()
