"""Distribution functions as maps, in TFP's arguments."""

from .... import bijectors as ex
from ._ours import bijection


@bijection()
def FrechetCDF(loc=0.0, scale=1.0, concentration=1.0, validate_args=False, name="frechet_cdf"):
    """That of Fréchet's law."""
    return ex.FrechetCDF(loc, scale, concentration)


@bijection()
def GeneralizedExtremeValueCDF(
    loc=0.0, scale=1.0, concentration=0, validate_args=False, name="generalizedextremevalue_cdf"
):
    """That of the generalised extreme value law."""
    return ex.GeneralizedExtremeValueCDF(loc, scale, concentration)


@bijection()
def GompertzCDF(concentration, rate, validate_args=False, name="gompertz_cdf"):
    """That of Gompertz' law."""
    return ex.GompertzCDF(concentration, rate)


@bijection()
def GumbelCDF(loc=0.0, scale=1.0, validate_args=False, name="gumbel_cdf"):
    """That of Gumbel's law."""
    return ex.GumbelCDF(loc, scale)


@bijection()
def KumaraswamyCDF(concentration1=1.0, concentration0=1.0, validate_args=False, name="kumaraswamy_cdf"):
    """That of Kumaraswamy's law."""
    return ex.KumaraswamyCDF(concentration1, concentration0)


@bijection()
def MoyalCDF(loc=0.0, scale=1.0, validate_args=False, name="moyal_cdf"):
    """That of Moyal's law."""
    return ex.MoyalCDF(loc, scale)


@bijection()
def NormalCDF(validate_args=False, name="normal"):
    """That of the standard normal."""
    return ex.NormalCDF()


@bijection()
def RayleighCDF(scale=1.0, validate_args=False, name="rayleigh_cdf"):
    """That of Rayleigh's law."""
    return ex.RayleighCDF(scale)


@bijection()
def WeibullCDF(scale=1.0, concentration=1.0, validate_args=False, name="weibull_cdf"):
    """That of Weibull's law."""
    return ex.WeibullCDF(scale, concentration)
