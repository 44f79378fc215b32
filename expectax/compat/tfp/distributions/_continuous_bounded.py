"""Families on an interval, in TFP's arguments."""

import jax.numpy as jnp

from .... import distributions as ex
from ...._typing import Array
from .._arguments import Static
from ._base import Distribution, family
from ._choices import Coin, coin


@family()
def Bates(total_count: Static, low=0.0, high=1.0, validate_args=False, allow_nan_stats=True, name="Bates"):
    """The mean of some uniform variables, whose number is structure here."""
    return ex.Bates(int(total_count), low, high)


@family()
def Beta(
    concentration1,
    concentration0,
    validate_args=False,
    allow_nan_stats=True,
    force_probs_to_zero_outside_support=False,
    name="Beta",
):
    """What is believed of a probability."""
    return ex.Beta(concentration1, concentration0)


@family(Coin)
def ContinuousBernoulli(
    logits=None, probs=None, dtype=jnp.float32, validate_args=False, allow_nan_stats=True, name="ContinuousBernoulli"
):
    """A density proportional to p^x (1 - p)^(1 - x)."""
    return ex.ContinuousBernoulli(**coin(logits, probs))


@family()
def Kumaraswamy(concentration1=1.0, concentration0=1.0, validate_args=False, allow_nan_stats=True, name="Kumaraswamy"):
    """Like the beta law, with a distribution function in closed form."""
    return ex.Kumaraswamy(concentration1, concentration0)


@family()
def LogitNormal(
    loc,
    scale,
    num_probit_terms_approx=2,
    gauss_hermite_scale_limit=None,
    gauss_hermite_degree=20,
    validate_args=False,
    allow_nan_stats=True,
    name="LogitNormal",
):
    """A probability whose log-odds are normal; its moments are exact, whatever the terms asked for."""
    return ex.LogitNormal(loc, scale)


@family()
def PERT(low, peak, high, temperature=4.0, validate_args=False, allow_nan_stats=False, name="PERT"):
    """A beta law between two ends with a given peak."""
    return ex.PERT(low, peak, high, temperature)


@family(Coin)
def RelaxedBernoulli(
    temperature, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name="RelaxedBernoulli"
):
    """A coin toss made continuous."""
    return ex.RelaxedBernoulli(temperature, **coin(logits, probs))


@family()
def Triangular(low=0.0, high=1.0, peak=0.5, validate_args=False, allow_nan_stats=True, name="Triangular"):
    """A density of straight lines to a peak."""
    return ex.Triangular(low, high, peak)


@family()
def TruncatedCauchy(loc, scale, low, high, validate_args=False, allow_nan_stats=True, name="TruncatedCauchy"):
    """A Cauchy law between two ends."""
    return ex.TruncatedCauchy(loc, scale, low, high)


@family()
def TruncatedNormal(loc, scale, low, high, validate_args=False, allow_nan_stats=True, name="TruncatedNormal"):
    """A normal law between two ends."""
    return ex.TruncatedNormal(loc, scale, low, high)


class Range(Distribution):
    """A family between two ends."""

    def range(self, name: str = "range") -> Array:
        """high - low."""
        return self._arguments["high"] - self._arguments["low"]


@family(Range)
def Uniform(low=0.0, high=1.0, validate_args=False, allow_nan_stats=True, name="Uniform"):
    """Equal density between two ends."""
    return ex.Uniform(low, high)
