"""Families on a half line, in TFP's arguments."""

from .... import distributions as ex
from ._base import family
from ._choices import rate_of


@family()
def Chi(df, validate_args=False, allow_nan_stats=True, name="Chi"):
    """The length of a standard normal vector."""
    return ex.Chi(df)


@family()
def Chi2(df, validate_args=False, allow_nan_stats=True, name="Chi2"):
    """The squared length of a standard normal vector."""
    return ex.Chi2(df)


@family()
def Exponential(
    rate,
    force_probs_to_zero_outside_support=False,
    validate_args=False,
    allow_nan_stats=True,
    name="Exponential",
):
    """Waiting times without memory."""
    return ex.Exponential(rate)


@family()
def Gamma(
    concentration,
    rate=None,
    log_rate=None,
    validate_args=False,
    allow_nan_stats=True,
    force_probs_to_zero_outside_support=False,
    name="Gamma",
):
    """The sum of `concentration` exponential variables."""
    return ex.Gamma(concentration, rate_of(rate, log_rate))


@family()
def GeneralizedPareto(loc, scale, concentration, validate_args=False, allow_nan_stats=True, name=None):
    """What exceeds a high threshold."""
    return ex.GeneralizedPareto(loc, scale, concentration)


@family()
def HalfCauchy(loc, scale, validate_args=False, allow_nan_stats=True, name="HalfCauchy"):
    """The upper half of a Cauchy law."""
    return ex.HalfCauchy(loc, scale)


@family()
def HalfNormal(scale, validate_args=False, allow_nan_stats=True, name="HalfNormal"):
    """The absolute value of a normal variable."""
    return ex.HalfNormal(scale)


@family()
def HalfStudentT(df, loc, scale, validate_args=False, allow_nan_stats=True, name="HalfStudentT"):
    """The upper half of a Student t law."""
    return ex.HalfStudentT(df, loc, scale)


@family()
def InverseGamma(concentration, scale=None, validate_args=False, allow_nan_stats=True, name="InverseGamma"):
    """One over a gamma variable."""
    return ex.InverseGamma(concentration, 1.0 if scale is None else scale)


@family()
def InverseGaussian(loc, concentration, validate_args=False, allow_nan_stats=True, name="InverseGaussian"):
    """The time at which Brownian motion with drift first reaches a level."""
    return ex.InverseGaussian(loc, concentration)


@family()
def LogLogistic(loc, scale, validate_args=False, allow_nan_stats=True, name="LogLogistic"):
    """exp of a logistic variable."""
    return ex.LogLogistic(loc, scale)


@family()
def LogNormal(loc, scale, validate_args=False, allow_nan_stats=True, name="LogNormal"):
    """exp of a normal variable."""
    return ex.LogNormal(loc, scale)


@family()
def NoncentralChi2(df, noncentrality, validate_args=False, allow_nan_stats=True, name="NoncentralChi2"):
    """The squared length of a normal vector whose mean is not zero."""
    return ex.NoncentralChi2(df, noncentrality)


@family()
def Pareto(concentration, scale=1.0, validate_args=False, allow_nan_stats=True, name="Pareto"):
    """Sizes above a least one, with a power-law tail."""
    return ex.Pareto(concentration, scale)


@family()
def Weibull(concentration, scale, validate_args=False, allow_nan_stats=True, name="Weibull"):
    """Times to failure whose hazard is a power of time."""
    return ex.Weibull(concentration, scale)
