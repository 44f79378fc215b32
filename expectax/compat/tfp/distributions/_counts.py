"""Families on counts and choices, in TFP's arguments: logits come first."""

import jax
import jax.numpy as jnp
import numpy as np

from .... import distributions as ex
from ...._typing import Array
from .._arguments import Static, Vector
from ._base import Distribution, family
from ._choices import Choice, Coin, choice, coin, rate_of


class Rate(Distribution):
    """A family with a rate or its logarithm."""

    def rate_parameter(self, name: str | None = None) -> Array:
        """`rate`, computed from `log_rate` if that was given."""
        return rate_of(self._arguments["rate"], self._arguments["log_rate"])

    def log_rate_parameter(self, name: str | None = None) -> Array:
        """`log_rate`, computed from `rate` if that was given."""
        given = self._arguments
        return jnp.log(given["rate"]) if given["log_rate"] is None else given["log_rate"]


@family(Coin)
def Bernoulli(logits=None, probs=None, dtype=jnp.int32, validate_args=False, allow_nan_stats=True, name="Bernoulli"):
    """One coin toss."""
    return ex.Bernoulli(**coin(logits, probs))


@family()
def BetaBinomial(
    total_count, concentration1, concentration0, validate_args=False, allow_nan_stats=True, name="BetaBinomial"
):
    """Successes in trials whose probability is a beta variable."""
    return ex.BetaBinomial(total_count, concentration1, concentration0)


@family(Coin)
def Binomial(total_count, logits=None, probs=None, validate_args=False, allow_nan_stats=True, name=None):
    """Successes in independent trials."""
    return ex.Binomial(total_count, **coin(logits, probs))


@family(Choice)
def Categorical(
    logits: Vector = None,
    probs: Vector = None,
    dtype=jnp.int32,
    force_probs_to_zero_outside_support=False,
    validate_args=False,
    allow_nan_stats=True,
    name="Categorical",
):
    """One of n outcomes, as its index."""
    return ex.Categorical(**choice(logits, probs))


@family(Choice)
def FiniteDiscrete(
    outcomes: Static,
    logits: Vector = None,
    probs: Vector = None,
    rtol=None,
    atol=None,
    validate_args=False,
    allow_nan_stats=True,
    name="FiniteDiscrete",
):
    """One of n given numbers, which are structure here; there is no tolerance."""
    return ex.FiniteDiscrete(np.asarray(outcomes), **choice(logits, probs))


@family(Coin)
def Geometric(
    logits=None,
    probs=None,
    force_probs_to_zero_outside_support=False,
    validate_args=False,
    allow_nan_stats=True,
    name="Geometric",
):
    """Failures before the first success."""
    return ex.Geometric(**coin(logits, probs))


@family(Coin)
def NegativeBinomial(
    total_count,
    logits=None,
    probs=None,
    validate_args=False,
    allow_nan_stats=True,
    require_integer_total_count: Static = True,
    name="NegativeBinomial",
):
    """Successes before `total_count` failures; `probs` are of success."""
    return ex.NegativeBinomial(total_count, **coin(logits, probs))


@family(Choice)
def OneHotCategorical(
    logits: Vector = None,
    probs: Vector = None,
    dtype=jnp.int32,
    validate_args=False,
    allow_nan_stats=True,
    name="OneHotCategorical",
):
    """One of n outcomes, as a vector with a single 1."""
    return ex.OneHotCategorical(**choice(logits, probs))


class Ordered(Distribution):
    """Ordered outcomes between cut points."""

    def categorical_log_probs(self) -> Array:
        """Log-probabilities of the outcomes, on a last axis."""
        dist = self.expectax_distribution
        count = self._arguments["cutpoints"].shape[-1] + 1
        return jnp.stack([dist.log_prob(np.int32(k)) for k in range(count)], axis=-1)

    def categorical_probs(self) -> Array:
        """Probabilities of the outcomes, on a last axis."""
        return jnp.exp(self.categorical_log_probs())


@family(Ordered)
def OrderedLogistic(
    cutpoints: Vector, loc, dtype=jnp.int32, validate_args=False, allow_nan_stats=True, name="OrderedLogistic"
):
    """The interval between cut points into which a logistic variable falls."""
    return ex.OrderedLogistic(cutpoints, loc)


@family(Rate)
def Poisson(
    rate=None,
    log_rate=None,
    force_probs_to_zero_outside_support=False,
    validate_args=False,
    allow_nan_stats=True,
    name="Poisson",
):
    """Events in a given time, as a float."""
    if rate is None and log_rate is None:
        raise ValueError("Must specify exactly one of `rate` and `log_rate`.")
    return ex.Poisson(rate_of(rate, log_rate))


@family()
def PoissonLogNormalQuadratureCompound(
    loc,
    scale,
    quadrature_size: Static = 8,
    quadrature_fn: Static = None,
    validate_args=False,
    allow_nan_stats=True,
    name="PoissonLogNormalQuadratureCompound",
):
    """A Poisson variable whose log-rate is one of the Gauss-Hermite nodes of a normal law."""
    if quadrature_fn is not None:
        raise NotImplementedError("PoissonLogNormalQuadratureCompound.quadrature_fn: only the default")
    return ex.PoissonLogNormalQuadrature(loc, scale, quadrature_size)


@family()
def ProbitBernoulli(
    probits=None, probs=None, dtype=jnp.int32, validate_args=False, allow_nan_stats=True, name="ProbitBernoulli"
):
    """One coin toss, by the normal quantile of its probability."""
    return ex.Bernoulli(probs=jax.scipy.special.ndtr(jnp.asarray(probits)) if probs is None else probs)


@family()
def Skellam(
    rate1=None,
    rate2=None,
    log_rate1=None,
    log_rate2=None,
    force_probs_to_zero_outside_support=False,
    validate_args=False,
    allow_nan_stats=True,
    name="Skellam",
):
    """The difference of two Poisson variables."""
    return ex.Skellam(rate_of(rate1, log_rate1), rate_of(rate2, log_rate2))


@family()
def Zipf(
    power,
    dtype=jnp.int32,
    force_probs_to_zero_outside_support=False,
    sample_maximum_iterations: Static = 100,
    validate_args=False,
    allow_nan_stats=False,
    name="Zipf",
):
    """Ranks with a power law."""
    return ex.Zipf(power)
