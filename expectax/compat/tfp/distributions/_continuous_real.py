"""Families on the line, in TFP's arguments."""

import jax
import jax.numpy as jnp

from .... import distributions as ex
from ...._typing import Array
from ....bijectors import Invert, LambertWTail, Scale, Sigmoid
from .._shape import added
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
def ExpInverseGamma(
    concentration, scale=None, log_scale=None, validate_args=False, allow_nan_stats=True, name="ExpInverseGamma"
):
    """The logarithm of an InverseGamma variable."""
    return ex.Transformed(ex.ExpGamma(concentration, rate_of(scale, log_scale)), Scale(-1.0))


class HeavyTails(Distribution):
    """What LambertWNormal adds: its moments. Draws are symmetric around `loc`."""

    def _moment(self, method: str) -> Array:
        loc, scale, tail = (self._arguments[n] for n in ("loc", "scale", "tailweight"))
        tail = jnp.zeros(()) if tail is None else tail
        if method in ("mean", "mode"):
            found = jnp.where(tail < 1, 0.0, jnp.nan) if method == "mean" else jnp.zeros(())
            return self._defined(method, added([loc, jnp.broadcast_to(found, self.batch_shape)]))
        if method not in ("variance", "stddev"):
            return super()._moment(method)
        finite = tail < 0.5
        growth = jnp.where(finite, jnp.where(finite, 1 - 2 * tail, 1.0) ** -0.75, jnp.inf)
        deviation = jnp.where(jnp.broadcast_to(tail < 1, self.batch_shape), growth * scale, jnp.nan)
        return self._defined(method, deviation if method == "stddev" else deviation * deviation)


@family(HeavyTails)
def LambertWNormal(loc, scale, tailweight=None, validate_args=False, allow_nan_stats=True, name="LambertWNormal"):
    """A normal number with heavy tails."""
    tailweight = 0.0 if tailweight is None else tailweight
    return ex.Transformed(ex.Normal(loc, scale), LambertWTail(loc, scale, tailweight))


class LogOdds(Distribution):
    """What SigmoidBeta adds: its mode."""

    def _moment(self, method: str) -> Array:
        if method != "mode":
            return super()._moment(method)
        ends = [jnp.log(self._arguments["concentration1"]), -jnp.log(self._arguments["concentration0"])]
        return jnp.broadcast_to(added(ends), self.batch_shape)


@family(LogOdds)
def SigmoidBeta(concentration1, concentration0, validate_args=False, allow_nan_stats=True, name="SigmoidBeta"):
    """The log-odds of a Beta variable."""
    return ex.Transformed(ex.Beta(concentration1, concentration0), Invert(Sigmoid()))


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
