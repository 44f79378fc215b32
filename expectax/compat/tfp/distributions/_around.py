"""Distributions around others: masked, rounded, side by side, in TFP's arguments."""

import math

import jax.numpy as jnp

from .... import distributions as ex
from .._arguments import Parts, Static
from ._base import Distribution, family


@family()
def Blockwise(
    distributions: Parts, dtype_override: Static = None, validate_args=False, allow_nan_stats=False, name="Blockwise"
):
    """Independent distributions side by side in one vector."""
    return ex.Blockwise([d.expectax_distribution for d in distributions])


class Mask(Distribution):
    """What Masked adds."""

    @property
    def name(self) -> str:
        """The name given, or that of its distribution after Masked."""
        return self._arguments["name"] or f"Masked{self._arguments['distribution'].name}"


@family(Mask)
def Masked(
    distribution,
    validity_mask,
    safe_sample_fn: Static = None,
    validate_args=False,
    allow_nan_stats=True,
    name=None,
):
    """A distribution of which some lanes are not there; draws in them are a fixed point, whatever function is given."""
    return ex.Masked(distribution.expectax_distribution, jnp.asarray(validity_mask, jnp.bool_))


@family()
def QuantizedDistribution(distribution, low=None, high=None, validate_args=False, name="QuantizedDistribution"):
    """Numbers rounded up to integers, the last at each end for all beyond."""
    low = -math.inf if low is None else low
    high = math.inf if high is None else high
    return ex.Quantized(distribution.expectax_distribution, low, high)
