"""Families on the line, in TFP's arguments."""

import jax
import jax.numpy as jnp

from .... import distributions as ex
from ...._typing import Array
from ._base import Distribution, family
from ._choices import rate_of


@family()
def Cauchy(loc, scale, validate_args=False, allow_nan_stats=True, name="Cauchy"):
    """Quotients of two normal variables."""
    return ex.Cauchy(loc, scale)


@family()
def ExpGamma(concentration, rate=None, log_rate=None, validate_args=False, allow_nan_stats=True, name="ExpGamma"):
    """The logarithm of a gamma variable."""
    return ex.ExpGamma(concentration, rate_of(rate, log_rate))


@family()
def ExponentiallyModifiedGaussian(
    loc, scale, rate, validate_args=False, allow_nan_stats=True, name="ExponentiallyModifiedGaussian"
):
    """A normal variable plus an exponential one."""
    return ex.ExponentiallyModifiedGaussian(loc, scale, rate)


@family()
def GeneralizedExtremeValue(
    loc, scale, concentration, validate_args=False, allow_nan_stats=True, name="GeneralizedExtremeValue"
):
    """The largest of many."""
    return ex.GeneralizedExtremeValue(loc, scale, concentration)


@family()
def GeneralizedNormal(loc, scale, power, validate_args=False, allow_nan_stats=True, name="GeneralizedNormal"):
    """A bell whose tails are chosen by a power."""
    return ex.GeneralizedNormal(loc, scale, power)


@family()
def Gumbel(loc, scale, validate_args=False, allow_nan_stats=True, name="Gumbel"):
    """The largest of many with light tails."""
    return ex.Gumbel(loc, scale)


@family()
def Horseshoe(scale, validate_args=False, allow_nan_stats=True, name="Horseshoe"):
    """A normal variable with a half-Cauchy scale."""
    return ex.Horseshoe(scale)


@family()
def JohnsonSU(skewness, tailweight, loc, scale, validate_args=False, allow_nan_stats=True, name=None):
    """The hyperbolic sine of a normal variable."""
    return ex.JohnsonSU(skewness, tailweight, loc, scale)


@family()
def Laplace(loc, scale, validate_args=False, allow_nan_stats=True, name="Laplace"):
    """Two exponentials back to back."""
    return ex.Laplace(loc, scale)


@family()
def Logistic(loc, scale, validate_args=False, allow_nan_stats=True, name="Logistic"):
    """The log-odds of a uniform variable."""
    return ex.Logistic(loc, scale)


@family()
def Moyal(loc, scale, validate_args=False, allow_nan_stats=True, name="Moyal"):
    """The energy that a fast particle loses."""
    return ex.Moyal(loc, scale)


@family()
def Normal(loc, scale, validate_args=False, allow_nan_stats=True, name="Normal"):
    """The bell curve."""
    return ex.Normal(loc, scale)


@family()
def NormalInverseGaussian(
    loc, scale, tailweight, skewness, validate_args=False, allow_nan_stats=True, name="NormalInverseGaussian"
):
    """A normal variable with an inverse-Gaussian variance."""
    return ex.NormalInverseGaussian(loc, scale, tailweight, skewness)


@family()
def SinhArcsinh(
    loc,
    scale,
    skewness=None,
    tailweight=None,
    distribution=None,
    validate_args=False,
    allow_nan_stats=True,
    name="SinhArcsinh",
):
    """A normal variable with skewness and tails to choose; no other `distribution` is known."""
    if distribution is not None:
        raise NotImplementedError("SinhArcsinh.distribution: only the default, a standard normal")
    skewness = 0.0 if skewness is None else skewness
    return ex.SinhArcsinh(loc, scale, skewness, 1.0 if tailweight is None else tailweight)


@family()
def StudentT(df, loc, scale, validate_args=False, allow_nan_stats=True, name="StudentT"):
    """A bell with heavy tails."""
    return ex.StudentT(df, loc, scale)


class Angle(Distribution):
    """What VonMises changes: TFP's variance of an angle is the circular one, 1 - I₁(κ)/I₀(κ)."""

    def variance(self, name: str = "variance") -> Array:
        """The circular variance."""
        concentration = self._arguments["concentration"]
        ratio = jax.scipy.special.i1e(concentration) / jax.scipy.special.i0e(concentration)
        return jnp.broadcast_to(1 - ratio, self.batch_shape)

    def stddev(self, name: str = "stddev") -> Array:
        """Its square root."""
        return jnp.sqrt(self.variance())


@family(Angle)
def VonMises(loc, concentration, validate_args=False, allow_nan_stats=True, name="VonMises"):
    """Angles around one."""
    return ex.VonMises(loc, concentration)
